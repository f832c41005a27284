"""Faults between a client and the broker: the client cannot pass the proxy by."""

from collections.abc import Awaitable, Callable

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from rapport_testing.databases import Database
from rapport_testing.proxy import FaultProxy
from rapport_testing.topics import Topics


async def test_a_producer_behind_the_proxy_goes_on_after_a_reset(topics: Topics, broker_proxy: FaultProxy) -> None:
    (name,) = await topics.create("rapport.complaints", partitions=1)
    producer = AIOKafkaProducer(
        bootstrap_servers=f"127.0.0.1:{broker_proxy.port}", enable_idempotence=True, retry_backoff_ms=20
    )
    await producer.start()
    try:
        await producer.send_and_wait(name, b"before")
        assert broker_proxy.reset() > 0
        await producer.send_and_wait(name, b"after")
    finally:
        await producer.stop()
    assert [record.value for record in await topics.dump(name)] == [b"before", b"after"]


async def test_a_database_behind_a_proxy_can_be_cut(
    database: Database, fault_proxy: Callable[[str, int], Awaitable[FaultProxy]]
) -> None:
    proxy = await fault_proxy("127.0.0.1", database.port)
    connection = await asyncpg.connect(database.url.replace(f":{database.port}/", f":{proxy.port}/"))
    assert await connection.fetchval("SELECT 1") == 1
    proxy.reset()
    with pytest.raises((ConnectionError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)):
        await connection.fetchval("SELECT 1")
    connection.terminate()
