"""The four services in process, each on a database of its own, and the whole product, once for the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from rapport_chassis.service import Service
from rapport_cli.services import SERVICES, build
from rapport_testing.databases import Databases
from rapport_testing.product import Product, free_port
from rapport_testing.web import TokenMaker

UNLIMITED = dict.fromkeys(("rate_principal", "rate_public", "rate_failures", "rate_misses"), "1000000/minute")


@pytest_asyncio.fixture(scope="module")
async def services(
    databases: Databases, keys_dir: Path, tokens: TokenMaker, kafka: str
) -> AsyncIterator[Mapping[str, Service[Any]]]:
    """Their HTTP sides answer, without a limit on how often; nothing runs in the background."""
    made: dict[str, Service[Any]] = {}
    held = {name: await databases.make([f"rapport_{name}.migrations"]) for name in SERVICES}
    for name, database in held.items():
        given = {"database_url": database.url, "keys": keys_dir, "kafka": kafka, **tokens.settings, **UNLIMITED}
        made[name] = build(name, **given)
    yield made
    for name, database in held.items():
        if (live := made[name].live) is not None:
            await live.feed.close()
        await made[name].database.close()
        await databases.drop(database)


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The whole product, which the tests of this folder share."""
    made = Product(tmp_path_factory.mktemp("product") / "home", free_port())
    made.start()
    yield made
    made.stop()
