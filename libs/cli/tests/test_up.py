"""`rapport up` as a user meets it: ready, one origin, clear refusals, a clean end, and no loss when it is killed."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
from rapport_cli.local.process import free_port
from rapport_cli.services import SERVICES

RAPPORT = Path(sys.executable).with_name("rapport")


async def start(home: Path, port: int) -> asyncio.subprocess.Process:
    environment = os.environ | {"RAPPORT_HOME": str(home), "PORT": str(port), "KAFKA_PORT": str(free_port())}
    return await asyncio.create_subprocess_exec(
        RAPPORT, "up", env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )


async def said_until(process: asyncio.subprocess.Process, words: str) -> str:
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(90):
        while words not in said:
            line = (await process.stdout.readline()).decode()
            assert line, f"ended after saying: {said}"
            said += line
    return said


@asynccontextmanager
async def up(home: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await start(home, port)
    try:
        await said_until(process, "Ctrl-C stops everything")
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def refused(home: Path, port: int) -> str:
    process = await start(home, port)
    said, _ = await process.communicate()
    assert process.returncode == 1
    assert b"Traceback" not in said
    return said.decode()


async def in_database(home: Path, statement: str) -> object:
    databases = json.loads((home / "running.json").read_text())["databases"]
    connection = await asyncpg.connect(databases["complaints"])
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_everything_is_ready_under_one_origin_and_stops_cleanly(tmp_path: Path) -> None:
    port = free_port()
    async with up(tmp_path, port) as process, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        running = json.loads((tmp_path / "running.json").read_text())
        assert [each["service"] for each in (await client.get("/")).json()["services"]] == list(SERVICES)
        for service in SERVICES:
            told = (await client.get(f"{running['management']}/{service}/health/ready")).json()
            assert told["ready"] is True, told
            assert (await client.get(f"/{service}/docs")).status_code == 200
        assert f"already runs on {tmp_path}: process {process.pid}" in await refused(tmp_path, free_port())
        process.send_signal(signal.SIGINT)
        await said_until(process, "Stopped. The data is kept.")
        assert await process.wait() == 0
    assert not (tmp_path / "running.json").exists()
    for secret in (path for folder in ("keys", "secrets") for path in (tmp_path / folder).iterdir()):
        assert secret.stat().st_mode & 0o077 == 0


async def test_kill_9_loses_nothing_and_the_next_start_needs_no_care(tmp_path: Path) -> None:
    port = free_port()
    async with up(tmp_path, port) as process:
        await in_database(tmp_path, "CREATE TABLE kept AS SELECT 42 AS id")
        process.kill()
        await process.wait()
    async with up(tmp_path, port):
        assert await in_database(tmp_path, "SELECT id FROM kept") == 42


async def test_a_taken_port_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert f"port {taken} is taken by another program" in await refused(tmp_path, taken)
    assert not (tmp_path / "postgres" / "data").exists()


async def test_ctrl_c_while_starting_ends_at_once_and_cleanly(tmp_path: Path) -> None:
    process = await start(tmp_path, free_port())
    await said_until(process, "Starting PostgreSQL and Kafka")
    process.send_signal(signal.SIGINT)
    await said_until(process, "Stopped.")
    assert await process.wait() == 0
