from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter

import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.migrations import differences
from rapport_contracts.interactions.contacts import CallerPresented, SealedIdentifier
from rapport_contracts.profiles.vocabulary import CustomerKind
from rapport_contracts.vocabulary import IdentifierKind
from rapport_kernel.errors import Conflict, Invalid, NotAllowed
from rapport_kernel.ids import new_id
from rapport_profiles import schema
from rapport_profiles.customers.usecases import NewCustomer, PersonalBody, add_identifier, register_customer
from rapport_profiles.identifiers.usecases import NewIdentifier
from rapport_profiles.identity.usecases.decide_conflict import Ruling, resolve_conflict, show_conflict
from rapport_profiles.identity.usecases.identify_callers import identify_callers

from .conftest import CLERK, LONG_AGO, message, published, statements

pytestmark = pytest.mark.usefixtures("clean")
CONSUMER = Actor.system("rapport.profiles.callers")


async def identify(works, *messages) -> None:
    async with works(CONSUMER) as work:
        await identify_callers(work, list(messages))


async def register(works, *identifiers: NewIdentifier, name: str | None = None):
    async with works(CLERK) as work:
        personal = PersonalBody(name=name)
        command = NewCustomer(kind=CustomerKind.INDIVIDUAL, source="crm", personal=personal, identifiers=list(identifiers))
        return await register_customer(work, command)


def given(kind: str, value: str, *, verified: bool = False) -> NewIdentifier:
    return NewIdentifier(kind=IdentifierKind(kind), value=value, verified=verified)


async def fetch(works, query: str, *values):
    connection = await works.database.dedicated()
    try:
        return await connection.fetch(query, *values)
    finally:
        await connection.close()


async def facts(works, kind: str) -> list[dict]:
    return [json.loads(payload) for type_, payload in await published(works) if type_ == f"{kind}.v1"]


async def test_the_tables_are_those_of_the_migrations(database):
    found = await differences(database.url, "rapport_profiles.migrations", schema.metadata)
    ours = [line for line in found if any(f"<{name}>" in line or f"'{name}'" in line for name in schema.metadata.tables)]
    assert ours == []


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
    known = await register(works, given("phone", "13800138000", verified=True))
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


async def test_edge_11_two_customers_are_a_conflict_until_a_person_decides(works, presented):
    anna = await register(works, given("phone", "13800138000"))
    bert = await register(works, given("email", "bert@b.com"))
    contacts = [presented(("phone", "13800138000"), ("email", "bert@b.com")) for _ in range(2)]
    await identify(works, *contacts)
    assert await facts(works, "customer.identified") == []
    detected = await facts(works, "identity-conflict.detected")
    assert len(detected) == 2 and len({fact["conflict_id"] for fact in detected}) == 1
    assert set(detected[0]["candidates"]) == {str(anna.id), str(bert.id)}

    async with works(CLERK) as work:
        shown = await resolve_conflict(work, (await only_conflict(works)), ruling(bert.id, "called-them"))
    assert shown.conflict.state == "resolved"
    assert {fact["interaction_id"] for fact in await facts(works, "identity-conflict.resolved")} == {
        str(contact.event.interaction_id) for contact in contacts
    }
    identified = await facts(works, "customer.identified")
    assert {fact["customer_id"] for fact in identified} == {str(bert.id)} and len(identified) == 2

    await identify(works, presented(("email", "bert@b.com"), ("phone", "13800138000")))
    assert len(await facts(works, "customer.identified")) == 3, "the ruling stands"
    await identify(works, presented(("phone", "13800138000")))
    assert (await facts(works, "customer.identified"))[-1]["customer_id"] == str(anna.id), "nobody was merged"
    with pytest.raises(NotAllowed):
        async with works(CLERK) as work:
            await resolve_conflict(work, shown.conflict.id, ruling(bert.id))


