"""Fresh databases on the test server, each a copy of a template that was migrated and filled with what is shipped once per
run."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from sqlalchemy import event as sql_event

Migrate = Callable[[str, str, str], Awaitable[None]]
ROLE, OWNER = "rapport_test", "rapport_test_owner"
"""Of a service, and of who owns its append-only tables, as in production: what a service may not do fails in its tests."""
TURN = 727_001  # advisory lock: one worker makes a template, the others wait for it


def as_owner(url: str) -> str:
    """The address of the same database for the owner of its append-only tables."""
    return url.replace(f"//{ROLE}:{ROLE}@", f"//{OWNER}:{OWNER}@")


@dataclass(frozen=True)
class Database:
    """A database of one test module for an ordinary role, which owns all but what is append-only."""

    name: str
    url: str
    """As asyncpg, libpq and the services' settings take it."""

    @property
    def owner_url(self) -> str:
        """The same for the owner of the append-only tables."""
        return as_owner(self.url)

    @property
    def port(self) -> int:
        """The server's port."""
        return urlsplit(self.url).port or 5432

    async def connect(self) -> asyncpg.Connection:
        """A plain connection; the caller closes it."""
        return await asyncpg.connect(self.url)

    async def connect_owner(self) -> asyncpg.Connection:
        """The same as the owner, for what nobody else can do behind the back of the product."""
        return await asyncpg.connect(self.owner_url)


class HasDatabase(Protocol):
    """A service, or a factory of units of work."""

    @property
    def database(self) -> Any:
        """Its `rapport_chassis.database.Database`."""


_REFERRING = """
    WITH RECURSIVE named AS (
        SELECT unnest(CAST($1::text[] AS regclass[])) AS id
        UNION SELECT conrelid FROM pg_constraint JOIN named ON confrelid = id AND contype = 'f'
    )
    SELECT CAST(CAST(id AS regclass) AS text) FROM named ORDER BY 1
"""
_emptied: dict[tuple[str, ...], str] = {}


async def empty(connection: asyncpg.Connection, *tables: str, more: str = "") -> None:
    """Delete the rows of these tables and of all that refer to them, past triggers and references; then `more`, statements.

    As `TRUNCATE ... CASCADE`, which makes new files for each table and index: of the tables of a test, which hold little,
    this takes a tenth of the time. It is the owner who does it, on a connection beside this one.
    """
    if tables not in _emptied:
        names = [row[0] for row in await connection.fetch(_REFERRING, list(tables))]
        _emptied[tables] = "".join(f"DELETE FROM {name};" for name in names)  # noqa: S608 - of the catalogue
    async with owner_beside(connection) as owner:
        await owner.execute(f"SET session_replication_role = replica; {_emptied[tables]} {more}")


@asynccontextmanager
async def owner_beside(connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the same database as the owner of what is append-only, who can do what a service cannot."""
    there = await connection.fetchrow("SELECT inet_server_port() AS port, current_database() AS name")
    owner = await asyncpg.connect(f"postgresql://{OWNER}:{OWNER}@127.0.0.1:{there['port']}/{there['name']}")
    try:
        yield owner
    finally:
        await owner.close()


@contextmanager
def statements(served: HasDatabase) -> Iterator[list[str]]:
    """The SQL that a service sends while the block runs, in order, each on one line, transaction control apart."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(" ".join(statement.split()))

    engine = served.database.engine.sync_engine
    sql_event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sql_event.remove(engine, "before_cursor_execute", note)


class Databases:
    """Makes and drops databases on the server at `admin_url` (of a superuser). `migrate` runs migrations and
    loads what is shipped; it gets the owner's URL, the service's, and the package."""

    def __init__(self, admin_url: str, migrate: Migrate) -> None:
        self._admin_url = admin_url
        self._migrate = migrate
        self._made: list[str] = []

    async def make(self, migrations: Sequence[str] = ()) -> Database:
        """A fresh database with the migrations of these packages (`rapport_complaints.migrations`) applied in order."""
        template = await self._template(tuple(migrations))
        name = f"test_{uuid.uuid4().hex[:12]}"
        admin = await asyncpg.connect(self._admin_url)
        try:
            await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER} STRATEGY FILE_COPY")
        finally:
            await admin.close()
        self._made.append(name)
        return Database(name, self._url(name))

    async def drop(self, database: Database) -> None:
        """Drop it, cutting connections that are still open."""
        admin = await asyncpg.connect(self._admin_url)
        try:
            await admin.execute(f"DROP DATABASE IF EXISTS {database.name} WITH (FORCE)")
        finally:
            await admin.close()

    async def _template(self, migrations: tuple[str, ...]) -> str:
        name = f"template_{hashlib.sha256(repr(migrations).encode()).hexdigest()[:12]}"
        admin = await asyncpg.connect(self._admin_url)
        try:
            await admin.execute("SELECT pg_advisory_lock($1)", TURN)
            if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await self._build(admin, name, migrations)
        finally:
            await admin.close()  # which also gives up the lock
        return name

    async def _build(self, admin: asyncpg.Connection, name: str, migrations: tuple[str, ...]) -> None:
        """Under another name until it is complete: a failed migration leaves no half template."""
        draft = f"draft_{uuid.uuid4().hex[:12]}"
        if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", ROLE):
            await admin.execute(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{OWNER}'")
            await admin.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{ROLE}'")
            await admin.execute(f"GRANT {ROLE} TO {OWNER}")
            await admin.execute(f"GRANT SET ON PARAMETER session_replication_role TO {OWNER}")  # for `empty`
        await admin.execute(f"CREATE DATABASE {draft} OWNER {OWNER}")
        try:
            made = Database(draft, self._url(draft))
            for package in migrations:
                await self._migrate(made.owner_url, made.url, package)
            if not migrations:  # for tests that make tables of their own: an installation with one role
                await _allow_tables(made)
            await admin.execute(f"ALTER DATABASE {draft} RENAME TO {name}")
        except BaseException:
            await admin.execute(f"DROP DATABASE IF EXISTS {draft} WITH (FORCE)")
            raise

    def _url(self, name: str) -> str:
        parts = urlsplit(self._admin_url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, f"{ROLE}:{ROLE}@{host}", f"/{name}", "", ""))


async def _allow_tables(database: Database) -> None:
    owner = await database.connect_owner()
    try:
        await owner.execute(f"GRANT CREATE ON SCHEMA public TO {ROLE}")
    finally:
        await owner.close()
