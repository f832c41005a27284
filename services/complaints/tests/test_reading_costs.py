"""What each page that can be read costs in SQL statements: every GET route that is published has a bound, and keeps it
whatever the number of things (DONE 11)."""

from __future__ import annotations

import re
from typing import Any

import pytest_asyncio
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_kernel.ids import new_id
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk

MANY = 4
API = "/complaints/v1"
PLAIN = 2
"""The time, and one statement: what every page costs that is not named here."""
BOUNDS = {
    "/complaints/health/live": 0,
    f"{API}/letter-templates:variables": 0,
    f"{API}/policy-packs": 0,
    f"{API}/policy-packs/{{code}}": 0,
    f"{API}/state-machines": 0,
    f"{API}/state-machines/{{name}}": 0,
    # whose it is, and another table beside it
    f"{API}/complaints/{{complaint_id}}/clocks": 3,
    f"{API}/complaints/{{complaint_id}}/root-cause": 3,
    f"{API}/drills/{{drill_id}}/history": 3,
    f"{API}/incidents/{{incident_id}}/complaints": 3,
    f"{API}/incidents/{{incident_id}}/interactions": 3,
    f"{API}/recovery-cases/{{recovery_id}}": 3,
    f"{API}/win-backs/{{win_back_id}}/history": 5,
    f"{API}/parked/{{message_id}}": 3,
    # the policy that says how many a figure needs
    f"{API}/recovery-cases/effect": 3,
    f"{API}/repairs/stats": 3,
    f"{API}/recurrence-rate": 3,
    f"{API}/silent-dissatisfaction": 3,
    f"{API}/recovery-cases/stats": 4,
    f"{API}/stats": 5,
    f"{API}/changes/{{change_id}}/effect": 4,
    f"{API}/compensation-budgets/{{code}}/standing": 3,
    f"{API}/back-tests/{{back_test_id}}/changes": 3,
    # words: the key of the customer, and who read them
    f"{API}/complaints/{{complaint_id}}": 5,
    f"{API}/complaints/{{complaint_id}}/attachments": 4,
    f"{API}/complaints/{{complaint_id}}/communications": 4,
    f"{API}/complaints/{{complaint_id}}/history": 4,
    f"{API}/complaints/{{complaint_id}}/investigation": 4,
    f"{API}/complaints/{{complaint_id}}/letters": 4,
    f"{API}/complaints/{{complaint_id}}/letters/{{letter_id}}": 5,
    f"{API}/complaints/{{complaint_id}}/letters/{{letter_id}}/text": 5,
    f"{API}/recovery-cases/{{recovery_id}}/compensations": 4,
    f"{API}/recovery-cases/{{recovery_id}}/history": 6,
    f"{API}/changes/{{change_id}}/history": 5,
    f"{API}/incidents/{{incident_id}}/history": 5,
    f"{API}/repairs/{{repair_id}}/history": 5,
    f"{API}/major-cases/{{case_id}}/history": 3,
    # whose it is, its rows, the head of the chain, the audit rows of these, the keys of its notes, and who verified it
    f"{API}/changes/{{change_id}}/history:verify": 7,
    f"{API}/drills/{{drill_id}}/history:verify": 7,
    f"{API}/incidents/{{incident_id}}/history:verify": 7,
    f"{API}/major-cases/{{case_id}}/history:verify": 7,
    f"{API}/recovery-cases/{{recovery_id}}/history:verify": 8,
    f"{API}/repairs/{{repair_id}}/history:verify": 7,
    f"{API}/win-backs/{{win_back_id}}/history:verify": 7,
    # the complaint, its clock, its policy and calendar
    f"{API}/complaints/{{complaint_id}}/clocks/{{clock_id}}:explain": 4,
    # everything about a complaint, once each
    f"{API}/complaints/{{complaint_id}}/dossier:verify": 9,
    f"{API}/complaints/{{complaint_id}}/dossier": 15,
    f"{API}/complaints/{{complaint_id}}/dossier.pdf": 15,
}
REFUSED = {
    f"{API}/f/{{token}}": 404,  # a customer's links: their own tests
    f"{API}/s/{{token}}": 404,
    f"{API}/complaints/{{complaint_id}}/root-cause": 404,
    f"{API}/changes/{{change_id}}/effect": 409,
    f"{API}/parked/{{message_id}}": 404,
    f"{API}/customer-links/{{link_id}}": 404,
    f"{API}/complaints/{{complaint_id}}/letters/{{letter_id}}": 404,
    f"{API}/complaints/{{complaint_id}}/letters/{{letter_id}}/text": 404,
    f"{API}/staff/{{staff_id}}": 404,
    f"{API}/handling-guides/{{code}}": 404,
    f"{API}/letter-templates/{{code}}": 404,
}
"""Pages of what is not there in this test: what a refusal costs."""
CODES = {
    "calendars": "cn",
    "emergency-plans": "general",
    "vendors": "v-1",
    "incident-types": "equipment-failure",
    "policy-packs": "cn-regulator",
    "compensation-budgets": "north",
}
ASKED = {f"{API}/repairs/stats": {"group_by": "category"}}


