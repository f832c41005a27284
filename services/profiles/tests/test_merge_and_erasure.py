"""What customers are known by follows merge and split; an erasure leaves a row that leads nowhere."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from rapport_chassis.customers import undeclared_columns
from rapport_cli.services import described
from rapport_contracts.profiles.customers import CustomerMerged
from rapport_contracts.profiles.receipts import ProfilesErasureConfirmed, ProfilesMergeApplied, ProfilesSplitApplied
from rapport_kernel.ids import new_id
from rapport_profiles.identity.usecases.identify_callers import identify_callers
from rapport_profiles.schema import metadata
from rapport_testing.following import following, without_trigger
from rapport_testing.waiting import eventually

from .conftest import CLERK, LONG_AGO
from .story import clear, digest, lines, project, story

API = "/profiles/v1"
pytestmark = pytest.mark.usefixtures("clean")

(CUSTOMERS,) = [each.customers for each in described() if each.name == "profiles"]


async def registered(http, phone: str, name: str) -> UUID:
    body = {"personal": {"name": name}, "identifiers": [{"kind": "phone", "value": phone}]}
    answer = await http.post(f"{API}/customers", json=body)
    assert answer.status_code == 201, answer.text
    customer = UUID(answer.json()["id"])
    said = {"purpose": "survey", "decision": "granted", "evidence": {"kind": "call", "text": f"{name} said yes"}}
    answer = await http.post(f"{API}/customers/{customer}/consents", json=said)
    assert answer.status_code in {200, 201}, answer.text
    return customer


async def known_by(http, customer: UUID) -> set[str]:
    shown = (await http.get(f"{API}/customers/{customer}")).json()
    return {one["value"] for one in shown["identifiers"]}


async def looked_up(http, phone: str) -> list[str]:
    answer = await http.post(f"{API}/customers:resolve", json={"identifiers": [{"kind": "phone", "value": phone}]})
    return list(answer.json()["candidates"])


async def test_identifiers_consents_and_timeline_follow_and_come_back(served, http, works, topics, presented) -> None:
    a, b = await registered(http, "13800000001", "Zhang"), await registered(http, "13800000002", "Li")
    await project(works, story(a, new_id(), new_id()))
    before = {row.event_id for row in await lines(works, a)}
    async with following(served, topics) as told:
        merge, rows = await told.merge(ProfilesMergeApplied, b, a)
        assert rows == {"identifiers": 1, "consents": 1, "timeline_links": 2}
        assert await known_by(http, a) == set()
        assert await known_by(http, b) == {"+8613800000001", "+8613800000002"}, "each opens under its own key"
        assert await looked_up(http, "13800000001") == [str(b)]
        batch = (await http.post(f"{API}/customers:batch-get", json={"ids": [str(a), str(b)]})).json()
        assert [(one["asked"], one["id"], one["display"]["name"]) for one in batch["items"]] == [
            (str(a), str(b), "Li"),
            (str(b), str(b), "Li"),
        ], "who was merged leads to who they are now"
        consents = (await http.get(f"{API}/customers/{b}/consents")).json()["history"]
        assert {one["evidence"] for one in consents} == {"Zhang said yes", "Li said yes"}
        assert {row.event_id for row in await lines(works, b)} == before, "also the lines that were anchored at them"
        call = presented(("phone", "13800000001"), ("email", "zhang@example.cn"))
        async with works(CLERK) as work:
            await identify_callers(work, [call])
        assert "zhang@example.cn" in await known_by(http, b)
        await told.split(ProfilesSplitApplied, merge)
    assert await known_by(http, a) == {"+8613800000001"}
    assert await known_by(http, b) == {"+8613800000002", "zhang@example.cn"}, "what was learnt since stays"
    assert {row.event_id for row in await lines(works, a)} == before
    assert await lines(works, b) == []


async def test_a_rebuild_of_the_timeline_gives_the_same_rows_after_merge_split_and_erasure(
    served, http, works, topics
) -> None:
    a, b, c = [await registered(http, f"1380000000{n}", "X") for n in range(3)]
    facts = [one for customer in (a, b, c) for one in story(customer, new_id(), new_id())]
    await project(works, facts)

    async def same_again() -> None:
        before = await digest(works)
        await clear(works)
        for start in range(0, len(facts), 5):
            await project(works, facts[start : start + 5])
        assert await digest(works) == before

    async with following(served, topics) as told:
        merge, _ = await told.merge(ProfilesMergeApplied, b, a)
        await same_again()
        await told.split(ProfilesSplitApplied, merge)
        await same_again()
        await told.forget(ProfilesErasureConfirmed, c)
        await same_again()
    assert await lines(works, a) != []
    assert await works_rows(works, "SELECT 1 FROM timeline_links WHERE customer_id = $1", c) == []


async def works_rows(works, query: str, *values: object) -> list:
    connection = await works.database.dedicated()
    try:
        return list(await connection.fetch(query, *values))
    finally:
        await connection.close()


async def test_an_erasure_leaves_nobody_who_could_be_found_or_read(served, http, works, topics, presented) -> None:
    """Edge case 22, RELIABILITY 48."""
    a, b = await registered(http, "13800000001", "Zhang"), await registered(http, "13800000002", "Li")
    async with works(CLERK) as work:
        await identify_callers(work, [presented(("phone", "13800000001"), ("phone", "13800000002"))])
    facts = story(a, new_id(), new_id())
    await project(works, facts)
    async with following(served, topics) as told:
        rows = await told.forget(ProfilesErasureConfirmed, a)
    assert rows["identifiers"] == 1 and rows["customers"] == 1 and rows["conflict_identifiers"] == 2
    assert await looked_up(http, "13800000001") == []
    assert await looked_up(http, "13800000002") == [str(b)]
    shown = (await http.get(f"{API}/customers/{a}")).json()
    assert (shown["personal"]["name"], shown["identifiers"]) == (None, [])
    assert [one["evidence"] for one in (await http.get(f"{API}/customers/{a}/consents")).json()["history"]] == [None]
    await project(works, facts)
    assert await lines(works, a) == [], "nothing comes back out of the log"
    assert await works_rows(works, "SELECT 1 FROM data_keys WHERE subject = $1 AND wrapped IS NOT NULL", a) == []
    fingerprints = await works_rows(works, "SELECT id, fingerprint FROM conflicts")
    assert len(fingerprints) == 1 and len(fingerprints[0]["fingerprint"]) == 32, "of its id, no longer of identifiers"
    answer = await http.patch(
        f"{API}/customers/{a}",
        json={"personal": {"name": "Again"}},
        headers={"If-Match": (await http.get(f"{API}/customers/{a}")).headers["etag"]},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "erased")
    async with works(CLERK) as work:
        await identify_callers(work, [presented(("phone", "13800000001"))])
    (again,) = await looked_up(http, "13800000001")
    assert again not in (str(a), str(b)), "a caller who comes back is a new customer"


async def test_nobody_is_merged_into_who_is_not_there(served, http, works, topics) -> None:
    a = await registered(http, "13800000001", "Zhang")
    lost = CustomerMerged(customer_id=new_id(), absorbed_id=a, merge_id=new_id(), merged_at=LONG_AGO)
    async with following(served, topics) as told:
        await told.say(lost)
        parked = await eventually(lambda: works_rows(works, "SELECT reason, detail FROM parked"), within=60)
        assert parked[0]["reason"] == "refused" and "not-found" in parked[0]["detail"]
    assert await known_by(http, a) == {"+8613800000001"}


async def test_every_table_with_a_customer_is_plugged_in(database) -> None:
    assert undeclared_columns(metadata, CUSTOMERS) == []
    db = await database.connect()
    assert await without_trigger(db, CUSTOMERS) == []
    for missing in CUSTOMERS.tables:
        without = replace(CUSTOMERS, tables=[one for one in CUSTOMERS.tables if one is not missing])
        assert any(name.startswith(f"{missing.table.name}.") for name in undeclared_columns(metadata, without))
    await db.close()
