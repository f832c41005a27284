"""Repairs over HTTP (S62, S133): the road, limits by timer, vendors, complaints, lists, figures recounted from the rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import pytest
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_contracts.complaints.repairs import RepairLimitBreached, RepairLimitRescheduled
from rapport_kernel.ids import new_id
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk, ago, moment

NOBODY = "018f0000-0000-7000-8000-000000000000"


def ahead(days: int = 1) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


async def request(desk: Desk, **changes: Any) -> dict[str, Any]:
    body = {"category": "water", "note": "The tap drips.", **changes}
    return dict(await desk.post("/repairs", body, 201))


async def move(desk: Desk, order: dict[str, Any], action: str, status: int = 200, **body: Any) -> dict[str, Any]:
    return dict(await desk.post(f"/repairs/{order['id']}:{action}", body, status))


async def always(desk: Desk, hours: int = 1, minimum: int = 10) -> None:
    """A policy that counts every hour of the day."""
    limit = {"amount": hours, "unit": "business_hours"}
    rules = [{"respond": limit, "complete": limit}]
    await desk.put(
        "/repair-policies/standard",
        {"name": "x", "calendar": "always", "rules": rules, "minimum": minimum, "effective_from": "2001-01-01T00:00:00Z"},
    )


async def done(desk: Desk, order: dict[str, Any], vendor: str = "v-1", at: float | None = None) -> dict[str, Any]:
    """Brought to its completion; `at` minutes ago."""
    when = {} if at is None else {"at": ago(at)}
    await move(desk, order, "accept", **when)
    await move(desk, order, "assign-vendor", vendor=vendor, **when)
    await move(desk, order, "schedule", appointment_at=ahead(), **when)
    await move(desk, order, "start", **when)
    return await move(desk, order, "complete", **when)


@pytest.fixture
async def vendors(desk: Desk) -> None:
    for code in ("v-1", "v-2"):
        await desk.put(f"/vendors/{code}", {})


@pytest.mark.usefixtures("vendors")
async def test_a_repair_from_the_request_through_rework_to_the_acceptance(desk: Desk) -> None:
    order = await request(desk, touchpoint="hotline")
    assert (order["state"], order["policy_version"]) == ("requested", 1)
    assert order["allowed"] == ["accept", "cancel", "link-complaint"]
    assert order["limits"][0]["target"] == {"amount": 2, "unit": "business_hours"}
    await move(desk, order, "accept")
    assert (await move(desk, order, "schedule", 409, appointment_at=ahead()))["code"] == "vendor-missing"
    await move(desk, order, "assign-vendor", vendor="v-1", reason="nearest")
    await move(desk, order, "schedule", appointment_at=ahead())
    await move(desk, order, "start")
    await move(desk, order, "record-visit", worker="w-3", outcome="parts-missing", note="Seal to be ordered.")
    order = await move(desk, order, "complete")
    assert (order["in_time"], [visit["outcome"] for visit in order["visits"]]) == (True, ["parts-missing"])
    order = await move(desk, order, "refuse-result", reason="still-broken")
    assert (order["state"], order["reworks"], order["in_time"]) == ("rework", 1, None)
    await move(desk, order, "assign-vendor", vendor="v-2")
    for action, body in (("schedule", {"appointment_at": ahead()}), ("start", {}), ("complete", {})):
        await move(desk, order, action, **body)
    order = await move(desk, order, "accept-result")
    assert (order["state"], order["vendor"], order["due_at"]) == ("accepted_by_customer", "v-2", None)
    assert await desk.names() == [
        *("repair.requested", "repair.accepted", "repair-vendor.assigned", "repair.scheduled", "repair.started"),
        *("repair-visit.recorded", "repair.completed", "repair-result.refused", "repair-vendor.assigned"),
        *("repair.scheduled", "repair.started", "repair.completed", "repair-result.accepted"),
    ]
    assert await desk.db.fetchval("SELECT count(*) FROM timers WHERE kind = 'repair.look'") == 0
    refused = await move(desk, order, "cancel", 409, reason="too-late")
    assert (refused["state"], refused["allowed"]) == ("accepted_by_customer", ["link-complaint"])


async def test_what_is_broken_stands_sealed_in_the_history(desk: Desk, served: Service[Work], tokens: TokenMaker) -> None:
    customer = str(new_id())
    order = await request(desk, customer_id=customer)
    (item,) = (await desk.get(f"/repairs/{order['id']}/history"))["items"]
    assert (item["move"], item["note"]) == ("request", "The tap drips.")
    assert b"drips" not in await desk.db.fetchval("SELECT note FROM history")
    assert str(await desk.db.fetchval("SELECT keyed_by FROM repairs")) == customer
    async with client_of(served.asgi, headers=tokens.bearer("complaints:read", level=1)) as low:
        answer = await low.get(f"/complaints/v1/repairs/{order['id']}/history")
    assert answer.json()["items"][0]["note"] is None
    verdict = await desk.get(f"/repairs/{order['id']}/history:verify")
    assert (verdict["intact"], verdict["rows"], verdict["words"], verdict["audited"]) == (True, 1, 1, 1)


async def test_limits_that_run_out_are_said_by_timer_at_their_exact_time(desk: Desk) -> None:
    await always(desk)
    order = await request(desk, at=ago(90))
    later = await request(desk, at=ago(30))
    await desk.facts()
    await desk.fire()
    said = [fact for fact in await desk.facts() if isinstance(fact, RepairLimitBreached)]
    due = moment(order["requested_at"]) + timedelta(hours=1)
    assert [(str(fact.repair_id), fact.limit, fact.breached_at) for fact in said] == [
        (order["id"], "respond", due),
        (order["id"], "complete", due),
    ]
    assert await desk.fire() == 0
    shown = await desk.get(f"/repairs/{order['id']}")
    assert [moment(limit["breached_at"]) for limit in shown["limits"]] == [due, due]
    rows = await desk.db.fetch("SELECT key FROM timers WHERE kind = 'repair.look'")
    assert [row["key"] for row in rows] == [later["id"]]


async def test_a_repair_stands_alone_or_belongs_to_a_complaint(desk: Desk) -> None:
    customer = str(new_id())
    filed = await desk.file(customer_id=customer)
    inside = await request(desk, complaint_id=filed["id"])
    assert (inside["complaint_id"], inside["customer_id"]) == (filed["id"], customer)
    alone = await request(desk)
    assert alone["complaint_id"] is None
    assert (await move(desk, alone, "link-complaint", complaint_id=filed["id"]))["complaint_id"] == filed["id"]
    assert (await move(desk, alone, "link-complaint", 409, complaint_id=filed["id"]))["code"] == "has-complaint"
    other = await request(desk)
    assert (await move(desk, other, "link-complaint", 422, complaint_id=NOBODY))["code"] == "unknown-complaint"
    items = (await desk.get("/repairs", {"complaint": filed["id"]}))["items"]
    assert {item["id"] for item in items} == {inside["id"], alone["id"]}
    body = {"category": "water", "note": "x", "complaint_id": NOBODY}
    assert (await desk.post("/repairs", body, 422))["code"] == "unknown-complaint"


async def test_vendors_are_versions_and_only_one_in_use_for_the_category_is_assigned(desk: Desk) -> None:
    order = await request(desk)
    await move(desk, order, "accept")
    assert (await move(desk, order, "assign-vendor", 422, vendor="v-9"))["code"] == "unknown-vendor"
    await desk.put("/vendors/v-9", {"categories": ["paint"]})
    assert (await move(desk, order, "assign-vendor", 422, vendor="v-9"))["code"] == "vendor-does-not-fit"
    assert (await desk.put("/vendors/v-9", {"categories": ["water"]}))["version"] == 2
    assert (await move(desk, order, "assign-vendor", vendor="v-9"))["vendor"] == "v-9"
    await desk.put("/vendors/v-9", {"in_use": False})
    assert (await move(desk, order, "assign-vendor", 422, vendor="v-9"))["code"] == "vendor-does-not-fit"
    assert (await desk.get("/vendors/v-9", {"version": 1}))["body"] == {"categories": ["paint"], "in_use": True}


async def test_a_repair_keeps_the_version_of_its_limits(desk: Desk) -> None:
    first = await request(desk)
    limit = {"amount": 9, "unit": "business_hours"}
    body = {"name": "x", "calendar": "cn", "rules": [{"respond": limit, "complete": limit}]}
    assert (await desk.put("/repair-policies/standard", body))["version"] == 2
    second = await request(desk)
    assert [each["policy_version"] for each in (first, second)] == [1, 2]
    assert (await desk.get(f"/repairs/{first['id']}"))["limits"] == first["limits"]
    assert (await desk.put("/repair-policies/standard", {**body, "calendar": "nowhere"}, 422))["code"] == "unknown-calendar"
    await desk.put("/repair-policies/another", body, 404)
    narrow = {**body, "rules": [{"categories": ["water"], "respond": limit, "complete": limit}]}
    await desk.put("/repair-policies/standard", narrow, 422)


@pytest.mark.usefixtures("vendors")
async def test_the_list_filters_sorts_and_pages_in_one_statement(desk: Desk, served: Service[Work]) -> None:
    await always(desk)
    customer = str(new_id())
    wet = await request(desk, at=ago(300), customer_id=customer)
    paint = await done(desk, await request(desk, category="paint"))
    for query, expected in [
        ({}, [paint["id"], wet["id"]]),
        ({"sort": "number"}, [wet["id"], paint["id"]]),
        ({"state": "done"}, [paint["id"]]),
        ({"category": "water"}, [wet["id"]]),
        ({"vendor": "v-1"}, [paint["id"]]),
        ({"customer": customer}, [wet["id"]]),
        ({"due_before": ago(0)}, [wet["id"]]),
        ({"to": ago(200)}, [wet["id"]]),
        ({"from": ago(200)}, [paint["id"]]),
    ]:
        with statements(served) as seen:
            items = (await desk.get("/repairs", query))["items"]
        assert [item["id"] for item in items] == expected, query
        assert len(seen) == 2, seen
    first = await desk.get("/repairs", {"limit": 1})
    rest = await desk.get("/repairs", {"limit": 1, "after": first["next"]})
    assert [item["id"] for item in first["items"] + rest["items"]] == [paint["id"], wet["id"]]
    await desk.get("/repairs", {"sort": "vendor"}, status=422)


@pytest.mark.usefixtures("vendors")
@pytest.mark.parametrize("group_by", ["vendor", "category"])
async def test_figures_are_those_that_a_recount_of_the_rows_gives(desk: Desk, group_by: str) -> None:
    await always(desk, minimum=3)
    plan = [("v-1", "water", 300, 290), ("v-1", "paint", 300, 200), ("v-1", "water", 200, 160), ("v-2", "water", 90, 80)]
    for vendor, category, asked, ready in plan:
        await done(desk, await request(desk, category=category, at=ago(asked)), vendor, ready)
    again = await done(desk, await request(desk, at=ago(120)), "v-1", 110)
    await move(desk, again, "refuse-result", at=ago(100), reason="still-broken")
    for action, body in (("schedule", {"appointment_at": ahead()}), ("start", {}), ("complete", {})):
        await move(desk, again, action, at=ago(95), **body)
    await move(desk, await request(desk), "cancel", reason="customer-withdrew")
    open_one = await request(desk)
    await move(desk, open_one, "accept")
    await move(desk, open_one, "assign-vendor", vendor="v-1")
    stats = await desk.get("/repairs/stats", {"group_by": group_by})
    assert stats["minimum"] == 3
    rows = await desk.db.fetch("SELECT * FROM repairs")
    names = sorted({row[group_by] for row in rows if row[group_by] is not None})
    assert [group["key"] for group in stats["groups"]] == names
    for group in stats["groups"]:
        mine = [row for row in rows if row[group_by] == group["key"]]
        over = [row for row in mine if row["state"] in {"done", "accepted_by_customer"}]
        left = {
            "open": sum(row["state"] not in {"done", "accepted_by_customer", "cancelled"} for row in mine),
            "cancelled": sum(row["state"] == "cancelled" for row in mine),
        }
        assert group["completed"]["value"] == len(over)
        assert group["completed"]["excluded"] == {name: n for name, n in left.items() if n}
        figures = [group[name] for name in ("in_time_share", "rework_rate", "median_completion")]
        assert {(each["n"], each["definition"]["version"]) for each in figures} == {(len(over), 1)}
        if len(over) < 3:
            assert [(each["value"], each["verdict"]) for each in figures] == [(None, "too_few")] * 3
            continue
        seconds = [(row["completed_at"] - row["requested_at"]).total_seconds() for row in over]
        assert [each["value"] for each in figures] == pytest.approx(
            [
                100 * sum(row["in_time"] for row in over) / len(over),
                100 * sum(row["reworks"] > 0 for row in over) / len(over),
                median(seconds),
            ],
            abs=0.005,
        )
    by_name = {group["key"]: group for group in stats["groups"]}
    if group_by == "vendor":
        assert (by_name["v-1"]["in_time_share"]["value"], by_name["v-1"]["rework_rate"]["value"]) == (75.0, 25.0)
        assert by_name["v-2"]["in_time_share"]["verdict"] == "too_few"
    empty = await desk.get("/repairs/stats", {"group_by": group_by, "to": "2001-01-01T00:00:00Z"})
    assert empty["groups"] == []
    await desk.get("/repairs/stats", {"group_by": "state"}, status=422)


@pytest.mark.parametrize(
    "body",
    [
        {"category": "water"},
        {"category": "", "note": "x"},
        {"category": "water", "note": "x", "at": "2099-01-01T00:00:00Z"},
        {"category": "water", "note": "x", "at": "1999-01-01T00:00:00Z"},
        {"category": "water", "note": "x", "vendor": "v-1"},
    ],
)
async def test_a_request_that_cannot_be_is_refused(desk: Desk, body: dict[str, Any]) -> None:
    await desk.post("/repairs", body, 422)
    assert (await desk.get("/repairs"))["items"] == []


async def test_what_does_not_exist_is_not_found_and_stale_versions_are_refused(
    desk: Desk, served: Service[Work], tokens: TokenMaker
) -> None:
    for path in (f"/repairs/{NOBODY}", f"/repairs/{NOBODY}/history", "/vendors/v-77", "/repair-policies/nobody"):
        await desk.get(path, status=404)
    order = await request(desk)
    path = f"/complaints/v1/repairs/{order['id']}:accept"
    assert (await desk.http.post(path, json={}, headers={"If-Match": '"99"'})).status_code == 412
    others = [scope for scope in SCOPES if scope != "complaints:repairs"]
    async with client_of(served.asgi, headers=tokens.bearer(*others)) as clerk:
        assert (await clerk.post(path, json={})).status_code == 403


@pytest.mark.parametrize("many", [1, 20])
async def test_limits_that_run_out_cost_the_same_few_statements_whatever_their_number(
    desk: Desk, served: Service[Work], many: int
) -> None:
    await always(desk)
    for _ in range(many):
        await request(desk, at=ago(90))
    with statements(served) as seen:
        await desk.fire()
    assert len([sql for sql in seen if not sql.startswith(("SELECT now()", "DELETE FROM timers"))]) <= 4, seen
    assert (await desk.names()).count("repair-limit.breached") == 2 * many


@pytest.mark.usefixtures("vendors")
async def test_whom_the_complaint_is_about_does_not_say_that_the_customer_is_content(desk: Desk) -> None:
    complaint = await desk.file(subject_staff=["clerk-1"])
    order = await request(desk, complaint_id=complaint["id"])
    await move(desk, order, "accept")
    await move(desk, order, "assign-vendor", vendor="v-1")
    for action, body in (("schedule", {"appointment_at": ahead()}), ("start", {}), ("complete", {})):
        await move(desk, order, action, **body)
    assert (await move(desk, order, "accept-result", 409))["code"] == "approver-involved"
    assert (await desk.get(f"/repairs/{order['id']}"))["state"] == "done"


async def test_the_limits_of_a_repair_follow_an_edited_calendar(desk: Desk) -> None:
    week = {day: [{"opens": "09:00", "closes": "17:00"}] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    await desk.put("/calendars/shop", {"name": "shop", "zone": "UTC", "week": week})
    limit = {"amount": 60, "unit": "business_hours"}  # more than the five days of a week that is left
    rules = [{"respond": {"amount": 30, "unit": "calendar_days"}, "complete": limit}]
    await desk.put("/repair-policies/standard", {"name": "x", "calendar": "shop", "rules": rules})
    waiting, over = await request(desk), await request(desk)
    await move(desk, over, "cancel", reason="settled")
    await desk.facts()
    await desk.put("/calendars/shop", {"name": "shop", "zone": "UTC", "week": {**week, "sat": [], "sun": []}})
    await desk.fire()
    told = [fact for fact in await desk.facts() if isinstance(fact, RepairLimitRescheduled)]
    assert [(str(fact.repair_id), fact.limit) for fact in told] == [(waiting["id"], "complete")]
    shown = await desk.get(f"/repairs/{waiting['id']}")
    before, after = [{each["kind"]: each for each in order["limits"]} for order in (waiting, shown)]
    assert told[0].due_at > told[0].previous_due_at == moment(before["complete"]["due_at"])
    assert moment(after["complete"]["due_at"]) == told[0].due_at
    assert after["respond"] == before["respond"]
