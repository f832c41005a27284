"""Migrations: alembic runs revisions that are frozen SQL. docs/migrations.md says how one is written.

A database has branches of revisions, applied in this order: `chassis` (tables of every service), `customers` (of those
that hold customers) and `service`. The package `<service>.migrations` says in `BRANCHES` which of them it has; its own
revisions are in its `versions/`.

Every revision runs in a transaction of its own under an advisory lock, so replicas that start together do not collide,
with a short lock timeout, so a migration waits rather than stops the traffic.

With two roles (`ownership.py`) the owner of the append-only tables runs them, and gives each table to its role afterwards.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

from alembic import command, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, text
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from rapport_chassis.database import engine
from rapport_chassis.migrations.ownership import NotTheOwner, may_migrate, settle

__all__ = ["NotTheOwner", "SchemaTooNew", "configuration", "differences", "pending", "run_sql", "upgrade"]

VERSION_TABLE = "schema_version"
BRANCHES = ("chassis", "customers")
"""Of a database without a service, on which the chassis is tested."""
HERE = Path(__file__).parent
SHARED = HERE / "versions"
"""Where the branches are that services have in common."""
_LOCK = 0x7261_7070_6F72_7401  # one number for all: each database has one service
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
"""alembic's `op` is one for the whole process: several services of one process migrate in turn."""


class SchemaTooNew(Exception):
    """A newer version migrated this database, and says that this one cannot work with it. The message says what to do."""


def configuration(package: str) -> Config:
    """alembic's configuration for the databases of the service whose migrations are `package`."""
    module = importlib.import_module(package)
    branches: Sequence[str] = module.BRANCHES
    own = Path(str(module.__file__)).parent / "versions"
    folders = [own if branch == "service" else SHARED / branch for branch in branches]
    config = Config(attributes={"branches": branches})
    for name, value in {
        "script_location": str(HERE),
        "path_separator": "newline",
        "version_locations": "\n".join(str(folder) for folder in folders),
        "file_template": "%(rev)s_%(slug)s",
    }.items():
        config.set_main_option(name, value.replace("%", "%%"))
    return config


async def upgrade(url: str, package: str, *, service_role: str | None = None) -> list[str]:
    """Bring the database to the newest revision of every branch. Returns the revisions that were applied, oldest first.

    `service_role`: `url` is of the owner, and this is the role to which all but the append-only tables are given.
    What a newer version has migrated stays as it is. Raises SchemaTooNew when this version cannot work with that, and
    NotTheOwner when there are revisions that the role of `url` may not run.
    """
    config = configuration(package)
    config.attributes["service_role"] = service_role
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        return await _with(url, _upgrade, config)


async def pending(url: str, package: str) -> list[str]:
    """The revisions that the database does not have yet, oldest first; readiness names them. Raises SchemaTooNew."""
    return await _with(url, _pending, configuration(package))


async def differences(url: str, package: str, metadata: MetaData) -> list[str]:
    """What autogenerate would still change between the migrated database and `metadata`; a test wants it empty."""
    from alembic.autogenerate import compare_metadata

    def compare(connection: Connection, _: Config) -> list[str]:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        return [repr(difference) for difference in compare_metadata(context, metadata)]

    return await _with(url, compare, configuration(package))


def run_sql(revision: str) -> None:
    """Execute the `.sql` file beside a revision, as it stands; for its `upgrade`, which gives its `__file__`."""
    connection = op.get_bind()
    connection.execute(text("SELECT"))  # begins the transaction that the driver itself would not
    script = Path(revision).with_suffix(".sql").read_text(encoding="utf-8")
    connection.connection.dbapi_connection.run_async(lambda driver: driver.execute(script))  # type: ignore[union-attr]


async def _with(url: str, job: Callable[[Connection, Config], list[str]], config: Config) -> list[str]:
    """Run `job` on a connection of its own, outside the pool's statement timeout."""
    settings = {"application_name": "rapport-migrations", "jit": "off", "timezone": "UTC", "lock_timeout": "4s"}
    own = engine(url, settings, poolclass=NullPool)
    try:
        async with own.connect() as connection:
            return await connection.run_sync(job, config)
    finally:
        await own.dispose()


def _upgrade(connection: Connection, config: Config) -> list[str]:
    service_role = config.attributes["service_role"]
    missing = _pending(connection, config)
    if not missing and service_role is None:
        return []
    if missing and not may_migrate(connection):
        raise NotTheOwner(f"waiting for migrations ({', '.join(missing)}): the owner of the tables runs them")
    connection.rollback()
    connection.execute(text("SET lock_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
    connection.execute(text("SET lock_timeout = '4s'"))
    connection.commit()
    applied: list[str] = []
    if _pending(connection, config):  # nobody else did it meanwhile
        config.attributes.update(connection=connection, applied=applied)
        for branch in config.attributes["branches"]:
            command.upgrade(config, f"{branch}@head")
            connection.commit()
    if service_role is not None:
        settle(connection, service_role)
        connection.commit()
    return applied


def _pending(connection: Connection, config: Config) -> list[str]:
    """Ends the transaction that it reads in."""
    try:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        heads = context.get_current_heads()
        scripts = ScriptDirectory.from_config(config)
        known = {revision.revision for revision in scripts.walk_revisions()}
        if unknown := sorted(set(heads) - known):
            _demand_compatible(connection, unknown, known)
            return []
        return [name for branch in config.attributes["branches"] for name in _missing(scripts, branch, heads)]
    finally:
        connection.rollback()


def _missing(scripts: ScriptDirectory, branch: str, heads: Sequence[str]) -> list[str]:
    line = [revision.revision for revision in scripts.walk_revisions(f"{branch}@base", f"{branch}@head")][::-1]
    done = next((place + 1 for place, name in enumerate(line) if name in heads), 0)
    return line[done:]


def _demand_compatible(connection: Connection, unknown: Sequence[str], known: set[str]) -> None:
    """Raises SchemaTooNew unless the database says that whoever knows `known` can work with it."""
    there = connection.execute(text("SELECT to_regclass('schema_compatibility') IS NOT NULL")).scalar_one()
    if not there:
        raise SchemaTooNew(f"the database has revision {', '.join(unknown)}, which no version of this product has made")
    needed = connection.execute(text("SELECT compatible_from FROM schema_compatibility")).scalars().all()
    if not known.issuperset(needed):
        wanted = ", ".join(sorted(set(needed) - known))
        raise SchemaTooNew(
            f"the database has revision {', '.join(unknown)} and needs a version that knows {wanted}: this one does not."
            " Start a newer version, or restore the backup from before the upgrade"
        )
