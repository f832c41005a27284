"""Taking a backup: offsets first, then one snapshot of each database, all four at nearly one moment, then the manifest."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import asyncpg
from rapport_chassis.database import connect
from rapport_chassis.migrations import VERSION_TABLE
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from rapport_cli.backup import dumps
from rapport_cli.backup.installation import Installation
from rapport_cli.backup.manifest import Dump, Manifest, dump_file, sha256
from rapport_cli.backup.offsets import Log
from rapport_cli.output import errors
from rapport_cli.problems import REFUSED, USAGE, CommandError

SHOWN_EVERY = 0.5


@dataclass(frozen=True)
class _Snapshot:
    """A moment of one database, kept for `pg_dump` while its transaction is open. `bytes` of the database, not of a dump."""

    id: str
    at: datetime
    revisions: list[str]
    bytes: int


def prepare(folder: Path) -> None:
    """Make the folder, or take an empty one. Raises CommandError for any other."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise CommandError(f"{folder} is not empty: each backup has a folder of its own", USAGE)
    except OSError as error:
        raise CommandError(f"{folder} cannot be used ({error.strerror})", USAGE) from None


async def take(installation: Installation, folder: Path) -> Manifest:
    """The whole. What the groups had read is asked before the snapshots: so they contain it, and what they contain beyond it
    is known to the inbox. Raises CommandError, and leaves what it has written without a manifest."""
    began = datetime.now(UTC)
    log = Log(installation.broker)
    groups, topics = await asyncio.to_thread(lambda: (log.groups(), log.topics()))
    async with AsyncExitStack() as opened:
        names = [service.name for service in installation.services]
        urls = {service.name: installation.owner_url(service) for service in installation.services}
        snapshots = dict(
            zip(names, await asyncio.gather(*(_snapshot(opened, urls[name], name) for name in names)), strict=True)
        )
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
        with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
            made = await asyncio.gather(
                *(_dump(urls[name], snapshots[name], dump_file(folder, name), bar) for name in names)
            )
    manifest = Manifest(
        version=version("rapport-cli"),
        began_at=began,
        ended_at=datetime.now(UTC),
        groups=groups,
        topics=topics,
        databases=dict(zip(names, made, strict=True)),
    )
    manifest.write(folder)
    return manifest


async def _snapshot(opened: AsyncExitStack, url: str, name: str) -> _Snapshot:
    try:
        connection: asyncpg.Connection = await connect(url, {"application_name": "rapport-backup", "timezone": "UTC"})
        opened.push_async_callback(connection.close)
        await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row: Any = await connection.fetchrow(
            "SELECT pg_export_snapshot() AS id, clock_timestamp() AS at, pg_database_size(current_database()) AS bytes"
        )
        revisions = await connection.fetch(f"SELECT version_num FROM {VERSION_TABLE} ORDER BY 1")  # noqa: S608 - ours
    except asyncpg.UndefinedTableError:
        raise CommandError(f"{name}: the database holds no tables of ours", REFUSED) from None
    except (asyncpg.PostgresError, OSError, TimeoutError) as error:
        raise CommandError(f"{name}: the database refused or did not answer ({type(error).__name__})", REFUSED) from None
    return _Snapshot(row["id"], row["at"], [each["version_num"] for each in revisions], row["bytes"])


async def _dump(url: str, snapshot: _Snapshot, file: Path, bar: Progress) -> Dump:
    task = bar.add_task(file.stem, total=None)
    showing = asyncio.create_task(_show(file, bar, task))
    try:
        await dumps.dump(url, snapshot.id, file)
    finally:
        showing.cancel()
    written = _size(file)
    bar.update(task, completed=written, total=written)
    return Dump(at=snapshot.at, revisions=snapshot.revisions, bytes=written, sha256=await asyncio.to_thread(sha256, file))


async def _show(file: Path, bar: Progress, task: TaskID) -> None:
    while True:
        await asyncio.sleep(SHOWN_EVERY)
        bar.update(task, completed=_size(file))


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
