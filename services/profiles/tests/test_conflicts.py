from __future__ import annotations

import pytest
from rapport_kernel.errors import Invalid, NotAllowed
from rapport_kernel.ids import new_id
from rapport_profiles.identity.usecases.decide_conflict import resolve_conflict, show_conflict
from rapport_profiles.identity.usecases.identify_callers import identify_callers
from rapport_testing.databases import statements

from .acting import facts, fetch, given, identify, only_conflict, registered, ruling
from .asking import CANARIES, MAIL, PHONE, register
from .conftest import CLERK

pytestmark = pytest.mark.usefixtures("clean")


async def test_edge_11_two_customers_are_a_conflict_until_a_person_decides(works, presented):
    anna = await registered(works, given("phone", "13800138000"))
    bert = await registered(works, given("email", "bert@b.com"))
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
    anna = await registered(works, given("email", "family@b.com"), given("member_number", "M-1"))
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


async def test_conflicts_do_not_add_statements_with_the_batch_either(works, presented):
    counts = []
    for size in (1, 30):
        pairs = [(("phone", f"136{size:04d}{n:04d}"), ("email", f"c{size}.{n}@b.com")) for n in range(size)]
        await identify(works, *(presented(one) for pair in pairs for one in pair))
        with statements(works) as seen:
            await identify(works, *(presented(*pair) for pair in pairs))
        counts.append(len(seen))
    assert len(await fetch(works, "SELECT 1 FROM conflicts")) == 31
    assert counts[0] == counts[1] <= 14, counts


async def test_a_conflict_is_listed_masked_and_resolved(http, as_level, works, presented):
    first = await register(http, identifiers=[{"kind": "phone", "value": PHONE}])
    await register(http, identifiers=[{"kind": "email", "value": MAIL}])
    contact = presented(("phone", PHONE), ("email", MAIL))
    async with works(CLERK) as work:
        await identify_callers(work, [contact])
    [summary] = (await http.get("/profiles/v1/conflicts", params={"state": "open"})).json()["items"]
    async with as_level(1) as client:
        masked = await client.get(f"/profiles/v1/conflicts/{summary['id']}")
    assert not any(canary in masked.text for canary in CANARIES)
    path = f"/profiles/v1/conflicts/{summary['id']}:resolve"
    assert (await http.post(path, json={"customer_id": str(new_id())})).json()["code"] == "not-a-candidate"
    done = await http.post(path, json={"customer_id": first["id"], "reason": "called-back"})
    assert done.status_code == 200, done.text
    assert done.json()["interactions"] == [str(contact.event.interaction_id)]
    assert (await http.post(path, json={"customer_id": first["id"]})).status_code == 409
    assert (await http.get("/profiles/v1/conflicts", params={"state": "open"})).json()["items"] == []
    assert (await http.post(f"/profiles/v1/conflicts/{new_id()}:resolve", json={"customer_id": None})).status_code == 404
