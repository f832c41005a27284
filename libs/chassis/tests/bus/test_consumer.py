"""The consumer runner: effect once, order per key, nothing dropped, whatever the records are like."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from bus_widgets import (
    OPTIONS,
    Running,
    WidgetMoved,
    WidgetPainted,
    World,
    books_balance,
    committed,
    consumed,
    moves_are,
    record,
    write_down,
)
from rapport_chassis.bus import Bus
from rapport_chassis.listens import Batch, Listens, Message, Raw, Record
from rapport_chassis.work import Work
from rapport_contracts.envelope import Envelope
from rapport_kernel.errors import Invalid
from rapport_kernel.ids import new_id
from rapport_testing.topics import dump
from rapport_testing.waiting import eventually


@pytest.mark.parametrize("each", [False, True])
async def test_facts_reach_the_reader_once_and_in_order(world: World, running: Running, each: bool) -> None:
    runner = world.runner(world.subscription(each=each))
    async with running(world.relay(), runner):
        await world.move_many(600)
        await consumed(world, runner, 600)
    history = await world.history()
    history.check()
    assert len(history.effects) == 600
    for widget, last in await world.rows("SELECT widget_id, array_agg(sequence ORDER BY nr) FROM moves GROUP BY 1"):
        assert last == sorted(last), widget
    books_balance(world, runner)
    assert sum((await committed(world, world.group)).values()) == 600


async def test_a_batch_costs_the_same_statements_however_long_it_is(world: World, running: Running) -> None:
    """Inbox, park, the handler's own, and the frame of the transaction."""
    await world.publish(*(record(new_id(), 1) for _ in range(400)))
    statements: list[str] = []

    async def counting(work, messages) -> None:
        (await work.raw()).add_query_logger(lambda query: statements.append(query.query))
        await write_down(work, messages)

    runner = world.runner(world.subscription(handler=counting))
    async with running(runner):
        await consumed(world, runner, 400)
    assert len(await world.rows("SELECT FROM moves")) == 400
    assert len(statements) <= 12


async def test_the_same_event_three_times_and_the_topic_read_again_has_one_effect(world: World, running: Running) -> None:
    widget = new_id()
    records = [record(widget, sequence) for sequence in range(1, 51)]
    await world.publish(*records, *records, *records)
    runner = world.runner()
    async with running(runner):
        await consumed(world, runner, 150)
    once = await world.rows("SELECT event_id, sequence FROM moves ORDER BY nr")
    assert len(once) == 50
    world.group += ".again"  # another group name in Kafka, the same consumer in the inbox
    subscription = world.subscription()
    object.__setattr__(subscription, "name", world.group)
    await world.rows("UPDATE inbox SET consumer = $1", world.group)
    again = world.runner(subscription)
    async with running(again):
        await consumed(world, again, 150)
    assert await world.rows("SELECT event_id, sequence FROM moves ORDER BY nr") == once
    assert again.totals[world.topic, "duplicate"] == 150
    books_balance(world, again)


async def test_a_schema_from_the_future_is_read_and_an_unknown_type_ignored(world: World, running: Running) -> None:
    widget = new_id()
    body = orjson.dumps({"widget_id": str(widget), "place": "attic", "new_field": {"deep": [1]}})
    key, value, headers = record(widget, 2)
    second = [(name, b"widget.moved.v2" if name == "ce_type" else text) for name, text in headers]
    runner = world.runner()
    async with running(runner):
        await world.publish(record(widget, 1, body=body), (key, value, second))
        await consumed(world, runner, 2)
    assert [tuple(row) for row in await world.rows("SELECT sequence, place FROM moves")] == [(1, "attic")]
    assert runner.totals[world.topic, "ignored"] == 1
    assert await world.parked() == []
    books_balance(world, runner)


async def test_types_that_nobody_listens_to_leave_no_row_in_the_inbox(world: World, running: Running) -> None:
    records = []
    for _ in range(20):
        key, value, headers = record(new_id(), 1)
        records.append((key, value, [(n, b"widget.painted.v1" if n == "ce_type" else v) for n, v in headers]))
    runner = world.runner()
    async with running(runner):
        await world.publish(*records)
        await consumed(world, runner, 20)
    assert await world.value("SELECT count(*) FROM inbox") == 0
    assert runner.totals[world.topic, "ignored"] == 20