@pytest_asyncio.fixture
async def world(desk: Desk) -> dict[str, str]:
    """Some of everything that has an id, by the name of the parameter."""
    customer = str(new_id())
    await desk.put("/vendors/v-1", {})
    budget = {"name": "x", "currency": "CNY", "amount": "1000.00", "period": "year", "unit": "north"}
    await desk.put("/compensation-budgets/north", budget)
    for _ in range(MANY):
        filed = await desk.until("assigned", customer_id=customer, subject_unit="north")
        await desk.act(filed, "mark-major", reason="press")
        case = await desk.post("/recovery-cases", {"complaint_id": filed["id"], "failure": "late", "note": "Four days."})
        refund = {"remedies": [{"kind": "refund", "amount": "9.00", "currency": "CNY"}], "reason": "late"}
        await desk.post(f"/recovery-cases/{case['id']}:propose", refund, 200)
        incident = await desk.post("/incidents", {"incident_type": "equipment-failure", "note": "Nothing is heard."})
        drill = await desk.post("/drills", {"plan": "general", "planned_for": "2026-12-10T01:00:00Z"})
        repair = await desk.post("/repairs", {"category": "water", "note": "It drips.", "complaint_id": filed["id"]})
        change = {"dimension": "category", "group": "delivery", "owner": "unit-a", "note": "Never scanned."}
        change = await desk.post("/changes", {**change, "complaints": [filed["id"]]})
    await desk.fire()
    period = {"received_from": "2026-11-01T00:00:00Z", "received_before": "2026-12-01T00:00:00Z"}
    test = await desk.post("/sla-policies/standard:back-test", {**period, "pack": "internal-strict"}, 202)
    await desk.fire()
    return {
        "complaint_id": filed["id"], "recovery_id": case["id"], "incident_id": incident["id"], "drill_id": drill["id"],
        "repair_id": repair["id"], "change_id": change["id"], "back_test_id": test["id"], "name": "complaint",
        "win_back_id": (await desk.get("/win-backs"))["items"][0]["id"],
        "case_id": (await desk.get("/major-cases"))["items"][0]["id"],
        "compensation_id": (await desk.get("/compensations"))["items"][0]["id"],
        "clock_id": next(iter((await desk.clocks(filed)).values()))["id"],
        "message_id": "1", "letter_id": str(new_id()), "link_id": str(new_id()), "kind": "categories", "token": "x" * 43,
        "staff_id": "nobody",
    }  # fmt: skip


def streams(operation: dict[str, Any]) -> bool:
    """Whether its answer goes on as long as somebody listens: it comes from the log, and is no page."""
    return "text/event-stream" in operation["responses"]["200"].get("content", {})


async def test_every_page_costs_what_it_may_and_no_more(
    desk: Desk, served: Service[Work], tokens: TokenMaker, world: dict[str, str]
) -> None:
    document = (await desk.http.get("/complaints/openapi.json")).json()
    paths = [path for path, verbs in document["paths"].items() if "get" in verbs and not streams(verbs["get"])]
    assert len(paths) > 90
    assert set(BOUNDS) | set(REFUSED) <= set(paths), "a bound for a page that is not there"
    scopes = {each["get"]["x-scope"] for each in document["paths"].values() if "x-scope" in each.get("get", {})}
    dear, answers = {}, {}
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, *scopes)) as reader:
        for path in paths:
            code = CODES.get(path.removeprefix(f"{API}/").split("/")[0], "standard")
            url = re.sub(r"{(\w+)}", lambda found, code=code: world.get(found[1], code), path)
            with statements(served) as seen:
                answer = await reader.get(url, params=ASKED.get(path))
            if answer.status_code != REFUSED.get(path, 200):
                answers[path] = answer.status_code, answer.text[:200]
            named = sum("FROM staff_names" in each for each in seen)  # of all people on a page at once
            if named > 1 or len(seen) - named > BOUNDS.get(path, PLAIN):
                dear[path] = seen
    assert answers == {}
    assert dear == {}
