"""Kafka and the two servers together: what is killed comes back with its data, and nothing outlives its owner."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from rapport_chassis.broker import BrokerSettings
from rapport_chassis.bus import Bus
from rapport_cli.local.home import Home, Running
from rapport_cli.local.kafka import Kafka
from rapport_cli.local.process import StackError
from rapport_cli.local.stack import Stack
from rapport_cli.local.users import settings_of_administrator
from rapport_contracts.topics import TOPICS
from rapport_testing.keeper import alive
from rapport_testing.topics import dump
from rapport_testing.waiting import eventually

HOLD = Path(__file__).with_name("hold_stack.py")
TOPIC = "rapport.complaints"


@dataclass
class Held:
    """A stack in a process of its own."""

    process: asyncio.subprocess.Process
    servers: list[int]
    database: str
    kafka: BrokerSettings


async def hold(home: Path) -> Held:
    process = await asyncio.create_subprocess_exec(sys.executable, HOLD, home, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    ready, postgres, kafka, database, bootstrap = (await process.stdout.readline()).decode().split()
    assert ready == "ready"
    return Held(process, [int(postgres), int(kafka)], database, administrator(home, bootstrap))


@asynccontextmanager
async def held(home: Path) -> AsyncIterator[Held]:
    made = await hold(home)
    try:
        yield made
    finally:
        if made.process.returncode is None:
            made.process.terminate()
        await made.process.wait()


def administrator(home: Path, bootstrap: str) -> BrokerSettings:
    return BrokerSettings(**settings_of_administrator(Home(home), bootstrap))


async def write(database: str, kafka: BrokerSettings, number: int) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (id int)")
        await connection.execute("INSERT INTO kept VALUES ($1)", number)
    finally:
        await connection.close()
    await Bus.of(kafka, client="test").ensure_topics([TOPICS[TOPIC]])
    producer = AIOKafkaProducer(bootstrap_servers=kafka.kafka, enable_idempotence=True, **kafka.client_security())
    await producer.start()
    try:
        await producer.send_and_wait(TOPIC, str(number).encode())
    finally:
        await producer.stop()


async def kept(database: str, kafka: BrokerSettings) -> tuple[list[int], list[int]]:
    connection = await asyncpg.connect(database)
    try:
        rows = [row["id"] for row in await connection.fetch("SELECT id FROM kept ORDER BY id")]
    finally:
        await connection.close()
    return rows, sorted(
        int(record.value) for record in await dump({"bootstrap_servers": kafka.kafka, **kafka.client_security()}, TOPIC)
    )


async def test_nothing_outlives_a_killed_supervisor_and_the_next_start_has_the_data(tmp_path: Path) -> None:
    async with held(tmp_path) as first:
        await write(first.database, first.kafka, 1)
        first.process.kill()
        await first.process.wait()
        async with held(tmp_path) as second:
            assert not [pid for pid in first.servers if alive(pid)]
            assert second.database == first.database
            assert second.kafka == first.kafka
            assert await kept(second.database, second.kafka) == ([1], [1])


async def test_servers_that_are_killed_come_back_at_the_same_addresses(tmp_path: Path) -> None:
    said: list[str] = []
    async with Stack(Home(tmp_path), ["profiles"], say=said.append) as stack:
        database, kafka = stack.owner_database_url("profiles"), administrator(tmp_path, stack.kafka.bootstrap)
        await write(database, kafka, 1)
        for server in (stack.postgres, stack.kafka):
            pid = server.process.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
        await eventually(lambda: {"postgres answers again", "kafka answers again"} <= set(said), within=60)
        await write(database, kafka, 2)
        assert await kept(database, kafka) == ([1, 2], [1, 2])
        assert (stack.owner_database_url("profiles"), stack.kafka.bootstrap) == (database, kafka.kafka)


async def test_a_broker_from_before_there_were_users_goes_on_with_its_data_and_lets_nobody_in_without_one(
    tmp_path: Path,
) -> None:
    before = Kafka(tmp_path / "kafka", say=lambda _: None)
    await before.start()
    await Bus(before.bootstrap).ensure_topics([TOPICS[TOPIC]])
    async with AIOKafkaProducer(bootstrap_servers=before.bootstrap) as producer:
        await producer.send_and_wait(TOPIC, b"7")
    await before.stop()
    async with Stack(Home(tmp_path), ["profiles"], say=lambda _: None) as stack:
        kafka = administrator(tmp_path, stack.kafka.bootstrap)
        (record,) = await dump({"bootstrap_servers": kafka.kafka, **kafka.client_security()}, TOPIC)
        assert record.value == b"7"
        with pytest.raises(KafkaError):
            await dump(stack.kafka.bootstrap, TOPIC)


async def test_a_terminated_supervisor_leaves_nothing_running(tmp_path: Path) -> None:
    async with held(tmp_path) as running:
        running.process.terminate()
        await running.process.wait()
        await eventually(lambda: not [pid for pid in running.servers if alive(pid)])


def test_a_second_run_on_the_same_home_is_told_who_has_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.in_use():
        home.announce(Running(os.getpid(), "http://127.0.0.1:8080", "127.0.0.1:9092", {}, []))
        message = f"already runs on {tmp_path}: process {os.getpid()} at http://127.0.0.1:8080"
        with pytest.raises(StackError, match=message), Home(tmp_path).in_use():
            pass
    with Home(tmp_path).in_use():
        assert home.running() is None


def test_what_an_older_version_has_announced_is_read(tmp_path: Path) -> None:
    (tmp_path / "running.json").write_text('{"pid": 7, "url": "http://127.0.0.1:8080", "kafka": "k:1", "databases": {}}')
    found = Home(tmp_path).running()
    assert found is not None and (found.pid, found.scopes) == (7, [])


def test_secrets_are_made_once_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    secret = Home(tmp_path).secret("database_profiles")
    assert Home(tmp_path).secret("database_profiles") == secret
    assert Home(tmp_path).secret("database_complaints") != secret
    assert (tmp_path / "secrets" / "database_profiles").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_a_home_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StackError, match="cannot be used"), Home(tmp_path / "file" / "home").in_use():
        pass
