"""What is known of contacts and of answers is what the log says: a rebuild gives the same rows (DONE 9)."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from pydantic import SecretStr
from rapport_chassis.listens import Message
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.app import Settings, service
from rapport_contracts.envelope import Envelope
from rapport_contracts.event import Event
from rapport_contracts.interactions.contacts import (
    Durations,
    InteractionAmended,
    InteractionCompleted,
    InteractionLinked,
    InteractionTimedOut,
    Summary,
)
from rapport_contracts.profiles.customers import CustomerErasureRequested, CustomerMerged, CustomerSplit
from rapport_kernel.ids import new_id
from rapport_testing.databases import Database
from rapport_testing.rebuilding import consuming, prove, same_again
from rapport_testing.topics import Topics
from rapport_testing.web import TokenMaker

from .desk import Desk
from .test_recovery_verified import scored

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
PLACES = count()


@pytest_asyncio.fixture(scope="module")
async def served(database: Database, kafka: str, keys_dir: Path, tokens: TokenMaker) -> AsyncIterator[Service[Work]]:
    """The service with a broker; nothing of it runs."""
    made = service(Settings(database_url=SecretStr(database.url), kafka=kafka, keys=keys_dir, **tokens.settings))
    yield made
    await made.database.close()


def summary(customer: UUID | None, touchpoint: str | None, agents: list[str]) -> Summary:
    return Summary(
        channel="phone", direction="inbound", mode="remote", source="pbx", outcome="answered", customer_id=customer,
        touchpoint=touchpoint, contact_type=None, queue="q", agents=agents, last_agent=agents[-1] if agents else None,
        transfers=0, started_at=NOW, ended_at=NOW + timedelta(minutes=3), durations=Durations(),
    )  # fmt: skip


def story(customer: UUID, dice: random.Random) -> Iterator[Event]:
    """A contact that is corrected and gets its customer, one that is given to another, one that ran out; answers."""
    contact, moved, lost = new_id(), new_id(), new_id()
    yield InteractionCompleted(interaction_id=contact, summary=summary(None, "hotline", ["a1"]))
    yield InteractionLinked(interaction_id=contact, customer_id=customer, rule="phone", linked_at=NOW)
    yield InteractionAmended(interaction_id=contact, changed=["touchpoint"], summary=summary(None, "app", ["a1", "a2"]))
    yield InteractionLinked(interaction_id=moved, customer_id=new_id(), rule="phone", linked_at=NOW)
    yield InteractionCompleted(interaction_id=moved, summary=summary(customer, None, []))
    yield InteractionTimedOut(interaction_id=lost, timed_out_at=NOW, summary=summary(None, dice.choice(("shop", None)), []))
    for metric, band in (("nps", "detractor"), ("csat", "satisfied")):
        yield scored(
            band, dice.choice((1.0, 7.5)), customer_id=customer, complaint_id=new_id(), metric=metric, scored_at=NOW
        )
    yield scored("neutral", customer_id=None, interaction_id=contact, scored_at=NOW)


def told(dice: random.Random, *customers: UUID) -> list[Message[Any]]:
    sequences: dict[UUID, int] = {}
    found = []
    for event in (event for customer in customers for event in story(customer, dice)):
        sequences[event.key] = sequences.get(event.key, 0) + 1
        found.append(message(event, sequences[event.key]))
    return found


def message(event: Event, sequence: int = 1) -> Message[Any]:
    envelope = Envelope(new_id(), event.event_type, event.publisher, NOW, event.key, sequence, correlation_id=new_id())
    return Message(event, envelope, event.topic, 0, next(PLACES))


@pytest.mark.parametrize("seed", range(2))
async def test_a_rebuild_gives_the_same_rows(desk: Desk, topics: Topics, seed: int) -> None:
    async with consuming(desk.served, topics) as log:
        await prove(log, told(random.Random(seed), *(new_id() for _ in range(6))), seed)


async def test_a_rebuild_leaves_the_place_of_a_contact_that_nobody_has_told_us_of(desk: Desk, topics: Topics) -> None:
    contact = new_id()
    await desk.file(interaction_id=str(contact))
    async with consuming(desk.served, topics) as log:
        await log.publish(told(random.Random(1), new_id()))
        await log.rebuild_all()
    rows = await desk.db.fetch("SELECT sequence FROM interactions WHERE interaction_id = $1", contact)
    assert [row["sequence"] for row in rows] == [0]


async def test_a_rebuild_knows_of_merges_splits_and_erasures(desk: Desk, topics: Topics) -> None:
    a, b, c, gone = (new_id() for _ in range(4))
    async with consuming(desk.served, topics) as log:
        await log.publish(told(random.Random(0), a, b, c, gone))
        named = await desk.db.fetchval("SELECT invitation_id FROM scores WHERE customer_id = $1 LIMIT 1", b)
        first = CustomerMerged(customer_id=b, absorbed_id=a, merge_id=new_id(), merged_at=NOW)
        for event in (
            first,
            CustomerMerged(customer_id=b, absorbed_id=c, merge_id=new_id(), merged_at=NOW),
            CustomerErasureRequested(customer_id=gone, erasure_id=new_id(), requested_at=NOW),
            CustomerSplit(customer_id=b, restored_id=a, merge_id=first.merge_id, returned=[named], kept=[], split_at=NOW),
        ):
            await log.hear(message(event))
            await same_again(log)
    assert await desk.db.fetchval("SELECT customer_id FROM scores WHERE invitation_id = $1", named) == a
