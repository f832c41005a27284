"""Receiving a batch: each item is answered, each event is kept once, whatever the size of the batch."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace

import httpx
import orjson
import pytest
from rapport_chassis import rekeying, vault
from rapport_chassis.actor import Actor
from rapport_chassis.keys import KeyRing
from rapport_chassis.service import Service
from rapport_chassis.vault import Transport
from rapport_chassis.work import Work, WorkFactory
from rapport_contracts.interactions import PRIVATE
from rapport_contracts.interactions.quarantine import InboundEventQuarantined
from rapport_interactions.contacts.store.resealing import resealing
from rapport_interactions.contacts.usecases.fold_calls import fold_calls
from rapport_interactions.pushing.domain import judge_batch
from rapport_interactions.pushing.usecases import receive_events
from rapport_interactions.quarantine.domain import Judged, judge
from sqlalchemy import text

from .calls import INTERACTIONS, PUSH, answered_call, body, phone, push, step
from .conftest import MACHINE, Road


async def test_each_event_is_kept_once_and_answered(road: Road) -> None:
    call = answered_call()
    assert await road.push(call[:3]) == ["accepted"] * 3
    assert await road.push(call[:4]) == ["duplicate"] * 3 + ["accepted"]
    assert await road.push([call[4], call[4]]) == ["late", "duplicate"]
    assert await road.db.fetchval("SELECT count(*) FROM call_events") == 5


async def test_the_same_id_with_another_body_is_a_conflict_not_a_duplicate(road: Road) -> None:
    await road.push([step("queued", 1, "e1", queue="a")])
    (answer,) = await road.receive([step("queued", 1, "e1", queue="b")])
    assert (answer.result.value, answer.reason) == ("quarantined", "conflicting-duplicate")
    inside = await road.receive([step("queued", 2, "e2"), step("queued", 3, "e2")])
    assert [one.reason for one in inside] == [None, "conflicting-duplicate"]


async def test_one_bad_item_never_spoils_the_batch(road: Road) -> None:
    good = answered_call()
    whole = body(
        [
            *good[:2],
            {"event_id": "x", "call_id": "c-1", "type": "exploded", "occurred_at": "2026-03-02T12:00:00Z"},
            *good[2:],
        ]
    )
    taken = await road.receive(judge_batch(orjson.dumps(whole)))
    assert [one.result.value for one in taken] == ["accepted"] * 2 + ["quarantined"] + ["accepted"] * 3
    assert (taken[2].reason, taken[2].where) == ("unknown-type", "type")
    (fact,) = [event for _, event in await road.facts() if isinstance(event, InboundEventQuarantined)]
    assert (fact.quarantine_id, fact.reason, fact.source) == (taken[2].quarantine_id, "unknown-type", "pbx")


async def test_a_bad_item_that_comes_again_is_kept_and_published_once(road: Road) -> None:
    bad = judge(b"{}")
    (first,) = await road.receive([bad])
    again = await road.receive([bad, bad])
    assert {one.quarantine_id for one in again} == {first.quarantine_id}
    assert await road.names() == ["inbound-event.quarantined"]
    assert await road.db.fetchval("SELECT times FROM quarantine") == 2


async def test_two_batches_with_the_same_events_do_not_deadlock_and_keep_them_once(road: Road) -> None:
    events = [step("started", 0, f"e{number}", call_id=f"c-{number}") for number in range(300)]
    taken = await asyncio.gather(*(road.receive(order) for order in (events, events[::-1], events[100:] + events[:100])))
    accepted = sum(one.result.value == "accepted" for answers in taken for one in answers)
    assert accepted == 300
    await road.fold()
    assert await road.db.fetchval("SELECT count(*) FROM interactions") == 300
    assert len(await road.facts()) == 300


@pytest.mark.parametrize("bad", [0, 1])
async def test_the_number_of_statements_does_not_grow_with_the_batch(road: Road, bad: int) -> None:
    async def count(size: int) -> tuple[int, int]:
        events = [event for number in range(size) for event in answered_call(f"{bad}-{size}-{number}")]
        first = await _counted(road, [*events, *events[:bad], *([judge(b"{}")] * bad)])
        return first, await _folded(road)

    await count(1)
    few = await count(2)
    assert few == await count(40)
    assert few == (3 if bad else 1, 5)


async def _counted(road: Road, items: Sequence[Judged]) -> int:
    async with road.works(MACHINE) as work:
        connection = await work.raw()
        seen: list[str] = []
        connection.add_query_logger(lambda query: seen.append(query.query))
        await receive_events(work, "pbx", items)
        await work.flush()
        await asyncio.sleep(0)
    return sum(not query.startswith(("BEGIN", "COMMIT")) for query in seen)


async def _folded(road: Road) -> int:
    async with road.works(Actor.system("loop:fold-calls")) as work:
        connection = await work.raw()
        seen: list[str] = []
        connection.add_query_logger(lambda query: seen.append(query.query))
        await fold_calls(work)
        await work.flush()
        await asyncio.sleep(0)
    return sum(not query.startswith(("BEGIN", "COMMIT")) for query in seen)


async def test_other_calls_are_not_looked_at(road: Road) -> None:
    """Whatever the planner believes: here it has no statistics, and a table that is read as a whole costs more each day."""
    await road.db.execute(_OTHERS)
    events = [event for number in range(100) for event in answered_call(f"own-{number}")]
    async with road.works(MACHINE) as work:
        taken = await receive_events(work, "pbx", events)
        assert [one.result for one in taken] == ["accepted"] * len(events)
        await fold_calls(work)
        await work.flush()
        connection = await work.raw()
        assert await connection.fetchval(_READ_WHOLE) == 0
        # what no index holds: else a table that was vacuumed meanwhile is counted by an index alone
        assert await connection.fetchval("SELECT count(*) FROM call_events WHERE digest IS NOT NULL") > 20_000
        assert await connection.fetchval(_READ_WHOLE) == 1, "this counts what it should"


_OTHERS = """
    INSERT INTO call_events (source, event_id, interaction_id, call_id, type, occurred_at, digest, data)
    SELECT 'pbx', 'other-' || n, gen_random_uuid(), 'other-' || n, 'started', now(), '\\x00', '{}'
    FROM generate_series(1, 20000) n
