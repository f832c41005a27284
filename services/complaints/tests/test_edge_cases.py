"""Cases that other systems learnt the hard way, over HTTP."""

from __future__ import annotations

from typing import Any

from prometheus_client import generate_latest
from rapport_chassis.actor import Actor
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.cases.store.tables import count_untargeted
from rapport_contracts.complaints.clocks import ComplaintUntargeted

from .desk import Desk, at, utc

NINE_TO_FIVE: dict[str, Any] = {
    "name": "Nine to five",
    "zone": "Asia/Shanghai",
    "week": {day: [{"opens": "09:00", "closes": "17:00"}] for day in ("mon", "tue", "wed", "thu", "fri")},
}


INTO_INVESTIGATION: list[tuple[str, dict[str, Any]]] = [
    ("acknowledge", {"method": "phone"}),
    ("assess", {"severity": "low"}),
    ("assign", {"assignee": "agent-7"}),
    ("start-investigation", {}),
]


def policy(calendar: str = "cn", acknowledgement: int = 1, resolution: int = 20, **more: Any) -> dict[str, Any]:
    rule = {
        "acknowledgement": {"amount": acknowledgement, "unit": "business_hours"},
        "resolution": {"amount": resolution, "unit": "business_hours"},
        **more.pop("rule", {}),
    }
    return {
        "name": "p",
        "calendar": calendar,
        "priority": 1,
        "effective_from": "2026-01-01T00:00:00Z",
        "rules": [rule],
        **more,
    }


async def test_an_hour_filed_on_friday_at_half_past_four_is_due_on_monday_at_half_past_nine(desk: Desk) -> None:
    await desk.put("/calendars/nine", NINE_TO_FIVE)
    await desk.put("/sla-policies/fast", policy("nine"))
    filed = await desk.file(received_at=at("2026-11-06T16:30"))
    assert (await desk.clocks(filed))["acknowledgement"]["due_at"] == utc("2026-11-09T09:30")


async def test_a_complaint_inside_the_lunch_gap_starts_its_clock_after_lunch(desk: Desk) -> None:
    await desk.put("/sla-policies/fast", policy())
    filed = await desk.file(received_at=at("2026-11-09T12:30"))
    assert (await desk.clocks(filed))["acknowledgement"]["due_at"] == utc("2026-11-09T14:30")


async def test_an_edited_calendar_reckons_running_clocks_anew_says_so_and_keeps_the_old_due_time(desk: Desk) -> None:
    await desk.put("/sla-policies/fast", policy(resolution=20))
    filed = await desk.file(received_at=at("2026-11-19T09:00"))
    before = (await desk.clocks(filed))["resolution"]
    assert before["due_at"] == utc("2026-11-23T15:30")
    await desk.fire()
    await desk.facts()

    calendar = (await desk.get("/calendars/cn"))["body"]
    calendar["holidays"]["2026-11-20"] = "typhoon"
    made = await desk.put("/calendars/cn", {**calendar, "effective_from": "2026-11-20T00:00:00+08:00"})
    assert made["version"] == 2
    await desk.fire()

    after = (await desk.clocks(filed))["resolution"]
    assert (after["due_at"], after["calendar_version"]) == (utc("2026-11-24T15:30"), 2)
    assert [(past["due_at"], past["reason"]) for past in after["past_dues"]] == [(before["due_at"], "calendar-changed")]
    moved = [fact for fact in await desk.facts() if fact.event_type == "clock.rescheduled.v1"]
    assert [fact.model_dump()["kind"] for fact in moved if fact.model_dump()["kind"] == "resolution"] == ["resolution"]
    told = await desk.get(f"/complaints/{filed['id']}/clocks/{after['id']}:explain")
    assert ("holiday", "typhoon") in [(stretch["reason"], stretch["detail"]) for stretch in told["stretches"]]


async def test_a_pause_that_begins_outside_hours_gives_no_credit_and_no_debt(desk: Desk) -> None:
    await desk.put("/sla-policies/fast", policy(resolution=10))
    filed = await desk.file(received_at=at("2026-09-30T09:00"))
    for action, body in INTO_INVESTIGATION:
        await desk.act(filed, action, at=at("2026-09-30T09:30"), **body)
    due = (await desk.clocks(filed))["resolution"]["due_at"]
    await desk.act(filed, "pause", reason="awaiting_customer", at=at("2026-10-02T10:00"))
    await desk.act(filed, "resume", at=at("2026-10-06T10:00"))
    assert (await desk.clocks(filed))["resolution"]["due_at"] == due == utc("2026-10-08T11:30")


async def test_severity_raised_while_it_waits_keeps_the_waiting_time_credited(desk: Desk) -> None:
    severe = {"severities": ["critical"]}
    body = policy(resolution=5, rule=severe)
    body["rules"].append(policy(resolution=10)["rules"][0])
    await desk.put("/sla-policies/fast", body)
    filed = await desk.file(received_at=at("2026-11-09T09:00"))
    for action, more in [*INTO_INVESTIGATION, ("pause", {"reason": "awaiting_customer"})]:
        await desk.act(filed, action, at=at("2026-11-09T10:00"), **more)
    await desk.act(filed, "assess", severity="critical", at=at("2026-11-10T10:00"))
    await desk.act(filed, "resume", at=at("2026-11-11T09:00"))
    # one of five hours was used before it waited two days
    assert (await desk.clocks(filed))["resolution"]["due_at"] == utc("2026-11-11T14:30")


