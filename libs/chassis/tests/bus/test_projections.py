"""Rebuilding a projection: all of it or nothing of it, for readers at once, and without doing anything twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from bus_widgets import WidgetMoved, WidgetPainted, World, record
from rapport_chassis.listens import Message
from rapport_chassis.projections import (
    Change,
    Projection,
    ProjectionActs,
    RowsWouldBeLost,
    find,
    rebuild,
    undeclared,
)
from rapport_chassis.replay import IncompleteLog
from rapport_chassis.service import Service
from rapport_chassis.settings import ServiceSettings
from rapport_chassis.subject import Subject
from rapport_chassis.work import Work
from rapport_kernel.errors import NotFound
from rapport_kernel.ids import new_id
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, Uuid, text

metadata = MetaData()
places = Table(
    "places",
    metadata,
    Column("widget_id", Uuid, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("place", Text),
    comment="Projection: where each widget is.",
)


async def project_places(work: Work, messages: Sequence[Message[WidgetMoved]]) -> None:
    for one in messages:
        values = {"id": one.event.widget_id, "sequence": one.envelope.sequence, "place": one.event.note}
        await work.connection.execute(_PUT, values)


PLACES = Projection("places", [places], [WidgetMoved], project_places, only={"places": "sequence > 0"})


@pytest_asyncio.fixture
async def service(world: World, tmp_path: Path) -> AsyncIterator[Service[Work]]:
    async with world.database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    settings = ServiceSettings(database_url=world.url, kafka=world.kafka, home=tmp_path)
    made = Service(
        name="widgets",
        title="Widgets",
        settings=settings,
        work=Work,
        migrations="none",
        receipts=None,
        subjects=[Subject("places", projections=[PLACES])],
    )
    yield made
    await made.database.close()


async def shown(world: World) -> dict[UUID, tuple[int, str]]:
    return {row["widget_id"]: (row["sequence"], row["place"]) for row in await world.rows("SELECT * FROM places")}


async def told(world: World) -> tuple[UUID, UUID]:
    """Two widgets in the log, each moved twice."""
    a, b = new_id(), new_id()
    moves = [record(one, number, note=f"place {number}") for number in (1, 2) for one in (a, b)]
    await world.publish(*moves, moves[1])
    return a, b


async def test_rows_are_made_those_of_the_log_and_said_what_was_wrong(world: World, service: Service[Work]) -> None:
    a, b = await told(world)
    first = await rebuild(service, PLACES)
    assert (first.events, first.same, list(first.changes)) == (5, False, [Change("places", 2, 2, 0, 0)])
    assert await shown(world) == {a: (2, "place 2"), b: (2, "place 2")}
    assert (await rebuild(service, PLACES)).same
    await world.rows("UPDATE places SET place = 'nowhere' WHERE widget_id = $1", a)
    await world.rows("DELETE FROM places WHERE widget_id = $1", b)
    wrong = await shown(world)
    found = await rebuild(service, PLACES, keep=False)
    assert (list(found.changes), await shown(world)) == ([Change("places", 2, 1, 1, 0)], wrong), "only said"
    assert await rebuild(service, PLACES) == found
    assert await shown(world) == {a: (2, "place 2"), b: (2, "place 2")}
    audited = await world.rows("SELECT action, subject, detail FROM audit ORDER BY seq")
    assert [(row["action"], row["subject"]) for row in audited] == [("projection.rebuild", "projection:places")] * 3


async def test_rows_that_the_log_does_not_give_are_lost_only_when_that_is_accepted(
    world: World, service: Service[Work]
) -> None:
    a, _ = await told(world)
    await rebuild(service, PLACES)
    await world.rows("INSERT INTO places VALUES ($1, 7, 'x'), ($2, 0, NULL)", stranger := new_id(), holder := new_id())
    before = await shown(world)
    with pytest.raises(RowsWouldBeLost, match="1 of places"):
        await rebuild(service, PLACES)
    assert await shown(world) == before
    assert (await rebuild(service, PLACES, accept_loss=True)).changes[0].lost == 1
    after = await shown(world)
    assert stranger not in after and holder in after, "what does not come from events is left alone"
    assert after[a] == (2, "place 2")


async def test_readers_see_the_old_rows_until_the_end_and_what_comes_meanwhile_is_in(
    world: World, service: Service[Work]
) -> None:
    a, b = await told(world)
    await rebuild(service, PLACES)
    seen: list[dict[UUID, tuple[int, str]]] = []

    async def slow(work: Work, messages: Sequence[Message[Any]]) -> None:
        if not seen:  # a consumer takes one more while the log is read
            await world.publish(record(a, 3, note="meanwhile"))
            await world.rows("UPDATE places SET sequence = 3, place = 'meanwhile' WHERE widget_id = $1", a)
        await project_places(work, messages)
        seen.append(await shown(world))

    await world.rows("UPDATE places SET place = 'old' WHERE widget_id = $1", b)
    again = Projection("places", [places], [WidgetMoved], slow)
    assert list((await rebuild(service, again)).changes) == [Change("places", 2, 0, 1, 0)]
    assert seen[0] == {a: (3, "meanwhile"), b: (2, "old")}
    assert await shown(world) == {a: (3, "meanwhile"), b: (2, "place 2")}


async def test_a_rebuild_that_is_cut_off_has_changed_nothing(world: World, service: Service[Work]) -> None:
    await told(world)

    async def breaks(work: Work, messages: Sequence[Message[Any]]) -> None:
        await project_places(work, messages)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await rebuild(service, Projection("places", [places], [WidgetMoved], breaks))
    assert await shown(world) == {}
    assert await world.value("SELECT count(*) FROM audit") == 0


@pytest.mark.parametrize("act", ["fact", "timer", "audit"])
async def test_what_does_more_than_writing_rows_is_no_projection(world: World, service: Service[Work], act: str) -> None:
    await told(world)

    async def acts(work: Work, messages: Sequence[Message[Any]]) -> None:
        await project_places(work, messages)
        match act:
            case "fact":
                work.record(WidgetPainted(widget_id=new_id()), sequence=1)
            case "timer":
                await work.timers.set("look", "1", work.now)
            case _:
                await work.audit("widget.look", "widget:1")

    with pytest.raises(ProjectionActs):
        await rebuild(service, Projection("places", [places], [WidgetMoved], acts))
    assert await shown(world) == {}
    there = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM timers) + (SELECT count(*) FROM audit)"
    assert await world.value(there) == 0


async def test_a_log_that_lacks_its_beginning_is_refused(world: World, service: Service[Work]) -> None:
    await told(world)
    await rebuild(service, PLACES)
    before = await shown(world)
    admin = AIOKafkaAdminClient(bootstrap_servers=world.kafka)
    await admin.start()
    await admin.delete_records({TopicPartition(world.topic, 0): RecordsToDelete(before_offset=2)})
    await admin.close()
    with pytest.raises(IncompleteLog, match="the first 2 records of partition 0 are gone"):
        await rebuild(service, PLACES, accept_loss=True)
    WidgetMoved.topic = f"{world.topic}-not-there"
    with pytest.raises(IncompleteLog, match="There is no topic"):
        await rebuild(service, PLACES, accept_loss=True)
    assert await shown(world) == before


def test_a_projection_is_found_by_name_or_said_which_there_are() -> None:
    assert find([PLACES], "places") is PLACES
    with pytest.raises(NotFound, match="places"):
        find([PLACES], "colours")
    with pytest.raises(NotFound, match="none"):
        find([], "colours")


def test_a_table_that_calls_itself_a_projection_and_is_not_declared_is_named() -> None:
    assert undeclared(metadata, [PLACES]) == []
    assert undeclared(metadata, []) == ["places"]


_PUT = text(
    """
    INSERT INTO places AS p VALUES (:id, :sequence, :place)
    ON CONFLICT (widget_id) DO UPDATE SET sequence = excluded.sequence, place = excluded.place
    WHERE p.sequence < excluded.sequence
    """
)
