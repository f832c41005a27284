"""What released versions left behind is migrated, and is then what a fresh database is."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from rapport_chassis.migrations import pending, upgrade
from rapport_chassis.telling import tell_once
from rapport_chassis.versions import VersionedKind
from rapport_cli.services import build
from rapport_testing.databases import ROLE, Database, Databases
from rapport_testing.plugin import migrate
from rapport_testing.upgrades import FOLDER, RELEASED, restore, schema

DUMPS = sorted(FOLDER.glob("*/*.sql.gz"))


def name(dump: Path) -> str:
    return f"{dump.parent.name}-{dump.name.removesuffix('.sql.gz')}"


@pytest_asyncio.fixture
async def make(databases: Databases) -> AsyncIterator[Callable]:
    made: list[Database] = []

    async def make(*migrations: str) -> Database:
        made.append(await databases.make(migrations))
        return made[-1]

    yield make
    for each in made:
        await databases.drop(each)


async def counts(database: Database) -> dict[str, int]:
    db = await database.connect()
    try:
        tables = await db.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_version'"
        )
        return {row["tablename"]: await db.fetchval(f'SELECT count(*) FROM "{row["tablename"]}"') for row in tables}  # noqa: S608
    finally:
        await db.close()


def test_every_version_left_a_dump_of_each_database() -> None:
    released = json.loads(RELEASED.read_text())
    there = {
        version: {path.split("/")[1] for path in files if path.startswith("services/")}
        for version, files in released.items()
    }
    assert {name(dump) for dump in DUMPS} == {f"{version}-{service}" for version in there for service in there[version]}
    assert there


@pytest.mark.parametrize("dump", DUMPS, ids=name)
async def test_a_filled_database_of_a_released_version_becomes_what_a_fresh_one_is(dump: Path, make: Callable) -> None:
    package = f"rapport_{dump.name.removesuffix('.sql.gz')}.migrations"
    old, fresh = await make(), await make(package)
    restore(dump, old.url)
    before = await counts(old)
    assert sum(before.values()) > 50
    await upgrade(old.owner_url, package, service_role=ROLE)  # and so it moves to two roles
    assert await pending(old.url, package) == []
    assert schema(old.url) == schema(fresh.url)
    after = await counts(old)
    assert after["timers"] >= before.pop("timers")  # what is to be done with the rows may be one more
    assert {table: after.get(table) for table, rows in before.items() if rows} == {t: n for t, n in before.items() if n}
    await migrate(old.owner_url, old.url, package)  # and what is shipped now


@pytest.mark.parametrize("dump", [dump for dump in DUMPS if dump.name.startswith(("complaints", "satisfaction"))], ids=name)
async def test_what_a_released_version_never_told_is_told_once(dump: Path, make: Callable) -> None:
    old, name = await make(), dump.name.removesuffix(".sql.gz")
    restore(dump, old.url)
    await upgrade(old.url, f"rapport_{name}.migrations")
    service = build(name, database_url=old.url, kafka="127.0.0.1:1")
    assert await tell_once(service.works, service.told)
    assert not await tell_once(service.works, service.told)
    db = await old.connect()
    told = await db.fetch("SELECT type, aggregateid FROM outbox WHERE aggregatetype = $1", f"rapport.{name}.catalogue")
    kept = 0
    for kind in service.told:
        if isinstance(kind, VersionedKind):
            kept += await db.fetchval(f"SELECT count(*) FROM {kind.table.name}")  # noqa: S608
        else:
            kept += await db.fetchval("SELECT count(*) FROM surveys, jsonb_array_elements(versions) AS v"
                                      " WHERE v ->> 'published_at' IS NOT NULL")  # fmt: skip
    await db.close()
    await service.database.close()
    assert len(told) == len({row["aggregateid"] for row in told}) == kept > 5


async def test_a_schema_that_differs_is_seen(make: Callable) -> None:
    one, other = await make("rapport_profiles.migrations"), await make("rapport_profiles.migrations")
    assert schema(one.url) == schema(other.url)
    db = await other.connect_owner()
    await db.execute("CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
    await db.close()
    assert set(schema(one.url)) ^ set(schema(other.url))
