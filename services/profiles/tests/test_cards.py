"""What lists show of customers: many at once, masked by level, one row of the audit trail for all."""

from __future__ import annotations

import json

import pytest
from rapport_kernel.ids import new_id
from rapport_testing.databases import statements

from .asking import CANARIES, MAIL, NAME, audited, body, register

pytestmark = pytest.mark.usefixtures("clean")
BATCH = "/profiles/v1/customers:batch-get"
MEMBER = "M-00012345"


async def member(http, **changes) -> dict:
    identifiers = [*body()["identifiers"], {"kind": "member_number", "value": MEMBER}]
    return await register(http, identifiers=identifiers, **changes)


async def batch(client, *ids) -> dict:
    answer = await client.post(BATCH, json={"ids": [str(each) for each in ids]})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_answers_come_in_the_order_of_the_ids_and_name_who_is_missing(http):
    known, nameless, nobody = await member(http), await register(http, personal={}, identifiers=[
        {"kind": "email", "value": "first@example.com"}, {"kind": "email", "value": "checked@example.com", "verified": True},
    ]), new_id()  # fmt: skip
    shown = await batch(http, nameless["id"], nobody, known["id"], nameless["id"])
    assert [one["asked"] for one in shown["items"]] == [nameless["id"], known["id"], nameless["id"]]
    assert shown["missing"] == [str(nobody)]
    assert shown["items"][1]["display"] == {
        "name": NAME,
        "member_number": "M00012345",
        "contact": {"kind": "phone", "value": "+8613800138000", "verified": True},
    }
    assert shown["items"][0]["display"] == {
        "name": None,
        "member_number": None,
        "contact": {"kind": "email", "value": "checked@example.com", "verified": True},
    }, "what was verified comes first"
    assert shown["items"][1]["masked"] == []


async def test_batch_and_list_mask_by_level_as_the_profile_does(http, as_level):
    made = await member(http)
    for level in (1, 2, 3, 4):
        async with as_level(level, "profiles:read") as client:
            (asked,) = (await batch(client, made["id"]))["items"]
            (row,) = (await client.get("/profiles/v1/customers")).json()["items"]
            whole = (await client.get(f"/profiles/v1/customers/{made['id']}")).json()
        values = {one["kind"]: one["value"] for one in whole["identifiers"]}
        assert asked == {**row, "asked": made["id"]}
        assert row["display"]["name"] == whole["personal"]["name"]
        assert row["display"]["contact"]["value"] == values["phone"]
        assert row["display"]["member_number"] == values["member_number"]
        hidden = level < 4
        assert bool(row["masked"]) is hidden and bool(whole["masked"]) is hidden
        assert ("personal.occupation" in whole["masked"]) is (level < 3), "null, and not for you, differ"
        if hidden:
            text = json.dumps([asked, row], ensure_ascii=False)
            assert not any(canary in text for canary in (*CANARIES, MAIL, MEMBER)), level


async def test_a_batch_and_a_page_are_one_row_of_the_audit_trail_each_found_by_every_customer(http, as_level):
    made = [await register(http, identifiers=[]) for _ in range(3)]
    async with as_level(2, "profiles:read") as client:
        await batch(client, made[0]["id"], made[1]["id"], new_id())
        await client.get("/profiles/v1/customers", params={"limit": 2})
    (many,) = {entry[1]["count"] for entry in await audited(http, made[0]["id"]) if entry[0] == "customer.read"}
    assert many == 2, "who is not there was not read"
    read = [detail for action, detail in await audited(http, made[1]["id"]) if action == "customer.read"]
    assert [(detail["level"], detail["count"]) for detail in read] == [(2, 2), (2, 2)]
    assert read[0]["subjects"] == [f"customer:{one['id']}" for one in (made[2], made[1])]
    assert await audited(http, new_id()) == []


async def newest(http) -> int:
    items = (await http.get("/profiles/v1/audit", params={"limit": 1})).json()["items"]
    return int(items[0]["seq"]) if items else 0


async def test_nobody_found_is_no_row_of_the_audit_trail(http):
    before = await newest(http)
    assert (await batch(http, new_id()))["items"] == []
    assert (await http.get("/profiles/v1/customers")).json()["items"] == []
    assert await newest(http) == before


async def test_the_number_of_statements_does_not_grow_with_the_batch(http, served):
    made = [await register(http, identifiers=[{"kind": "email", "value": f"c{n}@example.com"}]) for n in range(12)]
    counts = {}
    for size in (1, 12):
        with statements(served.works) as seen:
            await batch(http, *(one["id"] for one in made[:size]))
        with statements(served.works) as listed:
            await http.get("/profiles/v1/customers", params={"limit": size})
        counts[size] = (len(seen), len(listed))
    assert counts[1] == counts[12] and counts[1][0] <= 6 and counts[1][1] <= 5, counts


@pytest.mark.parametrize("ids", [[], ["nonsense"], [str(new_id()) for _ in range(201)]])
async def test_a_batch_is_1_to_200_ids(http, ids):
    answer = await http.post(BATCH, json={"ids": ids})
    assert answer.status_code == 422 and "nonsense" not in answer.text


async def test_a_batch_needs_the_scope_of_a_reader(as_level):
    async with as_level(4, "profiles:write") as client:
        assert (await client.post(BATCH, json={"ids": [str(new_id())]})).status_code == 403
