"""Restoring: nothing is touched before all has been looked at; then databases, offsets, and what the log has beyond them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from rapport_chassis.database import connect
from rapport_chassis.keys import KeysUnusable
from rapport_chassis.migrations import NotTheOwner, SchemaTooNew, configuration, upgrade
from rapport_chassis.restored import demand_keys
from rapport_chassis.service import Service
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from rapport_cli.backup import dumps
from rapport_cli.backup.installation import Installation
from rapport_cli.backup.log_ahead import Ahead, bring_up
from rapport_cli.backup.manifest import Manifest, check_files, dump_file
from rapport_cli.backup.offsets import Log
from rapport_cli.output import errors
from rapport_cli.problems import REFUSED, USAGE, CommandError


async def restore(installation: Installation, folder: Path, *, replace: str | None) -> list[Ahead]:
    """Put everything back. `replace` is the name of the installation, typed, where its databases are not empty. Raises
    CommandError; what was found before the first database was touched has changed nothing."""
    manifest = Manifest.read(folder)
    if wrong := await asyncio.to_thread(check_files, folder, manifest):
        raise CommandError("; ".join(wrong), REFUSED)
    demand_known(installation, manifest)
    log = Log(installation.broker)
    filled = [service.name for service in installation.services if await _look(installation, service)]
    if busy := await asyncio.to_thread(log.busy):
        raise CommandError(f"somebody still reads in {busy[0]}: stop the services first", REFUSED)
    if filled and replace != installation.name:
        raise CommandError(
            f"the database of {', '.join(filled)} is not empty: to lose what is in all databases of this installation,"
            f" say --replace {installation.name}",
            USAGE,
        )
    for service in installation.services:
        errors.print(f"{service.name}: restoring {manifest.databases[service.name].bytes:,} bytes")
        if service.name in filled:
            await _empty(installation.owner_url(service), service.name)
        await _put_back(installation, service, folder)
    return await bring_up(installation, manifest, log)


def demand_known(installation: Installation, manifest: Manifest) -> None:
    """Raises CommandError for a backup of other services, or of a version that is newer than this one."""
    from alembic.script import ScriptDirectory

    ours = {service.name for service in installation.services}
    if ours != set(manifest.databases):
        raise CommandError(
            f"the backup has databases of {', '.join(sorted(manifest.databases))}; there are: {', '.join(sorted(ours))}"
        )
    for service in installation.services:
        scripts = ScriptDirectory.from_config(configuration(service.migrations))
        known = {revision.revision for revision in scripts.walk_revisions()}
        if newer := sorted(set(manifest.databases[service.name].revisions) - known):
            raise CommandError(
                f"{service.name}: the backup has revision {', '.join(newer)}, which this version does not know: it was made"
                f" by version {manifest.version}"
            )


async def _look(installation: Installation, service: Service[Any]) -> bool:
    """Whether the database has tables already. Raises CommandError when roles are missing or somebody is connected."""
    role = make_url(service.database.url).username
    async with _connected(installation.owner_url(service), service.name) as connection:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role):
            raise CommandError(f"{service.name}: there is no role {role}: `make up` and `make run` make it")
        others = await connection.fetchval(_OTHERS)
        if others:
            raise CommandError(f"{service.name}: {others} others are connected to its database: stop the services first")
        return bool(await connection.fetchval(_HAS_TABLES))


async def _empty(url: str, name: str) -> None:
    async with _connected(url, name) as connection:
        await connection.execute(_AFRESH)


async def _put_back(installation: Installation, service: Service[Any], folder: Path) -> None:
    """Its tables, given to the roles of this installation, at the revision of this version; readable with its keys."""
    await dumps.restore(installation.owner_url(service), dump_file(folder, service.name))
    try:
        if service.settings.owner_database_for(service.name) is None:
            await upgrade(service.database.url, service.migrations)
        else:
            await service.migrate()
        await demand_keys(service)
    except (NotTheOwner, SchemaTooNew, KeysUnusable) as error:
        raise CommandError(f"{service.name}: {error}") from None
    except (DBAPIError, OSError) as error:
        raise CommandError(f"{service.name}: the database refused or did not answer ({type(error).__name__})") from None


@asynccontextmanager
async def _connected(url: str, name: str) -> AsyncIterator[asyncpg.Connection]:
    try:
        connection: asyncpg.Connection = await connect(url, {"application_name": "rapport-restore", "timezone": "UTC"})
    except (asyncpg.PostgresError, OSError, TimeoutError) as error:
        raise CommandError(f"{name}: no connection as the owner of its database ({type(error).__name__})") from None
    try:
        yield connection
    except asyncpg.PostgresError as error:
        raise CommandError(f"{name}: the database refused ({type(error).__name__})") from None
    finally:
        await connection.close()


_OTHERS = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend'
"""
_HAS_TABLES = "SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p'))"
_AFRESH = """
    DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC
"""
