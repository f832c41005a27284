"""Versions are told in the transaction that makes them, and once where they were never told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from pydantic import BaseModel
from rapport_chassis.actor import Actor
from rapport_chassis.database import Database
from rapport_chassis.subject import Subject, joined
from rapport_chassis.telling import Telling, Untold, in_body, tell_once
from rapport_chassis.versions import SHIPPED_SINCE, Since, VersionedKind, versions_table
from rapport_chassis.work import Work, WorkFactory
from rapport_contracts.catalogue import Entry, entry_id
from rapport_contracts.event import Event, _registry
from sqlalchemy import MetaData, text

CATALOGUE = "rapport.complaints.catalogue"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
CLERK = Actor("person", "clerk-1")


class ShelfListed(Event, Entry, type="shelf.listed.v1", topic=CATALOGUE, key="entry_id"):
    """A version of a shelf."""

    room: str


class RuleListed(Event, Entry, type="rule.listed.v1", topic=CATALOGUE, key="entry_id"):
    """A version of a rule."""

    kind: str
    body: dict[str, Any]


for _fact in (ShelfListed, RuleListed):
    _registry.pop(_fact.event_type)  # no part of the published language, which other tests of this process look at


class Shelf(BaseModel):
    """Where something stands, and what is nobody's business."""

    room: str
    secret: str = "hush"
    steps: list[dict[str, str]] = []


class NewShelf(Since, Shelf):
    """A shelf from a time on."""


metadata = MetaData()
table = versions_table("shelves", metadata, "Shelves")
SHELVES: VersionedKind[Shelf] = VersionedKind(table, Shelf, "shelf", tells=Telling(ShelfListed))
AS_RULES = replace(SHELVES, tells=Telling(RuleListed, in_body(without={"secret": True, "steps": {"__all__": {"text"}}})))
SILENT = replace(SHELVES, tells=Untold("Nobody asks."))


@pytest_asyncio.fixture(autouse=True)
async def shelves(db: Database) -> AsyncIterator[None]:
    async with db.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.execute(text("TRUNCATE shelves, outbox, shipped"))
    yield
    async with db.engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.execute(text("TRUNCATE outbox, shipped"))


async def listed(works: WorkFactory[Work]) -> list[dict[str, Any]]:
    """What waits to be sent, taken out: its value with type, key, sequence and actor."""
    query = text("DELETE FROM outbox RETURNING position, aggregatetype, aggregateid, type, sequence, actor, payload")
    async with works(CLERK) as work:
        rows = sorted((await work.connection.execute(query)).all(), key=lambda row: row.position)
    assert {row.aggregatetype for row in rows} <= {CATALOGUE}
    return [
        {**json.loads(row.payload), "type": row.type, "key": row.aggregateid, "at": int(row.sequence), "by": row.actor}
        for row in rows
    ]


async def test_what_is_put_is_told_with_what_the_event_has_and_no_more(works: WorkFactory[Work]) -> None:
    async with works(CLERK) as work:
        made = await work.store(SHELVES).put("a", NewShelf(room="cellar", effective_from=SINCE))
    key = entry_id("shelf", "a", 1)
    assert await listed(works) == [
        {
            "entry_id": str(key), "code": "a", "version": 1, "effective_from": "2026-01-01T00:00:00.000000Z",
            "published_at": f"{made.recorded_at.isoformat(timespec='microseconds')[:-6]}Z", "room": "cellar",
            "type": "shelf.listed.v1", "key": key, "at": 1, "by": "person:clerk-1",
        }
    ]  # fmt: skip


async def test_what_is_not_committed_is_not_told(works: WorkFactory[Work]) -> None:
    async def fail() -> None:
        async with works(CLERK) as work:
            await work.store(SHELVES).put("a", NewShelf(room="cellar"))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await listed(works) == []


async def test_what_is_shipped_is_told_and_costs_two_statements_as_ever(works: WorkFactory[Work], statements: Any) -> None:
    for room in ("cellar", "attic"):
        async with works(CLERK) as work:
            with statements() as sent:
                await work.store(SHELVES).ship({"a": {"room": room}, "b": {"room": "hall"}})
            assert len(sent) == 2
            now = work.now
    told = await listed(works)
    assert [(each["code"], each["version"], each["room"]) for each in told] == [
        ("a", 1, "cellar"),
        ("b", 1, "hall"),
        ("a", 2, "attic"),
    ]
    since = [datetime.fromisoformat(each["effective_from"]) for each in told]
    assert since == [SHIPPED_SINCE, SHIPPED_SINCE, now]


async def test_a_body_is_told_whole_but_for_what_is_left_out(works: WorkFactory[Work]) -> None:
    async with works(CLERK) as work:
        steps = [{"code": "call", "text": "Call Mr. Li."}]
        await work.store(AS_RULES).put("a", NewShelf(room="cellar", steps=steps))
    (told,) = await listed(works)
    assert (told["kind"], told["body"]) == ("shelf", {"room": "cellar", "steps": [{"code": "call"}]})


async def test_a_kind_that_tells_nothing_tells_nothing_and_a_kind_says_one_or_the_other(works: WorkFactory[Work]) -> None:
    async with works(CLERK) as work:
        await work.store(SILENT).put("a", NewShelf(room="cellar"))
        await work.store(SILENT).ship({"b": {"room": "hall"}})
    assert await listed(works) == []
    with pytest.raises(TypeError, match="tells nothing"):
        SILENT.shape  # noqa: B018
    with pytest.raises(TypeError, match="tells"):
        VersionedKind(table, Shelf, "shelf")  # type: ignore[call-arg]


async def test_what_was_never_told_is_told_once(works: WorkFactory[Work], statements: Any) -> None:
    async with works(CLERK) as work:
        for room in ("cellar", "attic"):
            await work.store(SILENT).add("a", Shelf(room=room), SINCE)
    assert sorted(await asyncio.gather(*(tell_once(works, [SHELVES]) for _ in range(4)))) == [False, False, False, True]
    told = await listed(works)
    assert [(each["version"], each["room"], each["at"]) for each in told] == [(1, "cellar", 1), (2, "attic", 2)]
    assert {each["by"] for each in told} == {"system:catalogue"}
    with statements() as sent:
        assert not await tell_once(works, [SHELVES])
    assert [line for line in sent if line not in ("BEGIN", "COMMIT", "SELECT now()")] == [
        "SELECT 1 FROM shipped WHERE edition = $1"
    ]
    async with works(CLERK) as work:  # what an operator does who has lost the topic
        await work.connection.execute(text("DELETE FROM shipped WHERE edition LIKE 'catalogue %'"))
    assert await tell_once(works, [SHELVES])
    assert [each["key"] for each in await listed(works)] == [each["key"] for each in told]


async def test_what_is_told_otherwise_than_before_is_told_again_under_its_key(works: WorkFactory[Work]) -> None:
    async with works(CLERK) as work:
        await work.store(SHELVES).put("a", NewShelf(room="cellar"))
    assert await tell_once(works, [SHELVES])
    assert await tell_once(works, [AS_RULES])
    assert not await tell_once(works, [SHELVES]), "the version before, started again"
    first, again, otherwise = await listed(works)
    assert {**again, "by": first["by"]} == first
    assert (otherwise["key"], otherwise["type"]) == (first["key"], "rule.listed.v1")


def test_a_kind_is_declared_by_one_subject() -> None:
    with pytest.raises(ValueError, match="kind that is told declared twice: shelf"):
        joined("library", [Subject("rooms", told=[SHELVES]), Subject("halls", told=[SHELVES])])