async def test_edge_11_a_second_member_number_can_be_ruled_to_be_somebody_new(works, presented):
    anna = await register(works, given("email", "family@b.com"), given("member_number", "M-1"))
    await identify(works, presented(("email", "family@b.com"), ("member_number", "M-2")))
    conflict_id = await only_conflict(works)
    async with works(CLERK) as work:
        shown = await show_conflict(work, conflict_id)
    assert shown.conflict.candidates == (anna.id,)
    assert {token.identifier.value for token, _ in shown.tokens} == {"family@b.com", "M2"}
    with pytest.raises(Invalid, match="not-a-candidate"):
        async with works(CLERK) as work:
            await resolve_conflict(work, conflict_id, ruling(new_id()))
    async with works(CLERK) as work:
        await resolve_conflict(work, conflict_id, ruling(None, "the-daughter"))
    owners = {row["kind"]: row["customer_id"] for row in await fetch(works, "SELECT kind, customer_id FROM identifiers "
        "WHERE customer_id <> $1", anna.id)}  # fmt: skip
    assert set(owners) == {"member_number"}
    await identify(works, presented(("member_number", "M2")))
    assert (await facts(works, "customer.identified"))[-1]["customer_id"] == str(owners["member_number"])


def ruling(customer_id, reason: str | None = None) -> Ruling:
    return Ruling(customer_id=customer_id, reason=reason)


async def only_conflict(works):
    [row] = await fetch(works, "SELECT id FROM conflicts")
    return row["id"]


async def test_the_number_of_statements_does_not_depend_on_the_batch(works, presented):
    counts = []
    for size in (2, 60):
        known = [("phone", f"139{size:04d}{place:04d}") for place in range(size)]
        await identify(works, *(presented(identifier) for identifier in known))
        async with statements(works) as seen:
            fresh = [presented(("phone", f"137{size:04d}{place:04d}"), known[place]) for place in range(size // 2)]
            again = [presented(known[place], ("email", f"a{size}.{place}@b.com")) for place in range(size // 2, size)]
            await identify(works, *fresh, *again)
        counts.append(len([sql for sql in seen if not sql.startswith(("SAVEPOINT", "RELEASE"))]))
    assert counts[0] == counts[1] <= 12, counts


async def test_conflicts_do_not_add_statements_with_the_batch_either(works, presented):
    counts = []
    for size in (1, 30):
        pairs = [(("phone", f"136{size:04d}{n:04d}"), ("email", f"c{size}.{n}@b.com")) for n in range(size)]
        await identify(works, *(presented(one) for pair in pairs for one in pair))
        async with statements(works) as seen:
            await identify(works, *(presented(*pair) for pair in pairs))
        counts.append(len(seen))
    assert len(await fetch(works, "SELECT 1 FROM conflicts")) == 31
    assert counts[0] == counts[1] <= 14, counts


async def test_concurrent_batches_never_register_two_customers_for_one_identifier(works, presented):
    numbers = [f"1350000{place:04d}" for place in range(40)]

    def batch(shift: int):
        turned = numbers[shift:] + numbers[:shift]
        return [presented(("phone", number), ("email", f"p{number}@b.com")) for number in turned]

    async def by_hand(number: str) -> None:
        with contextlib.suppress(Conflict):
            await register(works, given("phone", number))

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


async def test_an_identifier_of_somebody_else_cannot_be_added(works):
    await register(works, given("phone", "13800138000"))
    other = await register(works, name="B")
    with pytest.raises(Conflict, match="identifier-taken"):
        async with works(CLERK) as work:
            await add_identifier(work, other.id, given("phone", "+8613800138000"))


async def test_nothing_personal_is_stored_in_clear(works, presented, database):
    await register(works, given("email", "canary.mail@example.com"), name="Canary Name")
    await identify(works, presented(("phone", "13712345678"), ("member_number", "CANARY99")))
    await identify(works, presented(("phone", "13712345678"), ("email", "canary.mail@example.com")))
    tables_ = await fetch(works, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for row in tables_:
        lines = await fetch(works, f"SELECT t::text AS line FROM {row['tablename']} t")  # noqa: S608
        text = "\n".join(line["line"] for line in lines).lower()
        for canary in ("canary", "13712345678", b"canary".hex(), b"13712345678".hex()):
            assert canary not in text, row["tablename"]
