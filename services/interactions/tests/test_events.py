"""What this service listens to, over real Kafka; and what its timers close."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from rapport_chassis.actor import Actor
from rapport_chassis.bus import Bus
from rapport_chassis.consumer import Runner
from rapport_chassis.observability import Metrics
from rapport_contracts.envelope import Envelope, Headers
from rapport_contracts.event import Event
from rapport_contracts.interactions.contacts import InteractionAmended, InteractionLinked, InteractionTimedOut
from rapport_contracts.profiles.identity import CustomerIdentified, IdentityConflictResolved
from rapport_contracts.vocabulary import IdentifierKind
from rapport_interactions.domain.fold import interaction_id
from rapport_interactions.events import INBOUND, LISTENS
from rapport_interactions.store.interactions import BY_HAND
from rapport_interactions.usecases.link_customers import link_customer
from rapport_interactions.usecases.time_out_calls import reaper
from rapport_kernel.ids import new_id
from rapport_testing.topics import Topics
from rapport_testing.waiting import eventually

from .calls import answered_call, body, phone, step
from .conftest import PERSON, Road

CUSTOMERS = "rapport.profiles"


@asynccontextmanager
async def listening(road: Road, topics: Topics, name: str) -> AsyncIterator[None]:
    """One of this service's consumer groups, on topics and under a group name of the test."""
    subscription = next(one for one in LISTENS.subscriptions("interactions") if one.name.endswith(name))
    named = replace(
        subscription, name=topics.name(subscription.name), topics=tuple(topics.name(topic) for topic in subscription.topics)
    )
    runner = Runner(Bus(topics.bootstrap), road.works, named, metrics=Metrics())
    stop = asyncio.Event()
    task = asyncio.create_task(runner.run(stop))
    yield
    stop.set()
    await task


