"""A contact gets its customer: from Profiles over a real broker, or from a person."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.listens import Message
from rapport_contracts.envelope import Envelope
from rapport_contracts.interactions.contacts import InteractionLinked
from rapport_contracts.profiles.identity import IdentityConflictResolved
from rapport_interactions.contacts.domain.fold import interaction_id
from rapport_interactions.contacts.store.interactions import BY_HAND
from rapport_interactions.contacts.subject import LISTENS
from rapport_interactions.contacts.usecases.link_customers import LinkCustomer, link_customer, link_identified
from rapport_kernel.ids import new_id
from rapport_testing.topics import Topics
from rapport_testing.waiting import eventually

from .calls import INTERACTIONS, answered_call, phone, step
from .conftest import PERSON, Road
from .listening import identified, listening, record_of, send

CUSTOMERS = "rapport.profiles"


async def test_a_contact_gets_the_customer_that_profiles_found_and_forgets_the_identifiers(
    road: Road, topics: Topics
) -> None:
    await topics.create(CUSTOMERS)
    events = [step("started", 0, f"s{n}", call_id=f"c-{n}", identifiers=[phone(f"+86139000000{n:02}")]) for n in range(20)]
    await road.push(events)
    await road.facts()
    links = {interaction_id("pbx", f"c-{n}"): uuid4() for n in range(20)}
    facts = [record_of(identified(contact, customer)) for contact, customer in links.items()]
    async with listening(road, topics, LISTENS, "links"):
        await send(topics, CUSTOMERS, [*facts, *facts, record_of(identified(uuid4(), uuid4()))])
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
        await link_customer(work, mine, LinkCustomer(customer_id=customer, reason="They said so."))
    conflict = IdentityConflictResolved(
        conflict_id=uuid4(), interaction_id=other, customer_id=customer, resolved_at=datetime.now(UTC)
    )
    async with listening(road, topics, LISTENS, "links"):
        await send(topics, CUSTOMERS, [record_of(identified(mine, uuid4())), record_of(conflict)])
        await eventually(
            lambda: road.db.fetchval("SELECT customer_id = $2 FROM interactions WHERE id = $1", other, customer)
        )
    row = await road.row("c-1")
    assert (row["customer_id"], row["link_rule"]) == (customer, BY_HAND)


@pytest.mark.parametrize("size", [1, 30])
async def test_a_batch_of_links_takes_the_same_number_of_statements(road: Road, size: int) -> None:
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


async def test_a_person_links_a_contact_and_the_note_follows_the_customer(person: httpx.AsyncClient, road: Road) -> None:
    entry = {"channel": "letter", "direction": "inbound", "started_at": "2026-03-02T10:00:00Z",
             "ended_at": "2026-03-02T10:00:00Z", "agent": "ana", "note": "A letter."}  # fmt: skip
    made = (await person.post(INTERACTIONS, json=entry)).json()
    assert made["allowed"] == (await person.get(INTERACTIONS)).json()["items"][0]["allowed"] == ["link-customer"]
    await road.facts()
    customer = str(uuid4())
    url = f"{INTERACTIONS}/{made['id']}:link-customer"
    stale = await person.post(url, json={"customer_id": customer, "reason": "x"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    for _ in range(2):
        linked = await person.post(url, json={"customer_id": customer, "reason": "Said his name."})
        assert (linked.status_code, linked.json()["customer_id"], linked.json()["link_rule"]) == (200, customer, "by_hand")
    ((sequence, fact),) = await road.facts()
    assert isinstance(fact, InteractionLinked)
    assert (sequence, fact.rule) == (made["version"] + 1, "by_hand")
    assert str(await road.db.fetchval("SELECT subject FROM notes")) == customer
    assert (await person.get(f"{INTERACTIONS}/{made['id']}")).json()["note"] == "A letter."
    assert (
        await person.post(f"{INTERACTIONS}/{uuid4()}:link-customer", json={"customer_id": customer, "reason": "x"})
    ).status_code == 404


async def test_the_history_of_a_contact_is_what_people_did(person: httpx.AsyncClient, road: Road) -> None:
    entry = {"channel": "store", "direction": "inbound", "started_at": "2026-03-02T10:00:00Z", "agent": "ana",
             "ended_at": "2026-03-02T10:00:00Z", "customer_id": str(uuid4())}  # fmt: skip
    made = (await person.post(INTERACTIONS, json=entry)).json()
    url, other = f"{INTERACTIONS}/{made['id']}", str(uuid4())
    words = "The caller was their neighbour."
    linked = await person.post(f"{url}:link-customer", json={"customer_id": other, "reason": words})
    assert linked.json()["customer_id"] == other
    moves = (await person.get(f"{url}/history")).json()["items"]
    assert [(move["move"], move["from_state"], move["to_state"], move["note"]) for move in moves] == [
        ("enter", "", "completed", None),
        ("link-customer", "completed", "completed", None),
        ("link-customer", "completed", "completed", words),
    ]
    assert [move["detail"].get("customer_id") for move in moves] == [None, entry["customer_id"], other]
    verdict = (await person.get(f"{url}/history:verify")).json()
    assert (verdict["intact"], verdict["rows"], verdict["words"], verdict["audited"]) == (True, 3, 1, 3)
    stored = await road.db.fetch(
        "SELECT reason, detail::text, action FROM audit WHERE subject = $1", f"interaction:{made['id']}"
    )
    assert [row["action"] for row in stored][:3] == ["interaction.enter", *["interaction.link-customer"] * 2]
    assert not any(words in str(tuple(row.values())) for row in stored)
    assert not await road.db.fetchval("SELECT count(*) FROM history WHERE position($1 IN note) > 0", words.encode())


async def test_a_contact_that_nobody_acted_on_has_an_empty_history(person: httpx.AsyncClient, road: Road) -> None:
    call = str(uuid4())
    await road.push(answered_call(call))
    url = f"{INTERACTIONS}/{(await road.row(call))['id']}"
    assert (await person.get(f"{url}/history")).json()["items"] == []
    verdict = (await person.get(f"{url}/history:verify")).json()
    assert (verdict["intact"], verdict["rows"], verdict["head"]) == (True, 0, None)
    assert (await person.get(f"{INTERACTIONS}/{uuid4()}/history")).status_code == 404
