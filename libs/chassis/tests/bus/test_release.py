"""Releasing parked messages: in order per key, once, audited; a key stops where it fails again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bus_widgets import ME, Running, World, record, write_all_down
from rapport_chassis import parked
from rapport_chassis.parked import FOLLOWS, Reject, Selection
from rapport_chassis.parked_content import expire, seal_the_rest
from rapport_chassis.release import Park
from rapport_kernel.errors import Conflict, Invalid, NotFound
from rapport_kernel.ids import new_id
from rapport_testing.waiting import eventually
from sqlalchemy.exc import OperationalError


class Switch:
    """A handler that refuses marked messages until it is mended."""

    def __init__(self) -> None:
        self.broken = True
        self.away = False

    async def __call__(self, work: Any, messages: Any) -> None:
        if self.away:
            raise OperationalError("SELECT 1", {}, ConnectionRefusedError("gone"))
        if self.broken and any(message.event.note == "refuse" for message in messages):
            raise Invalid("refused-by-test")
        await write_all_down(work, messages)


@pytest.fixture
def switch() -> Switch:
    return Switch()


async def park_a_key(world: World, running: Running, switch: Switch, *, keys: int = 1, each: int = 30) -> list[Any]:
    """Keys whose first message is refused, followed by others; all of them end in the park."""
    widgets = [new_id() for _ in range(keys)]
    subscription = world.subscription(handler=switch)
    runner = world.runner(subscription)
    async with running(runner):
        for number, widget in enumerate(widgets):
            records = [record(widget, n, note="refuse" if n == 1 else "") for n in range(1, each + 1)]
            await world.publish(*records, partition=number % 3)
        await eventually(lambda: runner.totals[world.topic, "parked"] == keys * each, within=20)
    return widgets


async def sequences(world: World, widget: Any) -> list[int]:
    return [row[0] for row in await world.rows("SELECT sequence FROM moves WHERE widget_id = $1 ORDER BY nr", widget)]


async def test_a_key_is_released_in_order_and_only_once(world: World, running: Running, switch: Switch) -> None:
    (widget,) = await park_a_key(world, running, switch, each=450)
    switch.broken = False
    park = Park(world.works, [world.subscription(handler=switch)])
    twice = await asyncio.gather(*(park.release(Selection(key=str(widget)), ME) for _ in range(2)))
    assert sum(done.released for done in twice) == 450
    assert await sequences(world, widget) == list(range(1, 451))
    again = await park.release(Selection(key=str(widget)), ME)
    assert (again.released, again.failed) == (0, [])
    settled = await world.rows("SELECT DISTINCT state, value, headers::text, settled_by FROM parked")
    assert [tuple(row) for row in settled] == [("released", None, "[]", "system:test")]
    assert await world.value("SELECT count(*) FROM audit WHERE action = 'parked.released'") == 450


async def test_a_key_stops_at_the_message_that_fails_again(world: World, running: Running, switch: Switch) -> None:
    first, second = await park_a_key(world, running, switch, keys=2)
    park = Park(world.works, [world.subscription(handler=switch)])
    done = await park.release(Selection(consumer=world.group), ME)
    heads = [row["id"] for row in await world.parked() if row["reason"] != "follows"]
    assert (done.released, done.failed) == (0, heads)
    assert {row["attempts"] for row in await world.parked() if row["id"] in heads} == {1}
    await park.drop(Selection(id=heads[0]), ME, reason="sent by mistake")
    assert (await park.release(Selection(key=str(first)), ME)).released == 29
    assert await sequences(world, first) == list(range(2, 31))
    assert await sequences(world, second) == []


async def test_one_message_can_be_released_when_it_is_first_of_its_key(
    world: World, running: Running, switch: Switch
) -> None:
    (widget,) = await park_a_key(world, running, switch, each=3)
    switch.broken = False
    park = Park(world.works, [world.subscription(handler=switch)])
    ids = [row["id"] for row in await world.parked()]
    with pytest.raises(Conflict):
        await park.release(Selection(id=ids[1]), ME)
    assert (await park.release(Selection(id=ids[0]), ME)).released == 1
    with pytest.raises(NotFound):
        await park.release(Selection(id=ids[0]), ME)
    assert await sequences(world, widget) == [1]


async def test_events_that_arrive_during_a_release_come_after_it(world: World, running: Running, switch: Switch) -> None:
    (widget,) = await park_a_key(world, running, switch, each=400)
    switch.broken = False
    subscription = world.subscription(handler=switch)
    park = Park(world.works, [subscription])
    runner = world.runner(subscription)
    async with running(runner):

        async def arrivals() -> None:
            for first in range(401, 501, 10):
                await world.publish(*(record(widget, sequence) for sequence in range(first, first + 10)))

        await asyncio.gather(arrivals(), park.release(Selection(key=str(widget)), ME))
        await eventually(lambda: runner.totals[world.topic, "consumed"] >= 100)
        await park.release(Selection(key=str(widget)), ME)
    assert await sequences(world, widget) == list(range(1, 501))
    assert await world.parked() == []


async def test_a_passing_failure_changes_nothing(world: World, running: Running, switch: Switch) -> None:
    await park_a_key(world, running, switch)
    before = await world.parked()
    switch.away = True
    park = Park(world.works, [world.subscription(handler=switch)])
    with pytest.raises(OperationalError):
        await park.release(Selection(consumer=world.group), ME)
    assert await world.parked() == before


async def test_messages_without_a_key_are_released_one_by_one(world: World, running: Running, switch: Switch) -> None:
    runner = world.runner()
    async with running(runner):
        _, value, headers = record(new_id(), 1)
        await world.publish((None, value, headers), (None, value, headers))
        await eventually(lambda: runner.totals[world.topic, "parked"] == 2)
    park = Park(world.works, [world.subscription()])
    done = await park.release(Selection(consumer=world.group), ME)
    assert (done.released, len(done.failed or [])) == (0, 2)
    assert await park.drop(Selection(consumer=world.group, reason="no-key"), ME, reason="nobody's") == 2


async def test_the_park_is_seen_by_group_and_one_by_one(world: World, running: Running, switch: Switch) -> None:
    await park_a_key(world, running, switch, keys=2, each=10)
    park = Park(world.works, [world.subscription(handler=switch)])
    groups = await park.groups(Selection(), ME)
    assert [(group.reason, group.messages, group.keys) for group in groups] == [("follows", 18, 2), ("refused", 2, 2)]
    assert groups[0].type == "widget.moved.v1"
    page = await park.messages(Selection(reason="follows"), ME, limit=5)
    more = await park.messages(Selection(reason="follows"), ME, after=page[-1].id, limit=100)
    assert len(page) + len(more) == 18
    one = await park.show(page[0].id, ME)
    assert dict(one.headers)["ce_type"] == b"widget.moved.v1"
    assert await world.value("SELECT count(*) FROM audit WHERE action = 'parked.shown'") == 1
    with pytest.raises(NotFound):
        await park.show(-1, ME)


async def test_a_follower_on_its_way_into_the_park_is_waited_for(world: World, running: Running, switch: Switch) -> None:
    """Otherwise it would come into a lane that was emptied meanwhile, and the next event would overtake it."""
    (widget,) = await park_a_key(world, running, switch, each=3)
    switch.broken = False
    key = str(widget).encode()
    park = Park(world.works, [world.subscription(handler=switch)])
    _, value, headers = record(widget, 4)
    async with world.works(ME) as consuming:
        connection = await consuming.raw()
        assert await parked.blocked(connection, world.group, [key]) == {(world.topic, key)}
        releasing = asyncio.ensure_future(park.release(Selection(key=str(widget)), ME))
        await asyncio.wait([releasing], timeout=0.5)
        await parked.park(consuming, world.group, [Reject(world.topic, 0, 99, key, headers, value, FOLLOWS)])
    assert (await releasing).released == 4
    assert await sequences(world, widget) == [1, 2, 3, 4]


async def test_what_is_parked_is_sealed_and_found_by_the_ids_in_it(world: World) -> None:
    """It may be the words of anybody, and whoever has the tables must not read them."""
    named = new_id()
    value = f'{{"customer": "{str(named).upper()}", "problem": "my name is MARKER"}}'.encode()
    async with world.works(ME) as work:
        rejects = [
            Reject(world.topic, 0, 1, b"k", [("x", b"MARKER")], value, "invalid"),
            Reject(world.topic, 0, 2, b"l", [], None, "no-value"),
        ]
        await parked.park(work, world.group, rejects)
    rows = await world.rows("SELECT id, headers::text, value, sealed, mentions FROM parked ORDER BY id")
    assert b"MARKER" not in rows[0]["value"] and [row["headers"] for row in rows] == ["[]", "[]"]
    assert [(row["sealed"], list(row["mentions"])) for row in rows] == [(True, [named]), (True, [])]
    park = Park(world.works, [])
    shown = [await park.show(row["id"], ME) for row in rows]
    assert [(one.headers, one.value) for one in shown] == [([("x", b"MARKER")], value), ([], None)]
    listed = await park.messages(Selection(), ME)
    assert [(one.headers, one.value) for one in listed] == [([], None)] * 2


async def test_what_an_earlier_version_parked_is_sealed_later(world: World) -> None:
    named = new_id()
    for number, consumer in enumerate((world.group, "relay")):
        await world.rows(
            'INSERT INTO parked (consumer, topic, partition, "offset", key, headers, value, reason)'
            " VALUES ($1, 't', 0, $2, 'k', '[[\"x\", \"eA==\"]]', $3, 'invalid')",
            *(consumer, number, f"MARKER {named}".encode()),
        )
    async with world.works(ME) as work:
        assert await seal_the_rest(work) == 1
        assert await seal_the_rest(work) == 0
    rows = await world.rows("SELECT value, sealed, mentions FROM parked ORDER BY id")
    assert (b"MARKER" in rows[0]["value"], list(rows[0]["mentions"])) == (False, [named])
    assert (b"MARKER" in rows[1]["value"], rows[1]["sealed"]) == (True, False)  # a fact of ours that was not sent
    assert next((row["value"], row["headers"]) for row in await world.parked()) == (
        f"MARKER {named}".encode(),
        '[["x","eA=="]]',
    )


async def test_what_nobody_settles_is_given_up_in_the_end(world: World) -> None:
    async with world.works(ME) as work:
        await parked.park(work, world.group, [Reject(world.topic, 0, n, b"k", [], b"MARKER", "invalid") for n in range(2)])
    await world.rows("UPDATE parked SET parked_at = now() - interval '90 days' WHERE \"offset\" = 0")
    async with world.works(ME) as work:
        assert await expire(work, timedelta(days=90)) == 1
    rows = await world.rows("SELECT state, value, settled_by FROM parked ORDER BY id")
    assert [row["state"] for row in rows] == ["dropped", "parked"]
    assert (rows[0]["value"], rows[0]["settled_by"]) == (None, "system:test")
    assert await world.value("SELECT reason FROM audit WHERE action = 'parked.expired'") == "invalid"
