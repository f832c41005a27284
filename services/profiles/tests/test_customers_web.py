from __future__ import annotations

import json

import pytest
from rapport_testing.databases import statements
from rapport_testing.figures import declared, definitions_in

from .asking import CANARIES, MAIL, NAME, PHONE, audited, body, register
from .conftest import published

pytestmark = pytest.mark.usefixtures("clean")


async def test_a_customer_is_registered_and_read_in_clear_at_level_4(http):
    answer = await http.post("/profiles/v1/customers", json=body())
    made = answer.json()
    assert answer.headers["location"] == f"/profiles/v1/customers/{made['id']}"
    assert (made["allowed"], made["stage_moves"]) == (["change-stage"], ["show-interest", "activate"])
    assert NAME not in answer.text and PHONE not in answer.text
    read = await http.get(answer.headers["location"])
    shown = read.json()
    assert shown["masked"] == []
    assert shown["personal"]["name"] == NAME and shown["personal"]["birth_date"] == "1985-06-01"
    assert {one["kind"]: one["value"] for one in shown["identifiers"]} == {"phone": "+8613800138000", "email": MAIL}
    assert {one["kind"]: one["verified_at"] is not None for one in shown["identifiers"]} == {"phone": True, "email": False}


async def test_edge_23_level_2_reads_masked_and_level_4_in_clear_and_both_are_audited(http, as_level):
    made = await register(http)
    seen = {}
    for level in (1, 2, 3, 4):
        async with as_level(level) as client:
            seen[level] = (await client.get(f"/profiles/v1/customers/{made['id']}")).json()
    values = {level: {one["kind"]: one["value"] for one in shown["identifiers"]} for level, shown in seen.items()}
    assert values[1] == {"phone": "***", "email": "***"} and seen[1]["personal"]["name"] == "***"
    assert values[2]["phone"].endswith("8000") and "1380013" not in values[2]["phone"]
    assert values[3]["phone"] == "+86138****8000" and seen[3]["personal"]["birth_date"] == "1985-**-**"
    assert values[4]["phone"] == "+8613800138000" and seen[4]["personal"]["name"] == NAME
    assert seen[2]["personal"]["occupation"] is None and seen[3]["personal"]["occupation"] == "教师"
    for level in (1, 2, 3):
        text = json.dumps(seen[level], ensure_ascii=False)
        assert not any(canary in text for canary in CANARIES), level
    reads = [detail for action, detail in await audited(http, made["id"]) if action == "customer.read"]
    assert sorted(detail["level"] for detail in reads) == [1, 2, 3, 4]


async def test_a_correction_needs_the_version_that_was_read(http):
    made = await register(http)
    path = f"/profiles/v1/customers/{made['id']}"
    etag = (await http.get(path)).headers["etag"]
    change = {"personal": {"occupation": None, "gender": "female"}, "kind": "organisation"}
    assert (await http.patch(path, json=change)).status_code == 428
    done = await http.patch(path, json=change, headers={"If-Match": etag})
    assert done.status_code == 200, done.text
    assert (await http.patch(path, json=change, headers={"If-Match": etag})).status_code == 412
    shown = (await http.get(path)).json()
    assert shown["personal"]["occupation"] is None and shown["personal"]["gender"] == "female"
    assert shown["personal"]["name"] == NAME and shown["kind"] == "organisation"


async def test_stages_move_by_the_published_table(http, as_level):
    made = await register(http)
    path = f"/profiles/v1/customers/{made['id']}:change-stage"
    for who in (as_level(1), as_level(4, "profiles:read")):  # those who may not change it are offered nothing
        async with who as reader:
            shown = (await reader.get(f"/profiles/v1/customers/{made['id']}")).json()
            assert [each["allowed"] for each in (shown, *shown["identifiers"])] == [[]] * (1 + len(shown["identifiers"]))
            assert all(row["allowed"] == [] for row in (await reader.get("/profiles/v1/customers")).json()["items"])
    assert (await http.get("/profiles/v1/customers")).json()["items"][0]["allowed"] == ["change-stage"]
    table = (await http.get("/profiles/v1/state-machines")).json()["customer"]
    assert {"name": "win-back", "from": "churned", "to": "active", "by": "people"} in table["moves"]
    moved = await http.post(path, json={"move": "activate", "reason": "first-order"})
    assert moved.json()["stage"] == "active"
    refused = await http.post(path, json={"move": "show-interest"})
    assert refused.status_code == 409 and refused.json()["allowed"] == ["change-stage"]
    assert (await http.post(path, json={"move": "vanish"})).status_code == 422


async def test_completeness_is_a_figure_with_what_is_missing(http):
    made = await register(http, personal={}, identifiers=[{"kind": "phone", "value": PHONE}])
    shown = (await http.get(f"/profiles/v1/customers/{made['id']}/completeness")).json()
    figure = shown["completeness"]
    assert (figure["value"], figure["n"], figure["unit"]) == (50.0, 2, "percent")
    assert definitions_in(figure) == declared("profiles") and figure["as_of"].endswith("Z")
    assert shown["missing"] == ["name"]


async def test_lists_are_paged_and_filtered(http):
    made = [await register(http, identifiers=[], stage="active" if n % 2 else "prospect") for n in range(5)]
    seen, after = [], None
    while True:
        params = {"limit": 2, "sort": "registered_at"} | ({"after": after} if after else {})
        page = (await http.get("/profiles/v1/customers", params=params)).json()
        seen += [one["id"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [one["id"] for one in made]
    active = (await http.get("/profiles/v1/customers", params={"stage": "active"})).json()["items"]
    assert {one["id"] for one in active} == {made[1]["id"], made[3]["id"]}
    both = {"stage": ["active", "prospect"], "sort": ["kind", "-registered_at"], "count": "true", "limit": 1}
    assert (await http.get("/profiles/v1/customers", params=both)).json()["count"] == len(made)
    since = (await http.get("/profiles/v1/customers", params={"sort": "-updated_at"})).json()["items"][0]
    changed = (await http.get("/profiles/v1/customers", params={"changed_since": since["updated_at"]})).json()["items"]
    assert [one["id"] for one in changed] == [since["id"]]
    refused = await http.get("/profiles/v1/customers", params={"stage": "active,prospect"})
    assert refused.status_code == 422 and "dormant" in refused.json()["errors"][0]["message"]
    assert (await http.get("/profiles/v1/customers", params={"after": "nonsense"})).status_code == 422
    assert (await http.get("/profiles/v1/customers", params={"sort": "name"})).status_code == 422


async def test_an_idempotency_key_makes_one_customer(http, works):
    for _ in range(2):
        answer = await http.post("/profiles/v1/customers", json=body(), headers={"Idempotency-Key": "k-1"})
        assert answer.status_code == 201
    registered = [1 for type_, _ in await published(works) if type_ == "customer.registered.v1"]
    assert registered == [1]


async def test_reading_takes_a_constant_number_of_statements(http, served):
    few = await register(http, identifiers=[])
    many = await register(
        http, identifiers=[{"kind": "external_id", "value": f"id-{n}", "source": f"s{n}"} for n in range(20)]
    )
    counts = []
    for made in (few, many):
        with statements(served.works) as seen:
            await http.get(f"/profiles/v1/customers/{made['id']}")
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 6, counts