async def test_old_events_find_their_day_and_forgotten_days_are_parked(world: World, running: Running) -> None:
    old = datetime.now(UTC) - timedelta(days=400)
    known = record(new_id(), 1, when=old)
    runner = world.runner()
    async with running(runner):
        await world.publish(known)
        await consumed(world, runner, 1)
        assert await world.value("SELECT count(*) FROM inbox WHERE event_day = $1", old.date()) == 1
    await world.rows("UPDATE inbox SET applied_at = now() - interval '40 days'")
    runner = world.runner()
    async with running(runner):
        await eventually(lambda: _no_old_day(world, old.date()))
        await world.publish(known)  # a late duplicate: nobody can tell any more
        await world.publish(record(new_id(), 1))
        await consumed(world, runner, 2)
    assert [row["reason"] for row in await world.parked()] == ["older-than-inbox"]
    assert len(await world.rows("SELECT FROM moves")) == 2
    days = {
        row[0]
        for row in await world.rows("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'inbox'::regclass")
    }
    today = datetime.now(UTC).date()
    assert {f"inbox_{today + timedelta(days=ahead):%Y%m%d}" for ahead in (0, 1, 2)} <= days


async def _no_old_day(world: World, day) -> bool:
    return await world.value("SELECT to_regclass($1)", f"inbox_{day:%Y%m%d}") is None


async def test_a_reordered_or_gapped_key_is_not_applied_backwards(world: World, running: Running) -> None:
    """The reader's own guard: what it keeps per aggregate moves forward only. Here in its simplest form."""

    async def last_place(work, messages) -> None:
        connection = await work.raw()
        await connection.execute(
            """
            INSERT INTO widgets (id, version)
            SELECT id, max(sequence) FROM unnest($1::uuid[], $2::bigint[]) AS m(id, sequence) GROUP BY id
            ON CONFLICT (id) DO UPDATE SET version = excluded.version WHERE widgets.version < excluded.version
            """,
            [message.event.widget_id for message in messages],
            [message.envelope.sequence for message in messages],
        )

    widget = new_id()
    runner = world.runner(world.subscription(handler=last_place))
    async with running(runner):
        await world.publish(*(record(widget, sequence) for sequence in (1, 2, 5)))
        await consumed(world, runner, 3)
        await world.publish(*(record(widget, sequence) for sequence in (4, 3, 2)))
        await consumed(world, runner, 6)
    assert await world.value("SELECT version FROM widgets WHERE id = $1", widget) == 5


async def test_the_cause_of_what_a_handler_records_is_the_event_in_hand(world: World, running: Running) -> None:
    async def answer(work, event) -> None:
        work.record(WidgetPainted(widget_id=event.widget_id), sequence=work.cause.envelope.sequence + 100)

    runner = world.runner(world.subscription(each=True, handler=answer))
    async with running(world.relay(), runner):
        await world.move_many(10, widgets=5)
        await consumed(world, runner, 20)
    envelopes = [Envelope.from_headers(record.headers) for record in await dump(world.kafka, world.topic)]
    moved = {envelope.id: envelope for envelope in envelopes if envelope.type == "widget.moved.v1"}
    painted = [envelope for envelope in envelopes if envelope.type == "widget.painted.v1"]
    assert len(painted) == 10
    for envelope in painted:
        cause = moved[envelope.causation_id]
        assert envelope.sequence == cause.sequence + 100
        assert envelope.correlation_id == cause.correlation_id
        assert envelope.traceparent[3:35] == cause.traceparent[3:35]
        assert envelope.traceparent != cause.traceparent


