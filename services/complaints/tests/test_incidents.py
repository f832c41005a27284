"""Incidents over HTTP (S109-S111): the road, missed updates by timer, plans, who may declare, complaints and contacts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import generate_latest
from rapport_chassis.actor import Actor
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.cases.store.interactions import KnownInteraction, KnownInteractions
from rapport_contracts.complaints.incidents import IncidentDeclared, IncidentLinkMade, IncidentUpdateMissed
from rapport_kernel.ids import new_id
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk, ago, moment

NOBODY = "018f0000-0000-7000-8000-000000000000"
STEPS = ("team", "frontline", "notice", "fallback", "all-clear")

ON_REPORT = ["classify", "dismiss", "link-complaint", "unlink-complaint"]


async def report(desk: Desk, **changes: Any) -> dict[str, Any]:
    body = {"incident_type": "equipment-failure", "touchpoints": ["hotline"], "note": "Callers hear nothing.", **changes}
    return await desk.post("/incidents", body, 201)


async def move(desk: Desk, incident: dict[str, Any], action: str, status: int = 200, **body: Any) -> dict[str, Any]:
    return await desk.post(f"/incidents/{incident['id']}:{action}", body, status)


async def declared(desk: Desk, level: int = 2, at: str | None = None, **changes: Any) -> dict[str, Any]:
    when = {} if at is None else {"at": at}
    incident = await report(desk, **changes, **when)
    await move(desk, incident, "classify", level=level, **when)
    return await move(desk, incident, "declare", **when)


async def test_an_incident_from_the_report_to_its_closing(desk: Desk) -> None:
    incident = await report(desk, began_at=ago(30))
    assert (incident["state"], incident["allowed"]) == ("reported", ON_REPORT)
    assert incident["number"].startswith("I20")
    incident = await move(desk, incident, "classify", level=2)
    incident = await move(desk, incident, "declare", note="Told the board.")
    assert incident["policy_version"] == 1
    assert moment(incident["next_update_at"]) - moment(incident["declared_at"]) == timedelta(minutes=60)
    incident = await move(desk, incident, "activate-plan", plan="general")
    assert [step["code"] for step in incident["checklist"]] == list(STEPS)
    incident = await move(desk, incident, "complete-step", step="team")
    assert incident["checklist"][0]["done_by"] == "person:clerk-1"
    incident = await move(desk, incident, "update", note="Half of the lines work.", touchpoints=["hotline", "ivr"])
    assert (incident["updates"], incident["touchpoints"]) == (1, ["hotline", "ivr"])
    incident = await move(desk, incident, "change-level", level=1, reason="all-lines-down")
    assert incident["update_minutes"] == 30
    for action, body in (
        ("contain", {}),
        ("restore", {}),
        ("review", {"cause": "ageing-equipment", "note": "Replace after eight years."}),
    ):
        incident = await move(desk, incident, action, **body)
    assert incident["next_update_at"] is None
    refused = await move(desk, incident, "close", 409)
    assert refused["code"] == "checklist-incomplete"
    assert "all-clear" in refused["detail"]
    for step in STEPS[1:]:
        await move(desk, incident, "complete-step", step=step)
    assert (await move(desk, incident, "close"))["state"] == "closed"
    names = [name for name in await desk.names() if not name.startswith("incident-step")]
    assert names == [
        *("incident.reported", "incident.classified", "incident.declared", "emergency-plan.activated"),
        *("incident.updated", "incident-level.changed", "incident.contained", "incident.restored"),
        *("incident.reviewed", "incident.closed"),
    ]
    assert await desk.db.fetchval("SELECT count(*) FROM timers WHERE kind = 'incident.watch'") == 0


async def test_what_happened_stands_in_the_history_and_its_words_are_sealed(
    desk: Desk, served: Service[Work], tokens: TokenMaker
) -> None:
    incident = await declared(desk)
    items = (await desk.get(f"/incidents/{incident['id']}/history"))["items"]
    assert [item["move"] for item in items] == ["report", "classify", "declare"]
    assert items[0]["note"] == "Callers hear nothing."
    sealed = await desk.db.fetchval("SELECT note FROM history WHERE note IS NOT NULL")
    assert b"Callers" not in sealed
    rows = await desk.db.fetch("SELECT action FROM audit WHERE subject = $1 ORDER BY seq", f"incident:{incident['id']}")
    assert [row["action"].split(".")[1] for row in rows] == ["report", "classify", "declare", "history-read"]
    assert (await desk.get(f"/incidents/{incident['id']}/history:verify"))["intact"]
    async with client_of(served.asgi, headers=tokens.bearer("complaints:read", level=1)) as low:
        answer = await low.get(f"/complaints/v1/incidents/{incident['id']}/history")
    assert [item["note"] for item in answer.json()["items"]] == [None, None, None]


async def test_a_missed_update_is_said_by_timer_at_its_exact_due_time(desk: Desk, served: Service[Work]) -> None:
    incident = await declared(desk, level=1, at=ago(75))
    await desk.facts()
    await desk.fire()
    said = [fact for fact in await desk.facts() if isinstance(fact, IncidentUpdateMissed)]
    start = moment(incident["declared_at"])
    assert [fact.due_at for fact in said] == [start + timedelta(minutes=30), start + timedelta(minutes=60)]
    assert await desk.fire() == 0
    shown = await desk.get(f"/incidents/{incident['id']}")
    assert (shown["missed_updates"], moment(shown["next_update_at"])) == (2, start + timedelta(minutes=90))
    due = await desk.db.fetchval("SELECT due FROM timers WHERE kind = 'incident.watch'")
    assert due == start + timedelta(minutes=90)
    (alarm,) = [loop for loop in served.loops if loop.name == "late-updates"]
    async with served.works(Actor.system("test")) as work:
        await alarm.round(work)
    assert b'rapport_complaints_incidents_without_update{service="complaints"} 1.0' in generate_latest(
        served.metrics.registry
    )
    told = await move(desk, incident, "update", note="Still down.")
    assert (told["missed_in_a_row"], told["missed_updates"]) == (0, 2)
    async with served.works(Actor.system("test")) as work:
        await alarm.round(work)
    assert b'rapport_complaints_incidents_without_update{service="complaints"} 0.0' in generate_latest(
        served.metrics.registry
    )


async def test_who_may_declare_follows_the_policy(desk: Desk, served: Service[Work], tokens: TokenMaker) -> None:
    incident = await report(desk)
    await move(desk, incident, "classify", level=1)
    path = f"/complaints/v1/incidents/{incident['id']}:declare"
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, level=2)) as clerk:
        refused = await clerk.post(path, json={})
        assert (refused.status_code, refused.json()["code"]) == (403, "authority-too-low")
        policy = (await desk.get("/emergency-policies/standard"))["body"]
        policy["levels"][0] = {**policy["levels"][0], "authority": 2, "update_minutes": 10, "hold_surveys": False}
        assert (await desk.put("/emergency-policies/standard", policy))["version"] == 2
        answer = await clerk.post(path, json={})
    assert (answer.status_code, answer.json()["policy_version"]) == (200, 2)
    assert (answer.json()["update_minutes"], answer.json()["holds_surveys"]) == (10, False)
    said = [fact for fact in await desk.facts() if isinstance(fact, IncidentDeclared)]
    assert [(fact.holds_surveys, fact.touchpoints) for fact in said] == [(False, ["hotline"])]


async def test_plans_are_versions_and_an_incident_keeps_the_checklist_that_it_began_with(desk: Desk) -> None:
    step = {"code": "call", "text": "Call.", "role": "lead", "within_minutes": 5}
    plan = {"name": "Lines down", "types": ["equipment-failure"], "levels": [2], "steps": [step]}
    assert (await desk.put("/emergency-plans/lines-down", plan))["version"] == 1
    first = await move(desk, await declared(desk), "activate-plan", plan="lines-down")
    other = {**plan, "steps": [step, {**step, "code": "call-again"}]}
    assert (await desk.put("/emergency-plans/lines-down", other))["version"] == 2
    second = await move(desk, await declared(desk), "activate-plan", plan="lines-down")
    assert [len(each["checklist"]) for each in (first, second)] == [1, 2]
    assert (await desk.get(f"/incidents/{first['id']}"))["plan_version"] == 1
    assert len((await desk.get("/emergency-plans/lines-down", {"version": 1}))["body"]["steps"]) == 1
    grave = await declared(desk, level=1)
    assert (await move(desk, grave, "activate-plan", 422, plan="lines-down"))["code"] == "plan-does-not-fit"
    assert (await move(desk, grave, "activate-plan", 422, plan="nowhere"))["code"] == "unknown-plan"
    later = {**plan, "effective_from": "2099-01-01T00:00:00Z"}
    await desk.put("/emergency-plans/later", later)
    assert (await move(desk, grave, "activate-plan", 422, plan="later"))["code"] == "unknown-plan"


async def test_complaints_of_its_time_and_places_are_linked_at_filing_and_afterwards(desk: Desk) -> None:
    before = [await desk.file(touchpoint="hotline", received_at=ago(minutes)) for minutes in (200, 90, 80)]
    elsewhere = await desk.file(touchpoint="shop", received_at=ago(70))
    incident = await declared(desk, began_at=ago(100))
    await desk.facts()
    at_once = await desk.file(touchpoint="hotline", received_at=ago(1))
    said = [fact for fact in await desk.facts() if isinstance(fact, IncidentLinkMade)]
    assert [(str(fact.complaint_id), fact.automatic) for fact in said] == [(at_once["id"], True)]
    await desk.fire()
    items = (await desk.get(f"/incidents/{incident['id']}/complaints"))["items"]
    assert {item["id"] for item in items} == {before[1]["id"], before[2]["id"], at_once["id"]}
    said = [fact for fact in await desk.facts() if isinstance(fact, IncidentLinkMade)]
    assert {str(fact.complaint_id) for fact in said} == {before[1]["id"], before[2]["id"]}
    await move(desk, incident, "update", note="The shop, too.", touchpoints=["hotline", "shop"])
    await desk.fire()
    items = (await desk.get(f"/incidents/{incident['id']}/complaints"))["items"]
    assert elsewhere["id"] in {item["id"] for item in items}
    assert all(item["automatic"] for item in items)


async def test_nothing_is_linked_before_the_declaration_or_after_the_restoration_or_to_an_incident_without_places(
    desk: Desk,
) -> None:
    await report(desk)
    await declared(desk, touchpoints=[])
    over = await declared(desk, at=ago(50))
    for action, body in (("activate-plan", {"plan": "general"}), ("contain", {}), ("restore", {})):
        over = await move(desk, over, action, at=ago(40), **body)
    late = await desk.file(touchpoint="hotline", received_at=ago(45))
    await desk.file(touchpoint="hotline", received_at=ago(20))
    await desk.fire()
    rows = await desk.db.fetch("SELECT incident_id, complaint_id FROM incident_complaints")
    assert [(str(row["incident_id"]), str(row["complaint_id"])) for row in rows] == [(over["id"], late["id"])]


async def test_by_hand_a_complaint_is_put_in_and_taken_out_for_good(desk: Desk) -> None:
    incident = await declared(desk, categories=["billing"])
    filed = await desk.file(category="delivery")
    await move(desk, incident, "link-complaint", complaint_id=filed["id"], reason="same-outage")
    again = await move(desk, incident, "link-complaint", 409, complaint_id=filed["id"])
    assert again["code"] == "linked"
    (item,) = (await desk.get(f"/incidents/{incident['id']}/complaints"))["items"]
    assert (item["id"], item["automatic"], item["linked_by"]) == (filed["id"], False, "person:clerk-1")
    inside = await desk.file(category="billing", touchpoint="hotline", received_at=ago(0))
    await move(desk, incident, "unlink-complaint", complaint_id=inside["id"])
    twice = await move(desk, incident, "unlink-complaint", 409, complaint_id=inside["id"])
    assert twice["code"] == "not-linked"
    await move(desk, incident, "update", note="More.", touchpoints=["hotline", "ivr"])
    await desk.fire()
    items = (await desk.get(f"/incidents/{incident['id']}/complaints"))["items"]
    assert [item["id"] for item in items] == [filed["id"]]
    names = await desk.names()
    assert (names.count("incident-link.made"), names.count("incident-link.removed")) == (2, 1)
    unknown = await move(desk, incident, "link-complaint", 422, complaint_id=NOBODY)
    assert unknown["code"] == "unknown-complaint"
    nothing = await report(desk)
    await move(desk, nothing, "dismiss", reason="test-call")
    refused = await move(desk, nothing, "link-complaint", 409, complaint_id=filed["id"])
    assert refused["code"] == "dismissed"


async def test_contacts_at_its_touchpoints_in_its_time_are_listed(desk: Desk, served: Service[Work]) -> None:
    incident = await declared(desk, began_at=ago(60))
    cases = [("hotline", 10), ("hotline", 90), ("shop", 10), ("hotline", 30)]
    known = [
        KnownInteraction(new_id(), 1, touchpoint=place, channel="phone", started_at=moment(ago(minutes)))
        for place, minutes in cases
    ]
    async with served.works(Actor.system("test")) as work:
        await work.store(KnownInteractions).put(known)
    items = (await desk.get(f"/incidents/{incident['id']}/interactions"))["items"]
    assert [item["interaction_id"] for item in items] == [str(known[0].interaction_id), str(known[3].interaction_id)]
    page = await desk.get(f"/incidents/{incident['id']}/interactions", {"limit": 1})
    rest = await desk.get(f"/incidents/{incident['id']}/interactions", {"limit": 1, "after": page["next"]})
    assert rest["items"][0]["interaction_id"] == str(known[3].interaction_id)


async def test_the_list_filters_sorts_and_pages(desk: Desk) -> None:
    quiet = await report(desk, incident_type="other")
    grave = await declared(desk, level=1)
    light = await declared(desk, level=2, touchpoints=["shop"])
    for query, expected in [
        ({}, {quiet["id"], grave["id"], light["id"]}),
        ({"state": "declared"}, {grave["id"], light["id"]}),
        ({"level": 1}, {grave["id"]}),
        ({"incident_type": "other"}, {quiet["id"]}),
        ({"touchpoint": "shop"}, {light["id"]}),
        ({"emergency": "true"}, {grave["id"], light["id"]}),
        ({"emergency": "false"}, {quiet["id"]}),
        ({"to": ago(60)}, set()),
        ({"from": ago(60)}, {quiet["id"], grave["id"], light["id"]}),
    ]:
        assert {item["id"] for item in (await desk.get("/incidents", query))["items"]} == expected, query
    first = await desk.get("/incidents", {"sort": "number", "limit": 2})
    rest = await desk.get("/incidents", {"sort": "number", "limit": 2, "after": first["next"]})
    assert [item["id"] for item in first["items"] + rest["items"]] == [quiet["id"], grave["id"], light["id"]]
    await desk.get("/incidents", {"sort": "level"}, status=422)
    await desk.get("/incidents", {"level": 0}, status=422)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"incident_type": "alien-landing"}, "unknown-incident-type"),
        ({"began_at": "2099-01-01T00:00:00Z"}, "in-the-future"),
        ({"at": "2099-01-01T00:00:00Z"}, "in-the-future"),
        ({"began_at": "1999-01-01T00:00:00Z"}, "too-long-ago"),
    ],
)
async def test_what_cannot_be_is_not_reported(desk: Desk, changes: dict[str, Any], code: str) -> None:
    body = {"incident_type": "other", **changes}
    assert (await desk.post("/incidents", body, 422))["code"] == code
    assert (await desk.get("/incidents"))["items"] == []


async def test_a_type_that_is_out_of_use_is_not_reported_and_a_new_one_is(desk: Desk) -> None:
    await desk.put("/incident-types/power-cut", {"name": "Power cut"})
    await report(desk, incident_type="power-cut")
    await desk.put("/incident-types/power-cut", {"name": "Power cut", "in_use": False})
    refused = await desk.post("/incidents", {"incident_type": "power-cut"}, 422)
    assert refused["code"] == "unknown-incident-type"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/emergency-plans/x", {"name": "x", "steps": []}),
        ("/emergency-plans/x", {"name": "x", "steps": [{"code": "a", "text": "t", "role": "r"}] * 2}),
        ("/emergency-plans/x", {"name": "x", "steps": [{"code": "a", "text": "t", "role": "r", "within_minutes": 0}]}),
        ("/emergency-policies/standard", {"name": "x", "levels": []}),
        ("/emergency-policies/standard", {"name": "x", "levels": [{"level": 0, "name": "x", "update_minutes": 1}]}),
        ("/incident-types/x", {"name": ""}),
    ],
)
async def test_data_that_cannot_be_is_refused(desk: Desk, path: str, body: dict[str, Any]) -> None:
    await desk.put(path, body, 422)


async def test_there_is_one_emergency_policy(desk: Desk) -> None:
    policy = (await desk.get("/emergency-policies/standard"))["body"]
    await desk.put("/emergency-policies/another", policy, 404)


async def test_refused_moves_say_what_is_allowed_and_stale_versions_are_refused(desk: Desk) -> None:
    incident = await report(desk)
    refused = await move(desk, incident, "declare", 409)
    assert (refused["state"], refused["allowed"]) == ("reported", ON_REPORT)
    assert (await move(desk, incident, "classify", 422, level=5))["code"] == "unknown-level"
    stale = {"If-Match": '"99"'}
    path = f"/complaints/v1/incidents/{incident['id']}:classify"
    assert (await desk.http.post(path, json={"level": 2}, headers=stale)).status_code == 412
    once = {"Idempotency-Key": "incident-once"}
    body = {"incident_type": "other"}
    answers = [await desk.http.post("/complaints/v1/incidents", json=body, headers=once) for _ in range(2)]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    for path in (f"/incidents/{NOBODY}", f"/incidents/{NOBODY}/history", f"/incidents/{NOBODY}/complaints"):
        await desk.get(path, status=404)
    await desk.get(f"/incidents/{NOBODY}/interactions", status=404)


async def test_without_the_scope_nothing_is_done(desk: Desk, served: Service[Work], tokens: TokenMaker) -> None:
    incident = await report(desk)
    path = f"/complaints/v1/incidents/{incident['id']}:classify"
    async with client_of(served.asgi, headers=tokens.bearer("complaints:report")) as seer:
        assert (await seer.post("/complaints/v1/incidents", json={"incident_type": "other"})).status_code == 201
        assert (await seer.post(path, json={"level": 2})).status_code == 403


@pytest.mark.parametrize("many", [1, 12])
async def test_the_past_is_linked_in_few_statements_whatever_its_number_and_lists_are_one(
    desk: Desk, served: Service[Work], many: int
) -> None:
    for _ in range(many):
        await desk.file(touchpoint="hotline", received_at=ago(5))
    await desk.fire()  # the ladder, which is none of this
    incident = await declared(desk, began_at=ago(10))
    await desk.facts()
    with statements(served) as seen:
        await desk.fire()
    assert len([sql for sql in seen if "incident_complaints" in sql]) == 2
    polls = ("SELECT now()", "DELETE FROM timers")
    assert len([sql for sql in seen if not sql.startswith(polls)]) <= 13, seen
    assert (await desk.names()).count("incident-link.made") == many
    for path, most in (("/incidents", 2), (f"/incidents/{incident['id']}/complaints", 3)):
        with statements(served) as seen:
            await desk.get(path)
        assert len(seen) <= most, seen


async def test_a_drill_from_the_plan_to_its_closing(desk: Desk) -> None:
    drill = await desk.post("/drills", {"plan": "general", "planned_for": "2026-12-10T01:00:00Z"}, 201)
    path = f"/drills/{drill['id']}"
    assert (drill["state"], drill["plan_version"]) == ("planned", 1)
    refused = await desk.post(f"{path}:record-gaps", {"gaps": []}, 409)
    assert refused["allowed"] == ["hold", "cancel"]
    await desk.post(f"{path}:hold", {"participants": 12, "note": "The team stood after nine minutes."}, 200)
    gap = {"code": "no-second-line", "owner": "unit-network", "due_at": "2099-01-31T10:00:00.000000Z"}
    drill = await desk.post(f"{path}:record-gaps", {"gaps": [gap]}, 200)
    assert drill["gaps"] == [{**gap, "closed_at": None}]
    assert (await desk.post(f"{path}:close", {}, 409))["code"] == "gaps-open"
    await desk.post(f"{path}:close-gap", {"gap": "no-second-line"}, 200)
    assert (await desk.post(f"{path}:close", {}, 200))["state"] == "closed"
    assert [item["move"] for item in (await desk.get(f"{path}/history"))["items"]] == [
        *("plan", "hold", "record-gaps", "close-gap", "close"),
    ]
    assert await desk.names() == [
        *("drill.planned", "drill.held", "drill-gaps.recorded", "drill-gap.closed", "drill.closed"),
    ]
    off = await desk.post("/drills", {"plan": "general", "planned_for": "2027-12-10T01:00:00Z"}, 201)
    await desk.post(f"/drills/{off['id']}:cancel", {"reason": "real-incident"}, 200)
    assert [item["id"] for item in (await desk.get("/drills"))["items"]] == [off["id"], drill["id"]]
    assert [item["id"] for item in (await desk.get("/drills", {"state": "closed"}))["items"]] == [drill["id"]]
    assert (await desk.get("/drills", {"to": "2027-01-01T00:00:00Z", "plan": "general"}))["items"][0]["id"] == drill["id"]
    unknown = await desk.post("/drills", {"plan": "nowhere", "planned_for": "2026-12-10T01:00:00Z"}, 422)
    assert unknown["code"] == "unknown-plan"
    await desk.get(f"/drills/{NOBODY}", status=404)
