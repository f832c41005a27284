from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
import pytest_asyncio
from rapport_testing.web import TokenMaker, client_of

from .world import ALL, World, clean


@pytest.fixture(scope="module")
def service_settings() -> Mapping[str, Any]:
    return {"public_url": "https://ask.example"}


@pytest_asyncio.fixture
async def http(served, tokens) -> AsyncIterator[httpx.AsyncClient]:
    """Everything allowed, level 4."""
    async with client_of(served.asgi, headers=tokens.bearer(*ALL)) as client:
        yield client


def gateway(tokens: TokenMaker) -> dict[str, str]:
    """The headers of a messaging gateway."""
    return tokens.bearer("satisfaction:send", "satisfaction:read", level=1, subject="sms", client_id="sms")


@pytest_asyncio.fixture
async def public(served) -> AsyncIterator[httpx.AsyncClient]:
    """A customer: no token."""
    async with client_of(served.asgi) as client:
        yield client


@pytest_asyncio.fixture
async def world(served, http, tokens, database) -> AsyncIterator[World]:
    """The service with clean tables, and ways to tell it what happened."""
    connection = await database.connect()
    await clean(connection)
    await connection.close()
    made = World(served, http, gateway(tokens), itertools.count(1))
    yield made
