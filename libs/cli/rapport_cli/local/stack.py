"""PostgreSQL and Kafka together: started side by side, restarted when one dies; a database and a role per service."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import asyncpg

from rapport_cli.local.home import Home
from rapport_cli.local.jars import Say
from rapport_cli.local.kafka import ADMINISTRATOR, Kafka
from rapport_cli.local.postgres import Postgres
from rapport_cli.local.process import StackError

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 15.0
SUPERUSER_SECRET = "postgres"  # noqa: S105 - the name of a file


class Stack:
    """The two servers of `home` with a database and a role for each of `services`.

    `async with Stack(...) as stack`: ready inside, and whatever dies is started again on the same port; stopped outside.
    `kafka_port`: preferred, when this home has not had another one before. `say` is told what a person should know.
    """

    def __init__(self, home: Home, services: Sequence[str], *, say: Say, kafka_port: int | None = None) -> None:
        self.home = home
        self.postgres = Postgres(home.postgres, port=home.port("postgres"), password=home.secret(SUPERUSER_SECRET))
        self.kafka = Kafka(
            home.kafka, port=home.port("kafka") or kafka_port, password=home.secret(f"kafka_{ADMINISTRATOR}"), say=say
        )
        self._services = services
        self._say = say
        self._watches: list[asyncio.Task[None]] = []

    def database_url(self, service: str) -> str:
        """The address of a service's database, with its own role and password."""
        return self.postgres.dsn(database_name(service), database_name(service), self.home.secret(_secret(service)))

    def owner_database_url(self, service: str) -> str:
        """The same for who owns the append-only tables of it."""
        name = database_name(service)
        return self.postgres.dsn(name, owner_name(service), self.home.secret(_secret(owner_name(service))))

    async def __aenter__(self) -> Self:
        try:
            async with asyncio.TaskGroup() as starting:
                starting.create_task(self._start_postgres())
                starting.create_task(self._start_kafka())
        except BaseExceptionGroup as group:
            await self._stop()
            raise group.exceptions[0] from None
        except BaseException:
            await self._stop()
            raise
        self._watches = [asyncio.create_task(self._watch(server)) for server in (self.postgres, self.kafka)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def _start_postgres(self) -> None:
        await self.postgres.start()
        self.home.remember_port("postgres", self.postgres.port)
        admin = await asyncpg.connect(self.postgres.dsn(), ssl=False)
        try:
            for service in self._services:
                owner = (owner_name(service), self.home.secret(_secret(owner_name(service))))
                await _ensure_database(admin, database_name(service), self.home.secret(_secret(service)), owner)
        finally:
            await admin.close()

    async def _start_kafka(self) -> None:
        await self.kafka.start()
        self.home.remember_port("kafka", self.kafka.port)

    async def _stop(self) -> None:
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        await asyncio.gather(self.postgres.stop(), self.kafka.stop())

    async def _watch(self, server: Postgres | Kafka) -> None:
        """Start the server again whenever it ends; ever longer pauses while it will not start."""
        pause = FIRST_PAUSE
        while True:
            code = await server.process.ended()
            self._say(f"{server.name} ended by itself (exit code {code}), starting it again")
            while server.process.pid is None:
                await asyncio.sleep(pause)
                try:
                    await self._again(server)
                except StackError as error:
                    pause = min(pause * 2, LONGEST_PAUSE)
                    self._say(f"{server.name} does not start, next try in {pause:.1f} s: {error}")
            pause = FIRST_PAUSE
            self._say(f"{server.name} answers again")

    async def _again(self, server: Postgres | Kafka) -> None:
        port = server.port
        await server.start()
        if server.port != port:
            wrong, server.port = server.port, port
            await server.stop()
            raise StackError(f"its port {port} is taken (it came up on {wrong}, where nobody looks for it)")


def database_name(service: str) -> str:
    """Of the database and of the role that the service works as."""
    return f"rapport_{service}"


def owner_name(service: str) -> str:
    """Of the role that owns the database and what is only ever added to."""
    return f"rapport_{service}_owner"


def _secret(service: str) -> str:
    return f"database_{service}"


async def _ensure_database(admin: asyncpg.Connection, name: str, password: str, owner: tuple[str, str]) -> None:
    """A database and the two roles that may enter it: the service's, of the name of the database, and its owner (name and
    password). Names and passwords are ours and URL-safe, so they can be quoted."""
    for role, secret in ((name, password), owner):
        verb = "ALTER" if await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role) else "CREATE"
        await admin.execute(f"{verb} ROLE {role} LOGIN PASSWORD '{secret}'")
    await admin.execute(f"GRANT {name} TO {owner[0]}")
    if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        await admin.execute(f"CREATE DATABASE {name} OWNER {owner[0]}")
    await admin.execute(f"ALTER DATABASE {name} OWNER TO {owner[0]}")
    await admin.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    await admin.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {name}")
