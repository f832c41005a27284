"""One complaint through every state over HTTP, with both clocks counted by hand.

The national holiday of 2026, office hours 09:00-12:00 and 13:30-18:00 in Shanghai: Wednesday 30 September works, 1-7 October
rest (holiday and a weekend), Thursday 8 and Friday 9 work, Saturday 10 makes up, Sunday 11 rests, Monday 12 works.
"""

from __future__ import annotations

from typing import Any

from rapport_complaints.cases.domain.life import APPEALS, STATES

from .desk import Desk, at, utc
from .making import ASIDE, STEPS

HOUR = 3600
PARCELS: dict[str, Any] = {
    "name": "Parcels",
    "calendar": "cn",
    "priority": 1,
    "effective_from": "2026-09-01T00:00:00+08:00",
    "rules": [
        {
            "categories": ["parcel"],
            "acknowledgement": {"amount": 1, "unit": "business_days"},
            "resolution": {"amount": 3, "unit": "business_days"},
        }
    ],
}


async def filed_before_the_holiday(desk: Desk) -> dict[str, Any]:
    await desk.put("/sla-policies/parcels", PARCELS)
    return await desk.file(received_at=at("2026-09-30T17:00"), category="parcel")


async def investigated_on_friday(desk: Desk) -> dict[str, Any]:
    filed = await filed_before_the_holiday(desk)
    await desk.act(filed, "acknowledge", method="phone", at=at("2026-10-08T16:59"))
    await desk.act(filed, "assess", severity="medium", at=at("2026-10-08T17:10"))
    await desk.act(filed, "assign", assignee="agent-7", at=at("2026-10-08T17:20"))
    return await desk.act(filed, "start-investigation", at=at("2026-10-09T09:00"))


async def test_both_clocks_of_a_week_with_holiday_make_up_day_lunch_and_pause_agree_with_a_count_by_hand(desk: Desk) -> None:
    filed = await investigated_on_friday(desk)
    clocks = await desk.clocks(filed)

    # acknowledgement, 7.5 h: one hour on Wednesday, on Thursday 3 h before lunch, 3.5 h after it; warned at 6 h
    acknowledged = clocks["acknowledgement"]
    assert acknowledged["due_at"] == utc("2026-10-08T17:00")
    assert acknowledged["warn_at"] == acknowledged["warned_at"] == utc("2026-10-08T15:30")
    assert (acknowledged["state"], acknowledged["in_time"]) == ("met", True)

    # resolution, 22.5 h: 1 on Wednesday, 7.5 on Thursday, 7.5 on Friday, 6.5 on the make-up Saturday
    assert clocks["resolution"]["due_at"] == utc("2026-10-10T17:00")

    # the pause takes 5.5 h of Friday and 1.5 h of Saturday
    await desk.act(filed, "pause", reason="awaiting_customer", at=at("2026-10-09T11:00"))
    paused = (await desk.clocks(filed))["resolution"]
    assert (paused["state"], paused["due_at"]) == ("paused", None)
    await desk.act(filed, "resume", at=at("2026-10-10T10:30"))
    # 10.5 h were used before it; the other 12: 6 on Saturday, Sunday rests, 6 on Monday
    resumed = (await desk.clocks(filed))["resolution"]
    assert resumed["due_at"] == utc("2026-10-12T16:30")
    assert [past["due_at"] for past in resumed["past_dues"]] == [utc("2026-10-10T17:00")]

    await desk.act(filed, "set-root-cause", cause="process", latent_risk=True, at=at("2026-10-12T10:00"))
    await desk.act(filed, "propose", remedy="refund", note="We refund.", at=at("2026-10-12T11:00"))
    await desk.act(filed, "record-decision", accepted=True, at=at("2026-10-12T16:00"))

    told = await desk.get(f"/complaints/{filed['id']}/clocks/{resumed['id']}:explain")
    assert (told["clock"]["state"], told["clock"]["in_time"]) == ("met", True)
    assert told["target_seconds"] == 22.5 * HOUR
    assert told["elapsed_seconds"] == 22 * HOUR
    assert [(s["start"], s["counted"], s["reason"]) for s in told["stretches"]] == [
        (utc("2026-09-30T17:00"), True, "working-time"),
        (utc("2026-09-30T18:00"), False, "outside-hours"),
        (utc("2026-10-01T00:00"), False, "holiday"),
        (utc("2026-10-04T00:00"), False, "weekend"),
        (utc("2026-10-05T00:00"), False, "holiday"),
        (utc("2026-10-06T00:00"), False, "holiday"),
        (utc("2026-10-07T00:00"), False, "holiday"),
        (utc("2026-10-08T00:00"), False, "outside-hours"),
        (utc("2026-10-08T09:00"), True, "working-time"),
        (utc("2026-10-08T12:00"), False, "lunch-gap"),
        (utc("2026-10-08T13:30"), True, "working-time"),
        (utc("2026-10-08T18:00"), False, "outside-hours"),
        (utc("2026-10-09T09:00"), True, "working-time"),
        (utc("2026-10-09T11:00"), False, "paused"),
        (utc("2026-10-10T10:30"), True, "make-up-day"),
        (utc("2026-10-10T12:00"), False, "lunch-gap"),
        (utc("2026-10-10T13:30"), True, "make-up-day"),
        (utc("2026-10-10T18:00"), False, "outside-hours"),
        (utc("2026-10-11T00:00"), False, "weekend"),
        (utc("2026-10-12T00:00"), False, "outside-hours"),
        (utc("2026-10-12T09:00"), True, "working-time"),
        (utc("2026-10-12T12:00"), False, "lunch-gap"),
        (utc("2026-10-12T13:30"), True, "working-time"),
    ]
    assert told["stretches"][2]["detail"] == "国庆节"
    assert told["stretches"][13]["detail"] == "awaiting_customer"


