from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from rapport_chassis.keys import Keys
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_satisfaction.app import service
from rapport_satisfaction.settings import Settings
from rapport_testing.web import client_of

from .world import ALL, World, clean


@pytest.fixture(scope="session")
def migrations():
    return ["rapport_satisfaction.migrations"]


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("keys") / "keys"
    Keys.create(folder)
    return folder


@pytest.fixture
def settings(database, kafka, keys_dir, tokens) -> Settings:
    return Settings(
        database_url=SecretStr(database.url), kafka=kafka, keys=keys_dir, public_url="https://ask.example", **tokens.settings
    )


@pytest_asyncio.fixture
async def served(settings) -> AsyncIterator[Service[Work]]:
    """The service over the test's database; its HTTP side answers, nothing runs in the background."""
    made = service(settings)
    yield made
    await made.database.close()


@pytest_asyncio.fixture
async def http(served, tokens) -> AsyncIterator[httpx.AsyncClient]:
    """Everything allowed, level 4."""
    async with client_of(served.asgi, headers=tokens.bearer(*ALL)) as client:
        yield client


@pytest_asyncio.fixture
async def public(served) -> AsyncIterator[httpx.AsyncClient]:
    """A customer: no token."""
    async with client_of(served.asgi) as client:
        yield client


@pytest_asyncio.fixture
async def world(served, http, database) -> AsyncIterator[World]:
    """The service with clean tables, and ways to tell it what happened."""
    connection = await database.connect()
    await clean(connection)
    await connection.close()
    made = World(served, http, itertools.count(1))
    yield made
