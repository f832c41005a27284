"""A database behind TLS: every way in which a service connects reads `sslmode` and `sslrootcert` of its URL."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from rapport_chassis.database import Database
from rapport_chassis.migrations import pending, upgrade
from rapport_cli.authority import Authority
from sqlalchemy import text
from sqlalchemy.engine import make_url

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
"""What a client sends first that would like TLS (PostgreSQL, "Message Formats")."""


@dataclass
class Behind:
    """An end of TLS before a database, as a pooler is one; the server that tests bring along is built without OpenSSL."""

    authority: Authority
    target: Any
    port: int = 0
    encrypted: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def url(self, host: str = "localhost", **query: str) -> str:
        """The database through it."""
        given = self.target.set(host=host, port=self.port).update_query_dict(query)
        return str(given.render_as_string(hide_password=False))

    def verified(self, host: str = "localhost", *, trusting: Path | None = None) -> str:
        """The same, believing this authority alone."""
        return self.url(host, sslmode="verify-full", sslrootcert=str(trusting or self.authority.certificate))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client: without TLS it gets nothing."""
        self.writers.append(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if await reader.readexactly(len(SSL_REQUEST)) != SSL_REQUEST:
                writer.close()
                return
            writer.write(b"S")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.authority.folder / "postgres.crt", self.authority.folder / "postgres.key")
            await writer.start_tls(context)
            self.encrypted += 1
            back, forth = await asyncio.open_connection(self.target.host, self.target.port)
            self.writers.append(forth)
            await asyncio.gather(_pump(reader, forth), _pump(back, writer))


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while part := await source.read(65536):
            sink.write(part)
            await sink.drain()
    sink.close()


@pytest.fixture
async def behind(databases: Any, tmp_path: Path) -> AsyncIterator[Behind]:
    made = await databases.make()
    authority = Authority(tmp_path / "authority")
    authority.server("postgres", ["localhost"])
    found = Behind(authority, make_url(made.url))
    serving = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = serving.sockets[0].getsockname()[1]
    yield found
    serving.close()
    for writer in found.writers:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    await databases.drop(made)


async def test_the_pool_and_single_connections_are_verified(behind: Behind) -> None:
    database = Database(behind.verified())
    pooled = await database.connection()
    assert (await pooled.execute(text("SELECT 1"))).scalar_one() == 1
    await pooled.close()
    alone = await database.dedicated()
    assert await alone.fetchval("SHOW idle_in_transaction_session_timeout") == "0"
    await alone.close()
    await database.close()
    assert behind.encrypted == 2


async def test_migrations_are_verified(behind: Behind) -> None:
    applied = await upgrade(behind.verified(), "rapport_chassis.migrations")
    assert applied and await pending(behind.verified(), "rapport_chassis.migrations") == []
    assert behind.encrypted == 2


async def test_another_authority_and_another_name_are_refused(behind: Behind, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other").certificate
    for url in (behind.verified(trusting=other), behind.verified("127.0.0.1")):
        for way in (Database(url).ping(), Database(url).dedicated(), upgrade(url, "rapport_chassis.migrations")):
            with pytest.raises(ssl.SSLCertVerificationError):
                await way
    assert behind.encrypted == 0


async def test_a_plain_connection_gets_nothing(behind: Behind) -> None:
    with pytest.raises((asyncpg.PostgresError, OSError)):
        await Database(behind.url(sslmode="disable")).dedicated()


async def test_the_driver_that_a_url_names_is_ours_all_the_same(behind: Behind) -> None:
    database = Database(behind.verified().replace("postgresql://", "postgresql+asyncpg://"))
    await database.ping()
    await database.close()
