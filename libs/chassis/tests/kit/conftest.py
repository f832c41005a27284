"""The kit on a real database."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from rapport_chassis.actor import Actor
from rapport_chassis.database import Database, Limits
from rapport_chassis.keys import Keys
from rapport_chassis.migrations.triggers import updating
from rapport_chassis.work import Work, WorkFactory
from sqlalchemy import text

sys.path.append(str(Path(__file__).parent))  # for `kit_loans`: tests are imported by file, not from a package
from kit_loan_store import metadata


@pytest_asyncio.fixture(scope="module")
async def db(database: Any) -> AsyncIterator[Database]:
    """The chassis' Database on a fresh database with the chassis tables and those of loans."""
    made = Database(database.url, name="kit", limits=Limits(pool_size=6))
    async with made.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        _, _, trigger, _ = updating("loans")  # what a revision does beside the table
        await connection.execute(text(trigger))
    yield made
    await made.close()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys.create(tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture
def works(db: Database, keys: Keys) -> WorkFactory[Work]:
    return WorkFactory(db, Work, source="loans", keys=keys)


@pytest.fixture
def agent() -> Actor:
    return Actor("person", "agent-7", level=2)