async def test_what_is_done_a_minute_late_between_two_rounds_is_a_breach(desk: Desk) -> None:
    await desk.put("/sla-policies/fast", policy())
    filed = await desk.file(received_at=at("2026-11-09T09:00"))
    await desk.act(filed, "acknowledge", method="phone", at=at("2026-11-09T10:01"))
    told = (await desk.clocks(filed))["acknowledgement"]
    assert (told["breached_at"], told["in_time"]) == (utc("2026-11-09T10:00"), False)
    assert [name for name in await desk.names() if name.startswith("clock.")] == [
        "clock.started",
        "clock.started",
        "clock.warned",
        "clock.breached",
        "clock.met",
    ]


async def test_a_withdrawn_complaint_never_escalates(desk: Desk) -> None:
    filed = await desk.file(received_at=at("2026-11-20T10:00"))
    await desk.act(filed, "withdraw", reason="settled", at=at("2026-11-20T10:30"))
    assert await desk.db.fetchval("SELECT count(*) FROM timers WHERE kind = 'clock.look'") == 0
    await desk.facts()
    await desk.fire()
    assert await desk.names() == []


async def test_a_complaint_that_no_policy_matches_is_flagged_and_counted_as_an_alarm(
    desk: Desk, served: Service[Work]
) -> None:
    letters = policy(rule={"channels": ["letter"]})
    await desk.put("/sla-policies/standard", letters)
    filed = await desk.file()
    assert filed["flags"] == ["no-target"]
    (alarm,) = [fact for fact in await desk.facts() if isinstance(fact, ComplaintUntargeted)]
    assert (str(alarm.complaint_id), alarm.episode, alarm.channel) == (filed["id"], 1, "phone")
    assert (await desk.clocks(filed)) == {}
    assert [item["id"] for item in (await desk.get("/complaints", {"flag": "no-target"}))["items"]] == [filed["id"]]
    assert (await desk.get("/stats"))["without_target"]["value"] == 1
    looked = next(loop for loop in served.loops if loop.name == "no-target")
    async with served.works(Actor.system("test")) as work:
        assert await count_untargeted(work) == 1
        await looked.round(work)
    assert b'rapport_complaints_without_target{service="complaints"} 1.0' in generate_latest(served.metrics.registry)

    await desk.put("/sla-policies/standard", policy())
    await desk.act(filed, "acknowledge", method="phone")
    assessed = await desk.act(filed, "assess", severity="low")
    assert assessed["flags"] == []
    assert set(await desk.clocks(filed)) == {"resolution"}


async def test_the_subject_of_a_complaint_is_not_assigned_and_the_attempt_is_published_and_audited(desk: Desk) -> None:
    filed = await desk.until("assessed", subject_staff=["agent-9"])
    await desk.facts()
    refused = await desk.act(filed, "assign", status=409, assignee="agent-9")
    assert refused["code"] == "conflict-of-interest"
    assert await desk.names() == ["conflict-of-interest.blocked"]
    past = (await desk.get(f"/complaints/{filed['id']}/history"))["items"]
    assert (past[-1]["move"], past[-1]["detail"]) == ("conflict-of-interest", {"staff": "agent-9"})
    shown = await desk.get(f"/complaints/{filed['id']}")
    assert (shown["state"], shown["assignee"]) == ("assessed", None)
    assert (await desk.act(filed, "assign", assignee="agent-8"))["assignee"] == "agent-8"


async def test_reopening_after_the_grace_says_to_file_a_new_complaint(desk: Desk) -> None:
    await desk.put("/sla-policies/fast", policy(reopen_grace_days=0))
    filed = await desk.until("closed")
    refused = await desk.act(filed, "reopen", status=409, reason="again")
    assert refused["code"] == "reopen-too-late"
    assert "recurrence_of" in refused["detail"]


async def test_a_reopened_complaint_that_gets_a_target_late_counts_from_the_reopening(desk: Desk) -> None:
    closed = await desk.until("closed", received_at=at("2026-11-09T09:00"))
    await desk.put("/sla-policies/standard", policy(rule={"channels": ["letter"]}))
    await desk.facts()
    again = await desk.act(closed, "reopen", reason="again")
    assert again["flags"] == ["no-target"]
    assert [fact.episode for fact in await desk.facts() if isinstance(fact, ComplaintUntargeted)] == [2]
    await desk.put("/sla-policies/standard", policy())
    await desk.act(closed, "acknowledge", method="phone")
    await desk.act(closed, "assess", severity="low")
    reopened = next(
        past for past in (await desk.get(f"/complaints/{closed['id']}/history"))["items"] if past["move"] == "reopen"
    )
    (late,) = [clock for clock in (await desk.get(f"/complaints/{closed['id']}/clocks"))["items"] if clock["episode"] == 2]
    assert (late["kind"], late["started_at"]) == ("resolution", reopened["at"])


async def test_looking_at_a_complaint_does_not_change_its_version(desk: Desk) -> None:
    filed = await desk.file()
    for _ in range(2):
        assert (await desk.get(f"/complaints/{filed['id']}"))["version"] == filed["version"]


async def test_reopening_starts_new_clocks_and_leaves_the_first_resolution_as_it_was(desk: Desk) -> None:
    closed = await desk.until("closed")
    again = await desk.act(closed, "reopen", reason="again")
    assert (again["episode"], again["first_resolved_at"], again["resolved_at"]) == (2, closed["first_resolved_at"], None)
    clocks = (await desk.get(f"/complaints/{closed['id']}/clocks"))["items"]
    assert [(clock["episode"], clock["kind"], clock["state"]) for clock in clocks] == [
        (1, "acknowledgement", "met"),
        (1, "resolution", "met"),
        (2, "acknowledgement", "running"),
        (2, "resolution", "running"),
    ]
    reopened = (await desk.get(f"/complaints/{closed['id']}/history"))["items"][-1]["at"]
    assert {clock["started_at"] for clock in clocks[2:]} == {reopened}
    assert clocks[0]["ended_at"] == closed["acknowledged_at"]
