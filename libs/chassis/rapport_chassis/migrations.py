"""Migrations: each service has a package `<service>.migrations` with `versions/`; alembic runs them, without an env.py.

Every revision runs in a transaction of its own under an advisory lock, so replicas that start together do not collide,
with a short lock timeout, so a migration waits rather than stops the traffic.
"""

from __future__ import annotations

import asyncio
import importlib.resources
from collections.abc import Callable
from pathlib import Path
from weakref import WeakKeyDictionary

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

VERSION_TABLE = "schema_version"
_LOCK = 0x7261_7070_6F72_7401  # one number for all: each database has one service
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
"""alembic's `op` is one for the whole process: several services of one process migrate in turn."""


async def upgrade(url: str, package: str) -> list[str]:
    """Bring the database to the newest revision of `package`. Returns the revisions that were applied, oldest first."""
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        return await _with(url, _upgrade, _scripts(package))


async def pending(url: str, package: str) -> list[str]:
    """The revisions that the database does not have yet, oldest first; readiness names them."""
    return await _with(url, _pending, _scripts(package))


async def differences(url: str, package: str, metadata: MetaData) -> list[str]:
    """What autogenerate would still change between the migrated database and `metadata`; a test wants it empty."""
    from alembic.autogenerate import compare_metadata

    def compare(connection: Connection, _: ScriptDirectory) -> list[str]:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        return [repr(difference) for difference in compare_metadata(context, metadata)]

    return await _with(url, compare, _scripts(package))


def _scripts(package: str) -> ScriptDirectory:
    folder = importlib.resources.files(package)
    path = Path(str(folder))
    return ScriptDirectory(str(path), version_locations=[str(path / "versions")])


async def _with(url: str, job: Callable[[Connection, ScriptDirectory], list[str]], scripts: ScriptDirectory) -> list[str]:
    """Run `job` on a connection of its own, outside the pool's statement timeout."""
    settings = {"application_name": "rapport-migrations", "jit": "off", "timezone": "UTC", "lock_timeout": "4s"}
    connect_args = {"server_settings": settings, "timeout": 5}
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool, connect_args=connect_args
    )
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(job, scripts)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, scripts: ScriptDirectory) -> list[str]:
    connection.execute(text("SET lock_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
    connection.execute(text("SET lock_timeout = '4s'"))
    connection.commit()
    applied: list[str] = []

    def steps(current: tuple[str, ...], _: MigrationContext) -> list[RevisionStep]:
        # What alembic's own `upgrade` command calls; there is no public name for it.
        planned = scripts._upgrade_revs("heads", current)  # type: ignore[arg-type]  # noqa: SLF001
        applied.extend(step.revision.revision for step in planned)
        return planned

    with EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(connection, version_table=VERSION_TABLE, transaction_per_migration=True)
        with environment.begin_transaction():
            environment.run_migrations()
    connection.commit()
    return applied


def _pending(connection: Connection, scripts: ScriptDirectory) -> list[str]:
    current = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_heads()
    return [step.revision for step in reversed(list(scripts.iterate_revisions("heads", current or "base")))]
