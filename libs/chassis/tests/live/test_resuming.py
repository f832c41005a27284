"""Going on where one was: over a new process, a broker that was away, a log that was cut; and made-up positions."""

from __future__ import annotations

import base64
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from live_lamps import QUICK, Listen, Publisher, Serve
from rapport_chassis.live import position
from rapport_kernel.ids import new_id
from rapport_testing.proxy import FaultProxy
from rapport_testing.topics import Topics
from rapport_testing.waiting import eventually

BEAT = timedelta(seconds=0.2)


async def test_who_comes_again_goes_on_exactly_where_they_were_in_whichever_process(
    serve: Serve, listen: Listen, publisher: Publisher
) -> None:
    """Positions are taken in the middle of what was published, with both partitions on the way."""
    first, heard, everything = serve(), [], []
    since: str | None = None
    async with listen(first) as witness:
        await witness.begun()
        since = witness.last
        for turn in range(6):
            service = serve() if turn % 2 else first
            for partition in (0, 1, 1, 0):
                everything += await publisher.light(partition=partition)
            async with listen(service, since=since) as again:
                await eventually(lambda seen=again, turn=turn: len(seen.subjects) >= (2 if turn < 5 else 1), within=20)
                events = again.events[: 3 if turn < 5 else None]
                assert again.resets == []
            heard += [each.data["subject"] for each in events]
            since = events[-1].id
        async with listen(serve(), since=since) as again:
            (last,) = await publisher.light(partition=1)
            everything.append(last)
            await eventually(lambda: last in again.subjects, within=20)
            heard += again.subjects
    assert sorted(heard) == sorted(everything)
    assert len(set(heard)) == len(heard)


async def test_nothing_is_lost_or_told_twice_while_the_broker_is_away(
    serve: Serve, listen: Listen, publisher: Publisher, broker_proxy: FaultProxy
) -> None:
    service = serve(bootstrap=f"127.0.0.1:{broker_proxy.port}", heartbeat=BEAT)
    async with listen(service) as heard:
        await heard.begun()
        published = await publisher.light()
        await heard.until(2)
        await broker_proxy.refuse()
        beats = len(heard.frames)
        await eventually(lambda: len(heard.frames) > beats + 5)
        published += await publisher.light(new_id(), new_id(), partition=1)
        async with listen(service, since=heard.last) as later, listen(service) as newer:
            assert (await newer.begun()).resets == ["start"]
            await broker_proxy.accept()
            published += await publisher.light(partition=1)  # one partition: of several there is no order
            await heard.until(5, within=30)
            await later.until(3, within=30)
            await newer.until(4, within=30)
            assert heard.subjects == published
            assert later.subjects == newer.subjects == published[1:]
            assert (heard.resets, later.resets) == (["start"], [])


async def test_a_stream_opens_while_the_broker_is_away_and_begins_when_it_is_back(
    serve: Serve, listen: Listen, publisher: Publisher, broker_proxy: FaultProxy
) -> None:
    await broker_proxy.refuse()
    async with listen(serve(bootstrap=f"127.0.0.1:{broker_proxy.port}", heartbeat=BEAT)) as heard:
        await eventually(lambda: len(heard.frames) > 3)
        assert (heard.status, heard.events) == (200, [])
        await broker_proxy.accept()
        await heard.begun()
        published = await publisher.light()
        await heard.until(2)
        assert heard.subjects == published


async def test_a_hundred_listeners_cost_one_consumer_and_nobody_costs_none(
    serve: Serve, listen: Listen, publisher: Publisher, broker_proxy: FaultProxy
) -> None:
    """Counted where they arrive: connections to the broker. The service goes straight to the broker for nothing else."""
    service = serve(
        bootstrap=f"127.0.0.1:{broker_proxy.port}",
        live_listeners_each=100,
        options=replace(QUICK, linger=0.2, look_every=99.0),
    )
    assert broker_proxy.accepted == 0
    listeners = [listen(service) for _ in range(100)]
    await (await listeners[0].__aenter__()).begun()
    connections = broker_proxy.accepted
    for each in listeners[1:]:
        await each.__aenter__()
    for each in listeners:
        await each.begun()
    await publisher.light()
    for each in listeners:
        await each.until(2)
    assert 0 < broker_proxy.accepted <= connections + 1  # the client may open its second one late
    for each in listeners:
        await each.hang_up()
    await eventually(lambda: not broker_proxy._writers)
    async with listen(service, since=listeners[0].last) as again:
        published = await publisher.light()
        await again.until(1)
        assert again.subjects == published