async def send(topics: Topics, topic: str, records: Sequence[tuple[bytes | None, bytes | None, Headers]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=topics.bootstrap)
    await producer.start()
    try:
        for key, value, headers in records:
            await producer.send_and_wait(topics.name(topic), value, key=key, headers=headers)
    finally:
        await producer.stop()


def said(event: Event) -> tuple[bytes, bytes, Headers]:
    envelope = Envelope(new_id(), event.event_type, "profiles", datetime.now(UTC), event.key, 1)
    return str(event.key).encode(), event.write(), envelope.to_headers()


def identified(interaction: UUID, customer: UUID) -> CustomerIdentified:
    return CustomerIdentified(
        customer_id=customer,
        interaction_id=interaction,
        rule=IdentifierKind.PHONE,
        newly_registered=True,
        identified_at=datetime.now(UTC),
    )


async def test_events_on_the_topic_end_in_the_same_use_case_as_a_batch(road: Road, topics: Topics) -> None:
    await topics.create(INBOUND)
    good = [orjson.dumps(event) for event in body(answered_call())["events"]]
    pbx = [("source", b"pbx")]
    records = [(b"c-1", raw, pbx) for raw in [*good, good[0], b"\xff not json", b""]] + [(b"c-1", good[0], [])]
    async with listening(road, topics, "inbound"):
        await send(topics, INBOUND, records)
        await eventually(lambda: road.db.fetchval("SELECT count(*) = 3 FROM quarantine"))
    await road.fold()
    assert (await road.row("c-1"))["state"] == "completed"
    rows = await road.db.fetch("SELECT source, reason FROM quarantine")
    assert sorted((row["source"], row["reason"]) for row in rows) == [
        ("pbx", "bad-json"),
        ("pbx", "bad-json"),
        ("unknown", "no-source"),
    ]


async def test_a_contact_gets_the_customer_that_profiles_found_and_forgets_the_identifiers(
    road: Road, topics: Topics
) -> None:
    await topics.create(CUSTOMERS)
    events = [step("started", 0, f"s{n}", call_id=f"c-{n}", identifiers=[phone(f"+86139000000{n:02}")]) for n in range(20)]
    await road.push(events)
    await road.facts()
    links = {interaction_id("pbx", f"c-{n}"): uuid4() for n in range(20)}
    facts = [said(identified(contact, customer)) for contact, customer in links.items()]
    async with listening(road, topics, "links"):
        await send(topics, CUSTOMERS, [*facts, *facts, said(identified(uuid4(), uuid4()))])
        await eventually(lambda: road.db.fetchval("SELECT count(*) = 20 FROM interactions WHERE customer_id IS NOT NULL"))
    published = await road.facts()
    assert {fact.interaction_id: fact.customer_id for _, fact in published if isinstance(fact, InteractionLinked)} == links
    assert [sequence for sequence, _ in published] == [2] * 20
    assert await road.db.fetchval("SELECT count(*) FROM call_events WHERE identifiers IS NOT NULL") == 0
    await road.push([step("ended", 30, "e1", call_id="c-1")])
    assert [(sequence, fact.event_type) for sequence, fact in await road.facts()][-1] == (4, "interaction.completed.v1")


async def test_a_person_s_word_is_not_overruled_by_an_identification(road: Road, topics: Topics) -> None:
    await topics.create(CUSTOMERS)
    await road.push([step("started", 0), step("started", 0, "other", call_id="c-2")])
    mine, other, customer = interaction_id("pbx", "c-1"), interaction_id("pbx", "c-2"), uuid4()
    async with road.works(PERSON) as work:
        await link_customer(work, mine, customer, "He said so.")
    conflict = IdentityConflictResolved(
        conflict_id=uuid4(), interaction_id=other, customer_id=customer, resolved_at=datetime.now(UTC)
    )
    async with listening(road, topics, "links"):
        await send(topics, CUSTOMERS, [said(identified(mine, uuid4())), said(conflict)])
        await eventually(
            lambda: road.db.fetchval("SELECT customer_id = $2 FROM interactions WHERE id = $1", other, customer)
        )
    row = await road.row("c-1")
    assert (row["customer_id"], row["link_rule"]) == (customer, BY_HAND)


async def reap(road: Road) -> int:
    async with road.works(Actor.system("loop:time-out-calls")) as work:
        given_up = await reaper(timedelta(hours=4), timedelta(minutes=1))(work)
    await road.fold()
    return given_up


async def test_a_silent_contact_is_timed_out_and_a_late_end_amends_it(road: Road) -> None:
    """Edge case 14."""
    await road.push([step("started", 0), step("connected", 20, agent="ana")])
    await road.push([step("started", 0, "y", call_id="young", direction="inbound")])
    assert await reap(road) == 0, "its events have only just arrived"
    await road.db.execute("UPDATE call_events SET received_at = received_at - interval '1 hour' WHERE call_id = 'c-1'")
    await road.facts()
    assert await reap(road) == 1
    assert await reap(road) == 0
    ((sequence, fact),) = await road.facts()
    assert isinstance(fact, InteractionTimedOut)
    assert (sequence, fact.summary.ended_at, fact.summary.flags) == (3, None, ["stale"])
    assert await road.push([step("ended", 80)]) == ["late"]
    ((sequence, amended),) = await road.facts()
    assert isinstance(amended, InteractionAmended)
    assert (sequence, amended.summary.flags, amended.summary.durations.service) == (4, [], 60)
    assert set(amended.changed) == {"ended_at", "durations", "flags"}
    assert (await road.row("c-1"))["state"] == "completed"


async def test_an_end_that_comes_before_the_giving_up_is_folded_completes_the_contact(road: Road) -> None:
    await road.push([step("started", 0)])
    await road.db.execute("UPDATE call_events SET received_at = received_at - interval '1 hour'")
    async with road.works(Actor.system("loop:time-out-calls")) as work:
        assert await reaper(timedelta(hours=4), timedelta(minutes=1))(work) == 1
    await road.receive([step("ended", 9)])
    await road.fold()
    assert (await road.names())[-2:] == ["interaction.abandoned", "interaction.completed"]


@pytest.mark.parametrize("size", [1, 30])
async def test_a_batch_of_links_takes_the_same_number_of_statements(road: Road, size: int) -> None:
    from rapport_chassis.listens import Message
    from rapport_interactions.usecases.link_customers import link_identified

    await road.push([step("started", 0, f"s{n}", call_id=f"c-{n}") for n in range(size)])
    messages = []
    for number in range(size):
        event = identified(interaction_id("pbx", f"c-{number}"), uuid4())
        envelope = Envelope(new_id(), event.event_type, "profiles", datetime.now(UTC), event.key, 1)
        messages.append(Message(event, envelope, CUSTOMERS, 0, number))
    async with road.works(Actor.system("links")) as work:
        connection = await work.raw()
        seen: list[str] = []
        connection.add_query_logger(lambda query: seen.append(query.query))
        await link_identified(work, messages)
        await work.flush()
        await asyncio.sleep(0)
        count = len(seen)
    assert count == 4
