"""A process has a name among its twins: killed, it comes back to its partitions at once; when it ends, it hands them on."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer
from rapport_chassis.bus import Bus
from rapport_chassis.closing import end_consumer
from rapport_chassis.replica import OwnName
from rapport_testing.node import NOT_TESTED
from rapport_testing.topics import Topics
from rapport_testing.waiting import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason=f"{NOT_TESTED}names of processes: Linux holds them")
SOON = 10.0
"""Seconds; the broker misses a member after 45."""
MEMBER = """
import asyncio, sys
from rapport_chassis.bus import Bus
from rapport_chassis.replica import OwnName

async def main(kafka, group, topic):
    consumer = await Bus(kafka, replica=OwnName(group).name).consumer(group, [topic])
    while len(consumer.assignment()) < 3:
        await consumer.getmany(timeout_ms=100)
    print(OwnName("another").name, flush=True)
    while True:
        await consumer.getmany(timeout_ms=100)

asyncio.run(main(*sys.argv[1:]))
"""
Join = Callable[[str | None], Coroutine[Any, Any, AIOKafkaConsumer]]


@pytest_asyncio.fixture
async def topics(kafka: str) -> AsyncIterator[Topics]:
    made = Topics(kafka)
    await made.create("things", partitions=3)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def join(topics: Topics) -> AsyncIterator[Join]:
    """`join(replica)`: one more member of the group."""
    members = []

    async def joined(replica: str | None) -> AIOKafkaConsumer:
        bus = Bus(topics.bootstrap, replica=replica)
        members.append(await bus.consumer(topics.name("group"), [topics.name("things")]))
        return members[-1]

    yield joined
    for member in members:
        await end_consumer(member, within=5)


async def all_of(consumer: AIOKafkaConsumer) -> bool:
    """Whether it has every partition."""
    await consumer.getmany(timeout_ms=50)
    return len(consumer.assignment()) == 3


async def test_a_killed_process_that_comes_back_has_its_partitions_at_once(topics: Topics, join: Join) -> None:
    group = topics.name("group")
    arguments = [topics.bootstrap, group, topics.name("things")]
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", MEMBER, *arguments, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    assert (await asyncio.wait_for(child.stdout.readline(), 60)).strip()
    child.send_signal(signal.SIGKILL)
    await child.wait()
    began = time.monotonic()
    own = OwnName(group)
    try:
        again = await join(own.name)
        await eventually(lambda: all_of(again), within=SOON)
    finally:
        own.release()
    assert time.monotonic() - began < SOON


async def test_who_ends_hands_its_partitions_on_at_once(join: Join) -> None:
    one, other = await join("one"), await join("other")
    await eventually(lambda: shared(one, other), within=60)
    await end_consumer(one, within=5)
    await eventually(lambda: all_of(other), within=SOON)


async def shared(one: AIOKafkaConsumer, other: AIOKafkaConsumer) -> bool:
    """Whether both have some."""
    for each in (one, other):
        await each.getmany(timeout_ms=50)
    return bool(one.assignment()) and len(one.assignment()) + len(other.assignment()) == 3


def test_no_two_processes_of_a_service_have_one_name() -> None:
    held = [OwnName("twins"), OwnName("twins"), OwnName("others")]
    try:
        assert [str(each.name).rpartition("-")[2] for each in held] == ["0", "1", "0"]
        held[0].release()
        held.append(OwnName("twins"))
        assert str(held[3].name).endswith("-0")
    finally:
        for each in held:
            each.release()
