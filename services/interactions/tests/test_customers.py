"""Contacts follow merge and split, notes and identifiers go with an erasure: requested and confirmed on a real broker."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import httpx
import pytest_asyncio
from rapport_chassis.customers import undeclared_columns
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_cli.services import described
from rapport_contracts.interactions.receipts import (
    InteractionsErasureConfirmed,
    InteractionsMergeApplied,
    InteractionsSplitApplied,
)
from rapport_interactions.contacts.domain.fold import interaction_id
from rapport_interactions.contacts.store.notes import Notes
from rapport_interactions.contacts.usecases.link_customers import LinkCustomer, link_customer
from rapport_interactions.quarantine.domain import judge
from rapport_interactions.schema import metadata
from rapport_kernel.ids import new_id
from rapport_testing.following import following, without_trigger
from rapport_testing.topics import Topics

from .calls import phone, step
from .conftest import PERSON, Road

API = "/interactions/v1"

(CUSTOMERS,) = [each.customers for each in described() if each.name == "interactions"]


@pytest_asyncio.fixture(autouse=True)
async def forgotten(road: Road) -> None:
    """Nobody is merged or erased at the beginning."""
    await road.db.execute("TRUNCATE customer_merges, customer_moves, customer_erasures, data_keys, parked")


async def contact(road: Road, call: str, customer: UUID, note: str | None = None) -> UUID:
    """A call with an identifier, linked by a person; perhaps with a note."""
    await road.push([step("started", 0, f"s-{call}", call_id=call, identifiers=[phone("+8613900000001")])])
    mine = interaction_id("pbx", call)
    async with road.works(PERSON) as work:
        if note is not None:
            await work.store(Notes).write(mine, mine, note)
        await link_customer(work, mine, LinkCustomer(customer_id=customer, reason="They said so."))
    return mine


async def of(person: httpx.AsyncClient, customer: UUID) -> set[UUID]:
    found = (await person.get(f"{API}/interactions", params={"customer": str(customer)})).json()["items"]
    return {UUID(one["id"]) for one in found}


async def test_contacts_follow_the_survivor_and_come_back(
    road: Road, served: Service[Work], topics: Topics, person: httpx.AsyncClient
) -> None:
    a, b = new_id(), new_id()
    theirs = {await contact(road, "c-1", a), await contact(road, "c-2", a)}
    others = {await contact(road, "c-3", b)}
    etag = (await person.get(f"{API}/interactions/{min(theirs)}")).headers["etag"]
    async with following(served, topics) as told:
        merge, rows = await told.merge(InteractionsMergeApplied, b, a)
        assert rows == {"interactions": 2}
        assert (await of(person, a), await of(person, b)) == (set(), theirs | others)
        assert (await person.get(f"{API}/interactions/{min(theirs)}")).headers["etag"] != etag
        late = {await contact(road, "c-4", a)}
        assert late < await of(person, b), "what comes late under the old id"
        since = {await contact(road, "c-5", b)}
        assert await told.split(InteractionsSplitApplied, merge) == {"interactions": 3}
    assert (await of(person, a), await of(person, b)) == (theirs | late, others | since)
    assert await road.db.fetchval("SELECT count(*) FROM parked") == 0


async def test_saying_again_what_was_merged_since_publishes_nothing(
    road: Road, served: Service[Work], topics: Topics
) -> None:
    a, b = new_id(), new_id()
    mine = await contact(road, "c-1", a)
    async with following(served, topics) as told:
        await told.merge(InteractionsMergeApplied, b, a)
    before = await road.row("c-1")
    async with road.works(PERSON) as work:
        await link_customer(work, mine, LinkCustomer(customer_id=a, reason="Again."))
    assert await road.row("c-1") == before


async def test_an_erasure_leaves_nothing_readable_of_a_contact_but_its_figures(
    road: Road, served: Service[Work], topics: Topics, person: httpx.AsyncClient
) -> None:
    a, b = new_id(), new_id()
    mine = await contact(road, "c-1", a, "He wept at the counter of Zhang.")
    other = await contact(road, "c-2", b, "She laughed.")
    await road.push([step("ended", 60, "late", call_id="c-1", identifiers=[phone("+8613900000001")])])
    async with following(served, topics) as told:
        rows = await told.forget(InteractionsErasureConfirmed, a)
    assert rows == {"interactions": 1, "notes": 1}
    await road.facts()
    await road.push([step("wrapped_up", 90, "latest", call_id="c-1", identifiers=[phone("+8613900000001")])])
    assert await road.db.fetchval("SELECT count(*) FROM call_events WHERE identifiers IS NOT NULL") == 0
    assert "caller.presented" not in await road.names(), "what comes late presents nobody anew"
    live = "SELECT count(*) FROM data_keys WHERE wrapped IS NOT NULL AND subject IN ($1, $2)"
    assert await road.db.fetchval(live, a, mine) == 0
    shown = (await person.get(f"{API}/interactions/{mine}")).json()
    assert (shown["customer_id"], shown.get("note")) == (str(a), None)
    assert (await person.get(f"{API}/interactions/{other}")).json()["note"] == "She laughed."


async def test_what_waits_in_quarantine_about_a_contact_of_theirs_is_dropped(
    road: Road, served: Service[Work], topics: Topics
) -> None:
    a = new_id()
    await contact(road, "c-1", a)
    await road.receive([judge(b'{"call_id": "c-1", "name": "Zhang", broken'), judge(b'{"call_id": "c-2", broken')])
    await road.receive([judge(b'{"call_id": "c-1", "name": "another c-1", broken')], "other")
    async with following(served, topics) as told:
        await told.forget(InteractionsErasureConfirmed, a)
    rows = await road.db.fetch("SELECT source, state, result, content IS NULL AS gone FROM quarantine ORDER BY 1, 2")
    assert [tuple(row) for row in rows] == [
        ("other", "waiting", None, False),
        ("pbx", "dropped", "customer-erased", True),
        ("pbx", "waiting", None, False),
    ]


async def test_a_note_that_is_linked_to_somebody_forgotten_goes_too(
    road: Road, served: Service[Work], topics: Topics
) -> None:
    a = new_id()
    async with following(served, topics) as told:
        erasure = await told.ask(a)
        await told.receipt(InteractionsErasureConfirmed, erasure)
        await contact(road, "c-1", a, "Written while nobody knew whose it is.")
        again = await told.receipt(InteractionsErasureConfirmed, erasure, 2)
    assert again.keys == 1
    assert await road.db.fetchval("SELECT count(*) FROM notes") == 0


async def test_every_table_with_a_customer_is_plugged_in(road: Road) -> None:
    assert undeclared_columns(metadata, CUSTOMERS) == []
    assert await without_trigger(road.db, CUSTOMERS) == []


async def test_the_guards_refuse_a_table_that_is_not(road: Road) -> None:
    nothing = replace(CUSTOMERS, tables=())
    assert "interactions.customer_id" in undeclared_columns(metadata, nothing)
    assert await without_trigger(road.db, nothing) == ["interactions.id"]


async def test_a_contact_of_somebody_erased_can_be_linked_anew_without_the_words(
    road: Road, served: Service[Work], topics: Topics, person: httpx.AsyncClient
) -> None:
    a, b = new_id(), new_id()
    mine = await contact(road, str(new_id()), a)
    async with following(served, topics) as told:
        await told.forget(InteractionsErasureConfirmed, a)
    linked = await person.post(
        f"{API}/interactions/{mine}:link-customer", json={"customer_id": str(b), "reason": "Mistaken."}
    )
    assert (linked.status_code, linked.json()["customer_id"]) == (200, str(b))
    moves = (await person.get(f"{API}/interactions/{mine}/history")).json()["items"]
    assert [(move["move"], move["note"]) for move in moves] == [("link-customer", None)] * 2
    verdict = (await person.get(f"{API}/interactions/{mine}/history:verify")).json()
    assert (verdict["intact"], verdict["words"], verdict["unchecked"]) == (True, 0, 1)