async def test_a_slow_listener_is_told_to_load_anew_and_goes_on_from_there(
    serve: Serve, listen: Listen, publisher: Publisher
) -> None:
    service = serve(options=replace(QUICK, kept=20))
    async with listen(service) as slow, listen(service) as quick:
        await slow.begun()
        await quick.begun()
        slow.takes.clear()
        await publisher.light(*(new_id() for _ in range(60)))
        await quick.until(61)
        slow.takes.set()
        await eventually(lambda: slow.ended)
        assert slow.resets == ["start", "too-slow"]
        published = await publisher.light()
        async with listen(service, since=slow.last) as again:
            await again.until(1)
            assert again.events[0].data["subject"] == published[0]


async def test_who_was_away_for_too_long_loads_anew(serve: Serve, listen: Listen, publisher: Publisher) -> None:
    async with listen(serve()) as heard:
        since = (await heard.begun()).last
    await publisher.light(*(new_id() for _ in range(30)))
    async with listen(serve(options=replace(QUICK, kept=20)), since=since) as again:
        assert (await again.begun()).resets == ["too-far"]
        published = await publisher.light()
        await again.until(2)
        assert again.subjects == published


async def test_who_was_away_while_the_log_was_cut_loads_anew(
    serve: Serve, listen: Listen, publisher: Publisher, kafka: str
) -> None:
    async with listen(serve()) as heard:
        since = (await heard.begun()).last
    await publisher.light(*(new_id() for _ in range(3)))
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.delete_records({TopicPartition(publisher.topic, 0): RecordsToDelete(before_offset=2)})
    await admin.close()
    async with listen(serve(), since=since) as again:
        assert (await again.begun()).resets == ["too-far"]


async def test_a_log_that_was_replaced_is_loaded_anew(
    serve: Serve, listen: Listen, publisher: Publisher, topics: Topics
) -> None:
    async with listen(serve()) as heard:
        await heard.begun()
        await publisher.light(new_id(), new_id(), new_id())
        since = (await heard.until(4))[-1].id
        await topics.delete(publisher.topic)
        await topics.create(publisher.topic, partitions=2)
        await heard.until(5, within=30)
        assert heard.resets == ["start", "log-changed"]
        published = await publisher.light()
        await eventually(lambda: heard.subjects[3:] == published, within=20)
    async with listen(serve(), since=since) as again:
        assert (await again.begun()).resets == ["unknown"]


def forged(*offsets: int) -> str:
    return position.written(offsets)


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


MADE_UP = {
    "": "unknown",
    "1": "unknown",
    "none": "unknown",
    "A" * 400: "unknown",
    "A" * 5_000: "unknown",
    "../../etc": "unknown",
    encoded(b"\x01"): "unknown",
    encoded(b"\x01" + b"\xff" * 200): "unknown",
    encoded(b"\x01" + b"\xff" * 20 + b"\x01\x01"): "unknown",
    encoded(b"\x02\x00\x00"): "unknown",
    forged(5, 2**62): "unknown",
    forged(1_000, 0): "unknown",
    forged(0): "log-changed",
    forged(0, 0, 0): "log-changed",
}


async def test_a_position_that_is_none_is_answered_with_a_reset(serve: Serve, listen: Listen, publisher: Publisher) -> None:
    service = serve()
    async with AsyncExitStack() as opened:
        callers = {since: await opened.enter_async_context(listen(service, since=since)) for since in MADE_UP}
        for since, heard in callers.items():
            assert (await heard.begun()).resets == [MADE_UP[since]], since
        published = await publisher.light()
        for since, heard in callers.items():
            await heard.until(2)
            assert heard.subjects == published, since


@pytest.mark.parametrize("offsets", [[0], [127, 128], [2**63 - 1, 0, 300, 16_384], list(range(40))])
def test_a_position_is_read_as_it_was_written(offsets: list[int]) -> None:
    written = position.written(offsets)
    assert position.read(written) == offsets
    assert all(position.read(written[:cut]) != offsets for cut in range(len(written)))


def test_a_position_is_short() -> None:
    assert len(position.written([1_000_000] * 6)) <= 30
