"""A chassis that goes on: databases of before and new ones become the same, and the version before works with both."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from rapport_chassis import migrations as runner
from rapport_chassis.customers.tables import BARRIER
from rapport_chassis.customers.tables import metadata as of_customers
from rapport_chassis.keys import Keys
from rapport_chassis.migrations import SchemaTooNew, differences, pending, upgrade
from rapport_chassis.service import Service
from rapport_chassis.settings import ServiceSettings
from rapport_chassis.tables import metadata
from rapport_chassis.work import Work
from rapport_testing import eventually
from rapport_testing.upgrades import schema
from sqlalchemy import Column, MetaData, Text

CHASSIS = "rapport_chassis.migrations"
SO_FAR = sorted(file.stem[:12] for file in (runner.SHARED / "chassis").glob("*.py"))
NEXT = f"""
from rapport_chassis.migrations import run_sql
revision, down_revision = "chassis_9999", "{SO_FAR[-1]}"
def upgrade() -> None:
    run_sql(__file__)
"""
ADDS = "ALTER TABLE timers ADD COLUMN owner text;"
BREAKS = f"{ADDS} UPDATE schema_compatibility SET compatible_from = 'chassis_9999' WHERE branch = 'chassis';"  # noqa: S608
LaterVersion = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def later_version(tmp_path: Path) -> LaterVersion:
    """`with later_version(sql)`: the code of a version that has one more revision of the chassis."""

    @contextmanager
    def made(sql: str) -> Iterator[None]:
        folder = shutil.copytree(runner.SHARED, tmp_path / "later")
        (folder / "chassis" / "chassis_9999_owner.py").write_text(NEXT)
        (folder / "chassis" / "chassis_9999_owner.sql").write_text(sql)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(runner, "SHARED", folder)
            yield

    return made


@pytest_asyncio.fixture
async def empty(databases: Any) -> Any:
    made: list[Any] = []

    async def make() -> str:
        made.append(await databases.make())
        return made[-1].url

    yield make
    for each in made:
        await databases.drop(each)


async def test_a_column_more_of_the_chassis_reaches_databases_of_before_and_new_ones(
    empty: Callable[[], Awaitable[str]], later_version: LaterVersion
) -> None:
    old, fresh = await empty(), await empty()
    await upgrade(old, CHASSIS)
    both = MetaData()
    for table in (*metadata.tables.values(), *of_customers.tables.values()):
        table.to_metadata(both)
    both.tables["timers"].append_column(Column("owner", Text))
    with later_version(ADDS):
        assert await pending(old, CHASSIS) == ["chassis_9999"]
        assert await upgrade(old, CHASSIS) == ["chassis_9999"]
        assert await upgrade(fresh, CHASSIS) == [*SO_FAR, "chassis_9999", "customers_0001", "customers_0002"]
        for url in (old, fresh):
            assert await pending(url, CHASSIS) == []
            assert await differences(url, CHASSIS, both) == []
    assert schema(old) == schema(fresh)


async def test_the_version_before_works_with_a_schema_that_only_grew(
    empty: Callable[[], Awaitable[str]], later_version: LaterVersion, tmp_path: Path
) -> None:
    url = await empty()
    with later_version(ADDS):
        await upgrade(url, CHASSIS)
    assert await pending(url, CHASSIS) == []
    assert await upgrade(url, CHASSIS) == []
    for migrate in (True, False):
        service = start(url, tmp_path, migrate=migrate)
        stop = asyncio.Event()
        running = asyncio.create_task(service.run(["api"], stop=stop))
        await eventually(lambda service=service: is_ready(service), within=20)
        stop.set()
        await asyncio.wait_for(running, 10)


async def test_the_version_before_waits_and_says_why_where_the_schema_is_not_for_it(
    empty: Callable[[], Awaitable[str]], later_version: LaterVersion, tmp_path: Path
) -> None:
    url = await empty()
    with later_version(BREAKS):
        await upgrade(url, CHASSIS)
        assert await pending(url, CHASSIS) == []
    for ask in (pending, upgrade):
        with pytest.raises(SchemaTooNew, match="has revision chassis_9999 and needs a version that knows chassis_9999"):
            await ask(url, CHASSIS)
    service = start(url, tmp_path)
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(["api"], stop=stop))

    async def says_so() -> bool:
        return "Start a newer version" in (await service.ready())[0].why

    await eventually(says_so, within=10)
    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE schema_compatibility SET compatible_from = 'chassis_0001' WHERE branch = 'chassis'")
    await connection.close()
    await eventually(lambda: is_ready(service), within=20)
    stop.set()
    await asyncio.wait_for(running, 10)


async def test_a_database_of_something_else_is_refused(empty: Callable[[], Awaitable[str]]) -> None:
    url = await empty()
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE schema_version (version_num text); INSERT INTO schema_version VALUES ('0028')")
    await connection.close()
    with pytest.raises(SchemaTooNew, match="0028, which no version of this product has made"):
        await upgrade(url, CHASSIS)


async def test_the_functions_in_the_database_take_the_lock_that_the_code_takes(database: Any) -> None:
    connection = await database.connect()
    functions = await connection.fetch("SELECT prosrc FROM pg_proc WHERE proname LIKE 'customer\\_follow%'")
    await connection.close()
    assert len(functions) == 2
    assert all(f"pg_advisory_xact_lock_shared({BARRIER})" in row["prosrc"] for row in functions)


def start(url: str, home: Path, **more: Any) -> Service[Work]:
    if not (home / "keys").exists():
        Keys.create(home / "keys")
    settings = ServiceSettings(database_url=url, kafka="127.0.0.1:1", home=home, **more)
    return Service(name="demo", title="Demo", settings=settings, work=Work, migrations=CHASSIS, receipts=None)


async def is_ready(service: Service[Work]) -> bool:
    return all(check.ok for check in await service.ready())