async def test_a_fact_of_a_batch_names_the_event_that_is_about_the_same(world: World, running: Running) -> None:
    stranger = new_id()

    async def answer(work, messages) -> None:
        for message in messages:
            work.record(WidgetPainted(widget_id=message.event.widget_id), sequence=100)
        work.record(WidgetPainted(widget_id=stranger), sequence=100)

    async with running(world.relay()):
        await world.move_many(10, widgets=10)
        async with running(world.runner(world.subscription(handler=answer))):

            async def painted() -> list[Envelope] | None:
                envelopes = [Envelope.from_headers(record.headers) for record in await dump(world.kafka, world.topic)]
                found = [each for each in envelopes if each.type == "widget.painted.v1"]
                return envelopes if len(found) > 10 else None

            envelopes = await eventually(painted, within=30)
    moved = {each.subject: each for each in envelopes if each.type == "widget.moved.v1"}
    for each in envelopes:
        if each.type == "widget.painted.v1":
            cause = moved.get(each.subject)
            assert each.causation_id == (cause.id if cause else None)
            assert cause is None or each.correlation_id == cause.correlation_id
    assert {each.subject for each in envelopes if each.type == "widget.painted.v1"} == {*moved, stranger}


async def test_two_members_share_the_partitions_and_a_third_joining_harms_nothing(world: World, running: Running) -> None:
    buses = [Bus(world.kafka, client="test", session=6.0) for _ in range(3)]
    runners = [world.runner(bus=bus, options=OPTIONS) for bus in buses]
    async with running(world.relay(), runners[0]):
        await world.move_many(200)
        async with running(runners[1]):
            await world.move_many(200)
            async with running(runners[2]):
                await world.move_many(200)
                await eventually(lambda: moves_are(world, 600), within=30)
        await world.move_many(200)
        await eventually(lambda: moves_are(world, 800), within=30)
    (await world.history()).check()
    for runner in runners:
        books_balance(world, runner)


async def test_what_does_not_end_holds_up_no_stop_and_is_applied_later(world: World, running: Running) -> None:
    begun = asyncio.Event()

    async def endless(work: Work, messages: list[Message[WidgetMoved]]) -> None:
        begun.set()
        await asyncio.Event().wait()

    first = world.runner(world.subscription(handler=endless), options=replace(OPTIONS, finish_within=0.5))
    async with running(first):
        await world.publish(record(new_id(), 1))
        await asyncio.wait_for(begun.wait(), 20)
    assert first.totals[world.topic, "applied"] == 0
    second = world.runner()
    async with running(second):
        await consumed(world, second, 1)
    assert await world.value("SELECT count(*) FROM moves") == 1


async def test_a_batch_that_is_its_own_inbox_leaves_no_row_there(world: World, running: Running) -> None:
    async def own_inbox(work: Work, messages: list[Message[WidgetMoved]]) -> None:
        connection = await work.raw()
        await connection.execute(
            """
            INSERT INTO moves (event_id, widget_id, sequence)
            SELECT DISTINCT ON (id) * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS m(id, widget, sequence)
            WHERE id NOT IN (SELECT event_id FROM moves)
            """,
            [message.envelope.id for message in messages],
            [message.event.widget_id for message in messages],
            [message.envelope.sequence for message in messages],
        )

    listens = Listens(batches=[Batch("moves", [WidgetMoved], own_inbox, inbox=False)])
    runner = world.runner(listens.subscriptions("widgets")[0])
    records = [record(new_id(), 1) for _ in range(20)]
    async with running(runner):
        await world.publish(*records, *records)
        await world.publish(*records, partition=1)
        await consumed(world, runner, 60)
    assert await world.value("SELECT count(*) FROM moves") == 20
    assert await world.value("SELECT count(*) FROM inbox") == 0
    books_balance(world, runner)


async def test_a_topic_of_others_reaches_its_handler_raw_and_a_refused_key_is_parked(world: World, running: Running) -> None:
    seen: list[Record] = []

    async def take(_work: Work, records: list[Record]) -> None:
        if any(one.value == b"refuse" for one in records):
            raise Invalid("refused-by-test")
        seen.extend(records)

    listens = Listens(raw_topics=[Raw("inbound", world.topic, take)])
    runner = world.runner(listens.subscriptions("widgets")[0])
    async with running(runner):
        await world.publish(
            (b"call-1", b"\xff\xfe", [("any", b"\xff")]),
            (b"call-2", b"refuse", []),
            (b"call-2", b"later", []),
            (None, b"without a key", []),
        )
        await consumed(world, runner, 4)
    assert [(one.key, one.value) for one in seen] == [(b"call-1", b"\xff\xfe"), (None, b"without a key")]
    assert [(row["value"], row["reason"]) for row in await world.parked()] == [(b"refuse", "refused"), (b"later", "follows")]
    books_balance(world, runner)
