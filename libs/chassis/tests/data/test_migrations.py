"""The migrations runner: from nothing to the newest, once, whoever starts together; settings from files and variables."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from pydantic import ValidationError
from rapport_chassis.customers.tables import metadata as of_customers
from rapport_chassis.migrations import SHARED, differences, pending, upgrade
from rapport_chassis.settings import ServiceSettings
from rapport_chassis.tables import metadata
from sqlalchemy import MetaData

CHASSIS = sorted(file.stem[:12] for file in (SHARED / "chassis").glob("*.py"))
"""The revisions that every database has, in their order."""
FIRST = '''
"""Baseline."""
from alembic import op

revision, down_revision, branch_labels = "0001", None, ("service",)

def upgrade() -> None:
    op.execute("CREATE TABLE first (id integer PRIMARY KEY)")
'''
SECOND = '''
"""A table more."""
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"

def upgrade() -> None:
    op.create_table("more", sa.Column("id", sa.Integer, primary_key=True))
'''
BROKEN = (
    SECOND.replace('"0002", "0001"', '"0003", "0002"').replace('"more"', '"other"') + '    op.execute("SELECT nonsense")\n'
)


@pytest_asyncio.fixture
async def fresh(databases: Any) -> AsyncIterator[str]:
    made = await databases.make()
    yield made.url
    await databases.drop(made)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    versions = tmp_path / "some_service_migrations" / "versions"
    versions.mkdir(parents=True)
    (versions.parent / "__init__.py").write_text('BRANCHES = ("chassis", "service")')
    (versions / "0001_baseline.py").write_text(FIRST)
    (versions / "0002_more.py").write_text(SECOND)
    monkeypatch.syspath_prepend(tmp_path)
    yield "some_service_migrations"
    sys.modules.pop("some_service_migrations", None)


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        return {
            row["tablename"] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        }
    finally:
        await connection.close()


async def test_upgrade_applies_all_once_and_pending_names_the_rest(fresh: str, package: str) -> None:
    assert await pending(fresh, package) == [*CHASSIS, "0001", "0002"]
    assert await upgrade(fresh, package) == [*CHASSIS, "0001", "0002"]
    assert await pending(fresh, package) == []
    assert await upgrade(fresh, package) == []
    assert {*metadata.tables, "first", "more", "schema_version"} <= await tables(fresh)


async def test_replicas_that_start_together_migrate_once(fresh: str, package: str) -> None:
    results = await asyncio.gather(*(upgrade(fresh, package) for _ in range(4)))
    assert sorted(results) == [[], [], [], [*CHASSIS, "0001", "0002"]]


async def test_a_failing_revision_leaves_nothing_of_itself_and_keeps_those_before(
    fresh: str, package: str, tmp_path: Path
) -> None:
    (tmp_path / package / "versions" / "0003_broken.py").write_text(BROKEN)
    with pytest.raises(Exception, match="nonsense"):
        await upgrade(fresh, package)
    assert await pending(fresh, package) == ["0003"]
    assert "other" not in await tables(fresh)


async def test_the_revisions_of_the_chassis_make_exactly_the_tables_of_its_metadata(fresh: str) -> None:
    both = MetaData()
    for table in (*metadata.tables.values(), *of_customers.tables.values()):
        table.to_metadata(both)
    assert await upgrade(fresh, "rapport_chassis.migrations") == [*CHASSIS, "customers_0001", "customers_0002"]
    assert await differences(fresh, "rapport_chassis.migrations", both) == []


def test_settings_need_a_database_and_take_secrets_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError):
        ServiceSettings()
    (tmp_path / "rapport_database_url").write_text("postgresql://rapport_{service}:s3cret@localhost/rapport_{service}\n")
    monkeypatch.setenv("RAPPORT_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("RAPPORT_KAFKA", "127.0.0.1:9092")
    settings = ServiceSettings()
    assert settings.database_for("complaints") == "postgresql://rapport_complaints:s3cret@localhost/rapport_complaints"
    assert "s3cret" not in repr(settings)
    with pytest.raises(ValidationError):
        settings.kafka = "other"
    with pytest.raises(ValueError, match="is no URL like postgresql"):
        ServiceSettings(database_url="mysql://x/y")


async def test_several_databases_of_one_process_are_migrated_side_by_side(databases: Any, package: str) -> None:
    made = [await databases.make() for _ in range(3)]
    assert await asyncio.gather(*(upgrade(each.url, package) for each in made)) == [[*CHASSIS, "0001", "0002"]] * 3
    for each in made:
        await databases.drop(each)
