"""Policies and calendars: versions, dates, what is refused, and that what was decided under one stays under it."""

from __future__ import annotations

from typing import Any

import pytest

from .desk import Desk, at
from .test_edge_cases import NINE_TO_FIVE, policy


async def test_what_is_shipped_is_there_as_version_one(desk: Desk) -> None:
    standard = await desk.get("/sla-policies/standard")
    assert (standard["version"], standard["recorded_by"]) == (1, "system:shipped")
    assert [rule["resolution"] for rule in standard["body"]["rules"]] == [
        {"amount": days, "unit": "business_days"} for days in (30, 30, 15)
    ]
    assert {item["code"] for item in (await desk.get("/calendars"))["items"]} == {"cn", "always"}
    chinese = (await desk.get("/calendars/cn"))["body"]
    assert chinese["holidays"]["2026-10-01"] == "国庆节"
    assert {"2026-10-10", "2026-02-14"} <= set(chinese["make_up_days"])
    assert chinese["complete_until"] == "2026-12-31"


async def test_a_policy_holds_for_what_is_received_from_its_date_on_and_older_complaints_keep_theirs(desk: Desk) -> None:
    first = await desk.file(received_at=at("2026-11-06T10:00"))
    made = await desk.put("/sla-policies/standard", {**policy(), "effective_from": "2026-11-10T00:00:00+08:00"})
    assert made["version"] == 2
    before = await desk.file(received_at=at("2026-11-09T10:00"))
    after = await desk.file(received_at=at("2026-11-10T10:00"))
    assert [item["policy_version"] for item in (first, before, after)] == [1, 1, 2]
    await desk.act(first, "acknowledge", method="phone")
    assessed = await desk.act(first, "assess", severity="high")
    assert assessed["policy_version"] == 1
    assert (await desk.clocks(first))["resolution"]["target"] == {"amount": 30, "unit": "business_days"}
    assert (await desk.get("/sla-policies/standard", {"version": 1}))["body"]["rules"][0]["severities"] == [
        "high",
        "critical",
    ]
    await desk.get("/sla-policies/standard", {"version": 9}, status=404)


async def test_a_version_that_somebody_else_replaced_meanwhile_is_refused(desk: Desk) -> None:
    stale = {"If-Match": '"1"'}
    path = "/complaints/v1/sla-policies/standard"
    assert (await desk.http.put(path, json=policy(), headers=stale)).status_code == 201
    assert (await desk.http.put(path, json=policy(), headers=stale)).status_code == 412


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"calendar": "nowhere"}, "unknown-calendar"),
        ({"rules": []}, "invalid-body"),
        ({"attempts_before_closing": 0}, "invalid-body"),
        ({"surprise": True}, "invalid-body"),
    ],
)
async def test_what_is_no_policy_is_refused(desk: Desk, change: dict[str, Any], code: str) -> None:
    told = await desk.put("/sla-policies/bad", {**policy(), **change}, status=422)
    assert told["code"] == code
    await desk.get("/sla-policies/bad", status=404)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"zone": "Nowhere/Land"}, "unknown-time-zone"),
        ({"week": {}}, "calendar-without-hours"),
        ({"week": {"someday": [{"opens": "09:00", "closes": "17:00"}]}}, "unknown-weekday"),
        ({"week": {"mon": [{"opens": "09:00", "closes": "12:00"}, {"opens": "11:00", "closes": "13:00"}]}}, "hours-overlap"),
        ({"week": {"mon": [{"opens": "09:00:30", "closes": "12:00"}]}}, "invalid-body"),
        ({"holidays": {"tomorrow": "x"}}, "invalid-body"),
        ({"effective_from": "0001-01-01T00:00:00Z"}, "invalid-body"),
    ],
)
async def test_what_is_no_calendar_is_refused(desk: Desk, change: dict[str, Any], code: str) -> None:
    assert (await desk.put("/calendars/bad", {**NINE_TO_FIVE, **change}, status=422))["code"] == code
    await desk.get("/calendars/bad", status=404)


NEVER = {"name": "closed", "zone": "UTC", "week": {"mon": [{"opens": "09:00", "closes": "09:01"}]}}


@pytest.mark.parametrize("held_by", ["policy", "clock", "repair"])
async def test_a_calendar_in_which_a_limit_is_never_over_is_refused(desk: Desk, held_by: str) -> None:
    """It could not be reckoned: neither would a clock that runs go on, nor could anybody file."""
    open_ = {"name": "open", "zone": "UTC", "week": {"mon": [{"opens": "09:00", "closes": "17:00"}]}}
    await desk.put("/calendars/rare", open_)
    limit = {"amount": 200, "unit": "business_hours"}
    if held_by == "repair":
        rules = [{"respond": limit, "complete": limit}]
        await desk.put("/repair-policies/standard", {"name": "x", "calendar": "rare", "rules": rules})
    else:
        slow = {
            "name": "x",
            "track": "slow",
            "calendar": "rare",
            "rules": [{"acknowledgement": limit, "resolution": limit}],
        }
        await desk.put("/sla-policies/slow", slow)
        if held_by == "clock":
            await desk.file()
            await desk.put("/sla-policies/slow", {**slow, "retired": True})
    answer = await desk.put("/calendars/rare", NEVER, 422)
    assert (answer["code"], answer["errors"][0]["path"]) == ("never", "week")
    await desk.file()
    await desk.fire()
    assert (await desk.get("/calendars/rare"))["version"] == 1
    await desk.put("/calendars/free", open_)
    await desk.put("/calendars/free", NEVER)  # nothing is counted in it
