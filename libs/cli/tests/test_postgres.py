"""PostgreSQL as a child: killed in any way, it starts again with what was committed."""

import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from rapport_cli.local.postgres import Postgres
from rapport_cli.local.process import StackError
from rapport_testing.keeper import alive
from rapport_testing.waiting import eventually


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[Postgres]:
    made = Postgres(tmp_path / "postgres", password="a b/c")
    await made.start()
    yield made
    await made.stop()


async def run(server: Postgres, statement: str) -> object:
    connection = await asyncpg.connect(server.dsn())
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def write(server: Postgres) -> None:
    await run(server, "CREATE TABLE kept (id int)")
    await run(server, "INSERT INTO kept SELECT generate_series(1, 500)")


async def test_data_is_there_after_a_clean_stop(server: Postgres) -> None:
    await write(server)
    await server.stop()
    await server.start()
    assert await run(server, "SELECT count(*) FROM kept") == 500


async def test_data_is_there_after_kill_9_with_work_in_hand(server: Postgres) -> None:
    await write(server)
    busy = await asyncpg.connect(server.dsn())
    await busy.execute("BEGIN; DELETE FROM kept")
    pid = server.process.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await server.process.ended()
    busy.terminate()
    await server.start()  # at once, while the backends of the killed one may still be going down
    assert await run(server, "SELECT count(*) FROM kept") == 500


async def test_a_stale_pid_file_that_names_a_living_stranger_does_not_hinder(server: Postgres) -> None:
    await write(server)
    await server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n0\n{server.port}\n\n*\n1 1\nready\n")
    await server.start()
    assert await run(server, "SELECT count(*) FROM kept") == 500


async def test_a_server_left_behind_by_a_killed_run_is_ended_and_replaced(server: Postgres) -> None:
    await write(server)
    left = server.process.pid
    assert left is not None
    successor = Postgres(server.folder, password="a b/c")  # knows nothing of the first but the folder
    await successor.start()
    try:
        await eventually(lambda: not alive(left))
        assert await run(successor, "SELECT count(*) FROM kept") == 500
    finally:
        await successor.stop()


async def test_another_port_is_taken_when_the_preferred_one_is_in_use(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        server = Postgres(tmp_path / "postgres", port=taken)
        await server.start()
        try:
            assert server.port != taken
            assert await run(server, "SELECT 1") == 1
        finally:
            await server.stop()


async def test_a_wrong_password_is_refused(server: Postgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.dsn(password="guess"))


async def test_damage_is_told_in_the_servers_own_words(server: Postgres) -> None:
    await server.stop()
    (server.data / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(StackError, match="pg_control"):
        await server.start()


async def test_an_initdb_that_was_killed_leaves_no_half_data_folder(tmp_path: Path) -> None:
    half = tmp_path / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    server = Postgres(tmp_path / "postgres")
    await server.start()
    try:
        assert await run(server, "SELECT 1") == 1
    finally:
        await server.stop()
