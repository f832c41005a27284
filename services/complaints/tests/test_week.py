"""A week by hand: a holiday, a make-up Saturday, lunch, a pause; and breaches that nobody saw happen."""

from __future__ import annotations

from typing import Any

from rapport_contracts.complaints.clocks import ClockBreached

from .desk import Desk, at, utc
from .test_edge_cases import INTO_INVESTIGATION, policy

DAY = {"acknowledgement": {"amount": 1, "unit": "business_days"}}


async def test_both_clocks_over_a_week_with_a_holiday_a_make_up_saturday_lunch_and_a_pause(desk: Desk) -> None:
    """The office works from 9:00 to 12:00 and from 13:30 to 18:00: 7.5 h a day.

    | day of October 2026 | acknowledgement, 7.5 h | resolution, 20 h |
    |---|---|---|
    | Wed 7, holiday, received at 16:00 | 0 | 0 |
    | Thu 8, waits from 10:30 on | 3 + 4.5, due at 18:00 | 1.5 |
    | Fri 9, goes on at 11:00 | | 1 + 4.5, makes 7 |
    | Sat 10, made up | | 7.5, makes 14.5 |
    | Sun 11 | | 0 |
    | Mon 12 | | 1.5 at 10:30 makes 16, the warning; 3 until lunch; 2.5 after it, due at 16:00 |
    """
    await desk.put("/sla-policies/week", policy(resolution=20, rule=DAY))
    filed = await desk.file(received_at=at("2026-10-07T16:00"))
    due = await desk.clocks(filed)
    assert due["acknowledgement"]["due_at"] == utc("2026-10-08T18:00")
    assert due["resolution"]["due_at"] == utc("2026-10-10T15:30")  # without a pause: 7.5, 7.5, and 3 + 2 of Saturday
    for action, body in INTO_INVESTIGATION:
        await desk.act(filed, action, at=at("2026-10-08T09:30"), **body)
    await desk.act(filed, "pause", reason="awaiting_customer", at=at("2026-10-08T10:30"))
    await desk.act(filed, "resume", at=at("2026-10-09T11:00"))

    told = await desk.clocks(filed)
    assert told["acknowledgement"]["in_time"] is True
    resolution = told["resolution"]
    assert (resolution["warn_at"], resolution["due_at"]) == (utc("2026-10-12T10:30"), utc("2026-10-12T16:00"))

    steps: list[tuple[str, dict[str, Any]]] = [
        ("set-root-cause", {"cause": "process", "latent_risk": False}),
        ("propose", {"remedy": "refund", "note": "The price."}),
        ("record-decision", {"accepted": True}),
    ]
    for action, body in steps:
        await desk.act(filed, action, at=at("2026-10-12T16:00"), **body)
    assert (await desk.clocks(filed))["resolution"]["in_time"] is True  # to the minute

    explained = await desk.get(f"/complaints/{filed['id']}/clocks/{resolution['id']}:explain")
    assert explained["elapsed_seconds"] == explained["target_seconds"] == 20 * 3600
    shown = [(stretch["start"], stretch["reason"]) for stretch in explained["stretches"]]
    assert shown == [
        (utc("2026-10-07T16:00"), "holiday"),
        (utc("2026-10-08T00:00"), "outside-hours"),
        (utc("2026-10-08T09:00"), "working-time"),
        (utc("2026-10-08T10:30"), "paused"),
        (utc("2026-10-09T11:00"), "working-time"),
        (utc("2026-10-09T12:00"), "lunch-gap"),
        (utc("2026-10-09T13:30"), "working-time"),
        (utc("2026-10-09T18:00"), "outside-hours"),
        (utc("2026-10-10T09:00"), "make-up-day"),
        (utc("2026-10-10T12:00"), "lunch-gap"),
        (utc("2026-10-10T13:30"), "make-up-day"),
        (utc("2026-10-10T18:00"), "outside-hours"),
        (utc("2026-10-11T00:00"), "weekend"),
        (utc("2026-10-12T00:00"), "outside-hours"),
        (utc("2026-10-12T09:00"), "working-time"),
        (utc("2026-10-12T12:00"), "lunch-gap"),
        (utc("2026-10-12T13:30"), "working-time"),
    ]


async def test_every_breach_between_two_runs_has_its_own_exact_time(desk: Desk) -> None:
    await desk.put("/sla-policies/fast", policy(acknowledgement=1, resolution=2))
    filed = [await desk.file(received_at=at(f"2026-11-09T09:{minute:02}")) for minute in range(0, 60, 5)]
    await desk.facts()
    await desk.fire()  # days later, all in one run
    said = [fact for fact in await desk.facts() if isinstance(fact, ClockBreached)]
    assert len({fact.clock_id for fact in said}) == len(said) == 2 * len(filed)
    for minute, one in zip(range(0, 60, 5), filed, strict=True):
        clocks = await desk.clocks(one)
        assert clocks["acknowledgement"]["breached_at"] == utc(f"2026-11-09T10:{minute:02}")
        assert clocks["resolution"]["breached_at"] == utc(f"2026-11-09T11:{minute:02}")
    assert {f"{fact.breached_at:%H:%M}" for fact in said} == {
        f"{hour:02}:{minute:02}" for hour in (2, 3) for minute in range(0, 60, 5)
    }