"""


_READ_WHOLE = "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'call_events'"


async def test_a_machine_pushes_for_its_own_source(machine: httpx.AsyncClient, road: Road) -> None:
    answer = await push(machine, [*answered_call(), {"nonsense": True}])
    assert (answer["accepted"], answer["quarantined"]) == (5, 1)
    assert [item["index"] for item in answer["results"]] == list(range(6))
    assert answer["results"][5]["reason"] == "missing-field"
    await road.fold()
    assert (await road.row("c-1"))["source"] == "pbx"
    foreign = await machine.post(PUSH, json=body(answered_call()), params={"source": "other"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign-source")
    assert (await machine.get(INTERACTIONS)).status_code == 403


async def test_a_person_names_the_system_that_they_push_for(person: httpx.AsyncClient) -> None:
    nameless = await person.post(PUSH, json=body(answered_call()))
    assert (nameless.status_code, nameless.json()["code"]) == (422, "source-needed")
    assert (await push(person, answered_call(), source="pbx"))["accepted"] == 5
    assert (await push(person, answered_call(), source="pbx"))["duplicate"] == 5
    assert (await person.post(PUSH, json=body(answered_call()), params={"source": "a b"})).status_code == 422


async def test_the_same_event_is_known_when_the_keys_were_rotated(road: Road) -> None:
    await road.push([step("queued", 1, "e1", queue="a")])
    bad = judge(b"{}")
    (first,) = await road.receive([bad])
    keys = road.works.keys
    assert keys is not None
    master = KeyRing("master", {**keys.master.versions, 2: os.urandom(32)})
    both = replace(keys, master=master, index=KeyRing("index", {2: os.urandom(32)}))
    async with road.works.database.engine.begin() as connection:
        while await vault.rewrap(connection, both):
            pass
    after = replace(both, master=KeyRing("master", {2: master.get(2)}))
    works = WorkFactory(road.works.database, Work, source="interactions", keys=after)
    try:
        later = Road(works, road.db)
        assert await later.push([step("queued", 1, "e1", queue="a")]) == ["duplicate"]
        (answer,) = await later.receive([step("queued", 1, "e1", queue="b")])
        assert answer.reason == "conflicting-duplicate"
        assert [one.quarantine_id for one in await later.receive([bad])] == [first.quarantine_id]
    finally:
        async with road.works.database.engine.begin() as connection:  # back to the first key for the other tests
            back = replace(keys, master=KeyRing("master", {2: master.get(2), 3: keys.master.get(1)}))
            while await vault.rewrap(connection, back):
                pass
            await connection.execute(text("UPDATE data_keys SET master_version = 1 WHERE master_version = 3"))


async def test_identifiers_that_wait_come_under_the_newest_transport_key(road: Road) -> None:
    calls = [step("started", 1, f"e{n}", call_id=f"c-{n}", identifiers=[phone()]) for n in range(5)]
    await road.push([*calls, step("queued", 2, "e9")])
    keys = road.works.keys
    assert keys is not None and keys.transport is not None
    both = replace(keys, transport=KeyRing("transport", {**keys.transport.versions, 2: os.urandom(32)}))
    works = WorkFactory(road.works.database, Work, source="interactions", keys=both)
    keyed = resealing()

    async def left() -> int:
        async with works(MACHINE) as work:
            return sum(one.rows for one in await rekeying.left(work, both, [keyed]))

    assert await left() == 5
    for _ in range(20):
        async with works(MACHINE) as work:
            if not await keyed.again(work, 1):
                break
    assert await left() == 0
    only = Transport(replace(both, transport=KeyRing("transport", {2: both.transport.get(2)} if both.transport else {})))
    for row in await road.db.fetch("SELECT interaction_id, identifiers FROM call_events WHERE identifiers IS NOT NULL"):
        (one,) = orjson.loads(row["identifiers"])
        assert only.open(one["sealed"], f"{PRIVATE}:{row['interaction_id']}") == "+8613800138000"


async def test_what_became_of_pushed_events_and_what_waits_is_told_to_the_operators(
    served: Service[Work], machine: httpx.AsyncClient
) -> None:
    def told(result: str) -> float:
        labels = {"service": "interactions", "result": result}
        value = served.metrics.registry.get_sample_value("rapport_interactions_pushed_total", labels)
        assert value is not None  # there before the first one
        return value

    async def waiting() -> float | None:
        (alarm,) = [loop for loop in served.loops if loop.name == "quarantined"]
        async with served.works(Actor.system("test")) as work:
            await alarm.round(work)
        return served.metrics.registry.get_sample_value("rapport_interactions_quarantine_open", {"service": "interactions"})

    results = ("accepted", "duplicate", "late", "quarantined")
    before = {result: told(result) for result in results}
    assert await waiting() == 0
    call = answered_call()
    await push(machine, [call[0], call[0], {"event_id": "x"}])
    assert {result: told(result) - before[result] for result in results} == {
        "accepted": 1,
        "duplicate": 1,
        "late": 0,
        "quarantined": 1,
    }
    assert await waiting() == 1