async def test_a_breach_between_two_rounds_of_the_timers_has_its_own_time(desk: Desk) -> None:
    filed = await investigated_on_friday(desk)
    await desk.facts()
    await desk.fire()
    told = {fact.event_type: fact.model_dump(mode="json") for fact in await desk.facts()}
    assert told["clock.warned.v1"]["warned_at"] == utc("2026-10-10T11:00")  # 18 of 22.5 h
    assert told["clock.breached.v1"]["breached_at"] == utc("2026-10-10T17:00")
    assert (await desk.clocks(filed))["resolution"]["breached_at"] == utc("2026-10-10T17:00")
    assert await desk.fire() == 0


async def test_a_complaint_passes_through_every_state_but_those_of_the_side_ways(desk: Desk) -> None:
    filed = await desk.file()
    seen = [filed["state"]]
    steps: list[tuple[str, dict[str, Any]]] = [
        ("acknowledge", {"method": "phone"}),
        ("assess", {"severity": "high", "category": "logistics", "complex": True}),
        ("assign", {"assignee": "agent-7", "reason": "knows-the-carrier"}),
        ("promise", {"due_at": "2099-01-01T00:00:00Z", "method": "phone"}),
        ("start-investigation", {}),
        ("record-step", {"method": "record_review", "note": "The depot has no scan of it."}),
        ("pause", {"reason": "awaiting_third_party"}),
        ("record-step", {"method": "customer_talk", "note": "He is at home all week."}),
        ("resume", {}),
        ("pause", {"reason": "awaiting_customer"}),
        ("resume", {}),
        ("set-root-cause", {"cause": "process", "latent_risk": True}),
        ("propose", {"remedy": "apology", "note": "We are sorry."}),
        ("record-decision", {"accepted": False, "note": "Too little."}),
        ("set-root-cause", {"cause": "process", "latent_risk": True}),
        ("propose", {"remedy": "refund", "note": "The price back."}),
        ("record-attempt", {"method": "phone"}),
        ("record-decision", {"accepted": True}),
        ("resolve", {}),
        ("give-feedback", {"method": "phone"}),
        ("close", {}),
        ("reopen", {"reason": "it-happened-again"}),
        ("withdraw", {"reason": "customer-moved"}),
    ]
    for action, body in steps:
        filed = await desk.act(filed, action, **body)
        seen.append(filed["state"])
    assert {state for state, _ in STEPS} <= set(seen) and set(STATES) - set(seen) <= {*APPEALS, *ASIDE}
    assert (filed["outcome"], filed["episode"], filed["proposals"]) == ("withdrawn", 2, 2)

    past = (await desk.get(f"/complaints/{filed['id']}/history"))["items"]
    assert [row["to_state"] for row in past] == seen
    assert {row["actor"] for row in past} == {"person:clerk-1"}
    assert past[3]["reason"] == "knows-the-carrier"
    assert past[14]["note"] == "Too little."

    names = await desk.names()
    assert names.count("communication.recorded") == 3  # the acknowledgement, the promise, the feedback
    assert [name for name in names if not name.startswith(("clock.", "communication."))] == [
        "complaint.received",
        "complaint.acknowledged",
        "complaint.assessed",
        "complaint.assigned",
        "commitment.made",
        "investigation.started",
        "investigation-step.recorded",
        "complaint.paused",
        "investigation-step.recorded",
        "complaint.resumed",
        "complaint.paused",
        "complaint.resumed",
        "root-cause.identified",
        "resolution.proposed",
        "resolution.rejected",
        "root-cause.identified",
        "resolution.proposed",
        "resolution.accepted",
        "complaint.resolved",
        "feedback.given",
        "complaint.closed",
        "complaint.reopened",
        "complaint.withdrawn",
    ]
