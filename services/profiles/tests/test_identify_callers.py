from __future__ import annotations

import asyncio
import contextlib
from collections import Counter

import pytest
from rapport_chassis.database import Database
from rapport_chassis.work import WorkFactory
from rapport_contracts.interactions.contacts import CallerPresented, SealedIdentifier
from rapport_kernel.errors import Conflict, Invalid
from rapport_kernel.ids import new_id
from rapport_profiles.work import ProfilesWork
from rapport_testing.databases import statements

from .acting import facts, fetch, given, identify, registered
from .conftest import LONG_AGO, message, published

pytestmark = pytest.mark.usefixtures("clean")


async def test_an_unknown_caller_becomes_a_customer(works, presented):
    contact = presented(("phone", "138 0013 8000"), ("email", "A@b.com"))
    await identify(works, contact)
    [registered] = await facts(works, "customer.registered")
    [identified] = await facts(works, "customer.identified")
    assert registered["source"] == "pbx"
    assert identified["customer_id"] == registered["customer_id"]
    assert identified["interaction_id"] == str(contact.event.interaction_id)
    assert identified["newly_registered"] is True and identified["rule"] == "phone"
    assert [row["kind"] for row in await fetch(works, "SELECT kind FROM identifiers ORDER BY kind")] == ["email", "phone"]


async def test_a_known_caller_is_identified_and_what_is_new_is_attached_unverified(works, presented):
    known = await registered(works, given("phone", "13800138000", verified=True))
    await identify(works, presented(("phone", "+86 138 0013 8000"), ("email", "a@b.com")))
    assert [fact["customer_id"] for fact in await facts(works, "customer.identified")] == [str(known.id)]
    rows = await fetch(works, "SELECT kind, customer_id, verified_at FROM identifiers ORDER BY kind")
    assert [(row["kind"], row["customer_id"], row["verified_at"] is None) for row in rows] == [
        ("email", known.id, True),
        ("phone", known.id, False),
    ]


async def test_two_contacts_of_one_batch_with_the_same_new_number_are_one_customer(works, presented):
    await identify(works, *(presented(("phone", "13800138000")) for _ in range(3)))
    assert len(await facts(works, "customer.registered")) == 1
    identified = await facts(works, "customer.identified")
    assert len(identified) == 3 and len({fact["customer_id"] for fact in identified}) == 1
    assert sorted(fact["newly_registered"] for fact in identified) == [False, False, True]


@pytest.mark.parametrize("value", ["0", "000000", "anonymous", "void", ""])
async def test_edge_11_blocked_values_leave_no_trace(works, presented, value):
    await identify(works, presented(("phone", value), ("external_id", value)))
    assert await published(works) == []
    assert await fetch(works, "SELECT 1 FROM customers UNION ALL SELECT 1 FROM identifiers") == []


async def test_the_number_of_statements_does_not_depend_on_the_batch(works, presented):
    counts = []
    for size in (2, 60):
        known = [("phone", f"139{size:04d}{place:04d}") for place in range(size)]
        await identify(works, *(presented(identifier) for identifier in known))
        with statements(works) as seen:
            fresh = [presented(("phone", f"137{size:04d}{place:04d}"), known[place]) for place in range(size // 2)]
            again = [presented(known[place], ("email", f"a{size}.{place}@b.com")) for place in range(size // 2, size)]
            await identify(works, *fresh, *again)
        counts.append(len([sql for sql in seen if not sql.startswith(("SAVEPOINT", "RELEASE"))]))
    assert counts[0] == counts[1] <= 12, counts


async def test_concurrent_batches_never_register_two_customers_for_one_identifier(works, presented):
    numbers = [f"1350000{place:04d}" for place in range(40)]

    def batch(shift: int):
        turned = numbers[shift:] + numbers[:shift]
        return [presented(("phone", number), ("email", f"p{number}@b.com")) for number in turned]

    async def by_hand(number: str) -> None:
        with contextlib.suppress(Conflict):
            await registered(works, given("phone", number))

    await asyncio.gather(
        *(identify(works, *batch(shift)) for shift in (0, 13, 27)), *(by_hand(number) for number in numbers[::10])
    )
    owners = Counter(row["blind_index"] for row in await fetch(works, "SELECT blind_index FROM identifiers"))
    assert set(owners.values()) == {1}
    with_phone = await fetch(works, "SELECT count(DISTINCT customer_id) AS n FROM identifiers WHERE kind = 'phone'")
    assert with_phone[0]["n"] == 40
    assert len(await fetch(works, "SELECT 1 FROM customers")) == 40
    assert len(await facts(works, "customer.identified")) == 120


async def test_sequences_of_a_customer_have_no_gap_and_no_double(works, presented):
    await identify(works, *(presented(("phone", "13800138000")) for _ in range(3)))
    await identify(works, presented(("phone", "13800138000")))
    rows = await fetch(works, "SELECT aggregateid, sequence::bigint AS sequence FROM outbox ORDER BY position")
    assert [row["sequence"] for row in rows] == [1, 2, 3, 4, 5]
    assert len({row["aggregateid"] for row in rows}) == 1


async def test_an_identifier_sealed_for_another_contact_is_refused(works, presented):
    stolen = presented(("phone", "13800138000")).event.identifiers[0].sealed
    forged = CallerPresented(
        interaction_id=new_id(), channel="phone", source="pbx", presented_at=LONG_AGO,
        identifiers=[SealedIdentifier(kind="phone", sealed=stolen)],
    )  # fmt: skip
    with pytest.raises(Invalid, match="seal-broken"):
        await identify(works, message(forged))


async def test_the_same_events_give_the_same_customers_in_another_database(works, presented, databases, migrations, keys):
    """As after a restore: what was read before is read again, into tables that do not have it."""
    contacts = [presented(("phone", f"1370000{place:04d}")) for place in range(3)]
    contradicting = presented(("phone", "13700000000"), ("phone", "13700000001"))
    fresh = await databases.make(migrations)
    other = Database(fresh.url, name="profiles-again")
    try:
        found = []
        for each in (works, WorkFactory(other, ProfilesWork, source="profiles", keys=keys)):
            await identify(each, *contacts)
            await identify(each, contradicting)
            published = await facts(each, "customer.identified") + await facts(each, "identity-conflict.detected")
            found.append([fact.get("customer_id") or fact["conflict_id"] for fact in published])
        assert len(set(found[0])) == 4 and found[0] == found[1]
    finally:
        await other.close()
        await databases.drop(fresh)
