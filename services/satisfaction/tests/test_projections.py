"""Open complaints, emergencies and consents are what the log says: a rebuild gives the same rows (DONE 9)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from rapport_chassis.listens import Message
from rapport_contracts.complaints.cases import ComplaintImported, ComplaintLinked, ComplaintReopened, ComplaintWithdrawn
from rapport_contracts.complaints.side_ways import ComplaintMarkedDuplicate
from rapport_contracts.event import Event
from rapport_contracts.profiles.consents import ConsentGranted, ConsentWithdrawn
from rapport_contracts.profiles.customers import CustomerErasureRequested, CustomerMerged, CustomerSplit
from rapport_kernel.ids import new_id
from rapport_testing.rebuilding import consuming, prove, same_again

from .test_asking_emergencies import declared, restored
from .world import NOW, World, closed, received


@pytest_asyncio.fixture(autouse=True)
async def forgotten(world: World) -> None:
    await world.rows("TRUNCATE customer_merges, customer_moves, customer_erasures")


def said(customer: UUID, word: type[ConsentGranted | ConsentWithdrawn], minutes: int, **more: Any) -> Event:
    when = {"granted_at" if word is ConsentGranted else "withdrawn_at": NOW + timedelta(minutes=minutes)}
    return word(**{"customer_id": customer, "purpose": "survey", "channel": None, **more, **when})


def story(customer: UUID, dice: random.Random) -> Iterator[Event]:
    """Complaints that end and come back, an emergency, and a customer who changes his mind, twice at the same time."""
    complaint, contact, copy, nobodys = (new_id() for _ in range(4))
    yield received(complaint, None, contact)
    yield ComplaintLinked(complaint_id=complaint, customer_id=customer, linked_at=NOW)
    yield closed(complaint, customer, contact)
    if dice.random() < 0.5:
        yield ComplaintReopened(complaint_id=complaint, customer_id=customer, episode=2, reopened_at=NOW)
    yield received(copy, customer)
    yield ComplaintMarkedDuplicate(complaint_id=copy, customer_id=customer, duplicate_of=complaint, marked_at=NOW)
    yield received(nobodys, None)
    yield ComplaintWithdrawn(complaint_id=nobodys, customer_id=None, withdrawn_at=NOW)
    yield imported(customer)
    incident = new_id()
    yield declared(incident, "app", holds_surveys=True)
    if dice.random() < 0.5:
        yield restored(incident, "app", "hotline")
    yield said(customer, ConsentGranted, 1)
    yield said(customer, ConsentWithdrawn, 5, channel="sms")
    yield said(customer, ConsentGranted, 5, channel="sms")
    yield said(customer, ConsentWithdrawn, 3)
    yield said(customer, ConsentWithdrawn, 2, channel="phone", purpose="marketing")
    yield said(customer, ConsentGranted, 3)


def imported(customer: UUID) -> Event:
    return ComplaintImported.model_validate(
        {
            "complaint_id": new_id(), "number": "C-9", "customer_id": customer, "channel": "phone", "category": "service",
            "state": "closed", "received_at": NOW, "closed_at": NOW,
        }
    )  # fmt: skip


def told(world: World, dice: random.Random, *customers: UUID) -> list[Message[Any]]:
    return [world.message(event) for customer in customers for event in story(customer, dice)]


@pytest.mark.parametrize("seed", range(2))
async def test_a_rebuild_gives_the_same_rows(world: World, topics, seed: int) -> None:
    async with consuming(world.served, topics) as log:
        await prove(log, told(world, random.Random(seed), *(new_id() for _ in range(6))), seed)


async def test_of_two_words_of_one_time_the_later_holds_however_often_they_come(world: World, topics) -> None:
    customer = new_id()
    first, second = (world.message(said(customer, word, 5)) for word in (ConsentGranted, ConsentWithdrawn))
    others = told(world, random.Random(1), new_id())
    async with consuming(world.served, topics) as log:
        await log.publish([*others, first, second, first])
        await log.empty()
        await log.rebuild_all(batch=1)
        (row,) = await world.rows("SELECT granted FROM consents WHERE customer_id = :customer", customer=customer)
    assert row["granted"] is False


async def test_a_rebuild_knows_of_merges_splits_and_erasures(world: World, topics) -> None:
    a, b, c, gone = (new_id() for _ in range(4))
    async with consuming(world.served, topics) as log:
        await log.publish(told(world, random.Random(0), a, b, c, gone))
        named = (await world.rows("SELECT complaint_id FROM complaints WHERE customer_id = :b", b=b))[0]
        first = CustomerMerged(customer_id=b, absorbed_id=a, merge_id=new_id(), merged_at=NOW)
        for event in (
            first,
            CustomerMerged(customer_id=b, absorbed_id=c, merge_id=new_id(), merged_at=NOW),
            CustomerErasureRequested(customer_id=gone, erasure_id=new_id(), requested_at=NOW),
            CustomerSplit(
                customer_id=b,
                restored_id=a,
                merge_id=first.merge_id,
                returned=[named["complaint_id"]],
                kept=[],
                split_at=NOW,
            ),
        ):
            await log.hear(world.message(event))
            await same_again(log)
