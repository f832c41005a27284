"""What a complaint says about itself at intake, and which others may be about the same matter."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.actor import Actor
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.cases.store.complaints import SIMILAR
from rapport_complaints.cases.usecases.filing import link_customer
from rapport_kernel.ids import new_id
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import Desk, complaint
from .test_edge_cases import policy

NOBODY = "00000000-0000-7000-8000-000000000000"


async def test_why_a_customer_needs_care_is_sealed_and_shown_to_those_who_may_read_words(
    desk: Desk, served: Service[Work], tokens: TokenMaker
) -> None:
    filed = await desk.file(vulnerability="hardship", subject_unit="shop-12")
    assert (filed["flags"], filed["subject_unit"]) == (["vulnerable"], "shop-12")
    assert [item["id"] for item in (await desk.get("/complaints", {"flag": "vulnerable"}))["items"]] == [filed["id"]]
    shown = await desk.get(f"/complaints/{filed['id']}")
    assert shown["vulnerability"] == "hardship"
    async with client_of(served.asgi, headers=tokens.bearer("complaints:read", level=1)) as low:
        assert (await low.get(f"/complaints/v1/complaints/{filed['id']}")).json()["vulnerability"] is None
    assert b"hardship" not in await desk.db.fetchval("SELECT vulnerability FROM complaints")
    assert all("hardship" not in fact.model_dump_json() for fact in await desk.facts())
    await desk.act(filed, "acknowledge", method="phone")
    await desk.act(filed, "assess", severity="low", vulnerability="language", subject_unit="shop-13")
    shown = await desk.get(f"/complaints/{filed['id']}")
    assert (shown["vulnerability"], shown["flags"], shown["subject_unit"]) == ("language", ["vulnerable"], "shop-13")


async def test_why_a_customer_needs_care_goes_under_his_key_once_he_is_known(desk: Desk, served: Service[Work]) -> None:
    filed = await desk.file(vulnerability="age")
    async with served.works(Actor.system("test")) as work:
        await link_customer(work, UUID(filed["id"]), new_id())
    assert (await desk.get(f"/complaints/{filed['id']}"))["vulnerability"] == "age"


async def test_a_diagnosis_is_no_code_of_a_vulnerable_customer(desk: Desk) -> None:
    answer = await desk.http.post("/complaints/v1/complaints", json=complaint(vulnerability="diabetes"))
    assert answer.status_code == 422
    assert "diabetes" not in answer.text


async def test_similar_complaints_come_with_the_reasons_the_best_first(desk: Desk) -> None:
    customer, interaction = str(new_id()), str(new_id())
    here = {"received_at": "2026-11-20T02:00:00Z", "customer_id": customer, "touchpoint": "hotline"}
    one = await desk.file(**here, interaction_id=interaction)
    both = await desk.file(**here, interaction_id=interaction)
    his = await desk.file(customer_id=customer, category="rude", received_at="2026-01-20T02:00:00Z")
    near = await desk.file(touchpoint="hotline", received_at="2026-11-01T02:00:00Z")
    await desk.file(touchpoint="hotline", received_at="2026-10-01T02:00:00Z")  # too far away
    await desk.file(touchpoint="hotline", category="rude", received_at="2026-11-20T02:00:00Z")
    await desk.file(received_at="2026-11-20T02:00:00Z")
    found = (await desk.get(f"/complaints/{one['id']}/similar"))["items"]
    assert [(item["id"], item["reasons"]) for item in found] == [
        (both["id"], ["same-interaction", "same-customer", "same-touchpoint"]),
        (his["id"], ["same-customer"]),
        (near["id"], ["same-touchpoint"]),
    ]
    for action, body in (("acknowledge", {"method": "phone"}), ("assess", {"severity": "low"})):
        await desk.act(both, action, **body)
    await desk.act(both, "mark-duplicate", duplicate_of=one["id"])
    found = (await desk.get(f"/complaints/{one['id']}/similar"))["items"]
    assert [item["id"] for item in found] == [his["id"], near["id"]]


async def test_how_far_apart_similar_complaints_may_be_is_policy(desk: Desk) -> None:
    await desk.put("/sla-policies/fast", policy(similar_days=90))
    one = await desk.file(touchpoint="hotline", received_at="2026-11-20T02:00:00Z")
    far = await desk.file(touchpoint="hotline", received_at="2026-09-01T02:00:00Z")
    found = (await desk.get(f"/complaints/{one['id']}/similar"))["items"]
    assert [item["id"] for item in found] == [far["id"]]


async def test_similar_complaints_of_none_and_of_nobody(desk: Desk, served: Service[Work]) -> None:
    alone = await desk.file()
    with statements(served) as seen:
        assert (await desk.get(f"/complaints/{alone['id']}/similar"))["items"] == []
    assert len(seen) == 2, seen  # now, the search
    await desk.get(f"/complaints/{NOBODY}/similar", status=404)


async def test_the_search_for_similar_complaints_reads_indexes_only(desk: Desk) -> None:
    filed = await desk.file(customer_id=str(new_id()), interaction_id=str(new_id()), touchpoint="hotline")
    query = str(SIMILAR).replace(":id", "$1").replace(":most", "50")
    await desk.db.execute("SET enable_seqscan = off")
    rows = await desk.db.fetch(f"EXPLAIN {query.replace('$1', repr(filed['id']) + '::uuid')}")
    plan = "\n".join(row[0] for row in rows)
    assert "Seq Scan" not in plan, plan
    for index in ("complaints_interaction", "complaints_customer", "complaints_alike"):
        assert index in plan, plan
