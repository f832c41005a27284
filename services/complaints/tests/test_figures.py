"""Figures in depth: each is counted again here, from what was sent and from the rows, by plain arithmetic (S63)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.cases.store.interactions import KnownInteraction, KnownInteractions
from rapport_kernel.ids import new_id
from rapport_kernel.statistics import wilson
from rapport_testing.databases import statements

from .desk import Desk

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 2, 9, 30, tzinfo=SHANGHAI)
HOURS = ((9 * 60, 12 * 60), (13 * 60 + 30, 18 * 60))
"""The working minutes of a plain day of the calendar `cn`."""
N = 22


def business_seconds(start: datetime, end: datetime) -> int:
    """Minute by minute, of whole minutes in November without holidays."""
    minutes, at = 0, start.astimezone(SHANGHAI)
    while at < end:
        minute = at.hour * 60 + at.minute
        minutes += at.weekday() < 5 and any(a <= minute < b for a, b in HOURS)
        at += timedelta(minutes=1)
    return minutes * 60


def percentile(values: list[float], share: float) -> float:
    """Interpolated between the two values beside it."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def must_be(spread: dict[str, Any], values: list[float]) -> None:
    for name, share, fewest in (("p50", 0.5, 5), ("p90", 0.9, 10), ("p95", 0.95, 20)):
        figure = spread[name]
        assert figure["n"] == len(values) and figure["unit"] == "seconds"
        if len(values) < fewest:
            assert (figure["value"], figure["verdict"]) == (None, "too_few")
        else:
            assert figure["value"] == pytest.approx(percentile(values, share), abs=0.005), name


class Told:
    """What was done to one complaint, and when."""

    def __init__(self, n: int) -> None:
        self.received = MONDAY + timedelta(minutes=97 * n)
        self.acknowledged = self.received + timedelta(minutes=11 * n + 5)
        self.answered = self.acknowledged + timedelta(hours=3 * n + 1)
        self.closed = self.answered + timedelta(minutes=40)
        self.product = f"p{n % 3}"


async def tell(desk: Desk, n: int) -> Told:
    """One that goes the whole road, each step at its time."""
    told = Told(n)
    filed = await desk.file(received_at=told.received.isoformat(), product=told.product)
    at = {"at": told.answered.isoformat()}
    await desk.act(filed, "acknowledge", method="phone", at=told.acknowledged.isoformat())
    for action, body in (
        ("assess", {"severity": "low"}),
        ("assign", {"assignee": f"agent-{n % 2}"}),
        ("start-investigation", {}),
        ("set-root-cause", {"cause": "process", "latent_risk": False}),
        ("propose", {"remedy": "refund", "note": "We refund it."}),
        ("record-decision", {"accepted": True}),
        ("resolve", {}),
        ("give-feedback", {"method": "phone"}),
    ):
        await desk.act(filed, action, **body, **at)
    await desk.act(filed, "close", at=told.closed.isoformat())
    return told


async def test_times_are_those_of_plain_arithmetic_and_groups_add_up(desk: Desk) -> None:
    told = [await tell(desk, n) for n in range(N)]
    await desk.fire()
    stats = await desk.get("/stats", {"group_by": "product"})
    assert (stats["total"]["value"], stats["open"]["value"], stats["closed"]["value"]) == (N, 0, N)
    for name, until in (("acknowledge", "acknowledged"), ("answer", "answered"), ("close", "closed")):
        shown = stats[f"time_to_{name}"]
        must_be(shown["calendar"], [(getattr(one, until) - one.received).total_seconds() for one in told])
        must_be(shown["business"], [business_seconds(one.received, getattr(one, until)) for one in told])
    in_time = sum(business_seconds(one.received, one.acknowledged) <= 7.5 * 3600 for one in told)
    kept = stats["within_limit"]["acknowledgement"]
    assert in_time > 0 and (kept["n"], kept["value"]) == (N, pytest.approx(100 * in_time / N, abs=0.005))
    low, high = wilson(in_time, N)
    assert (kept["interval"]["low"], kept["interval"]["high"]) == (round(100 * low, 2), round(100 * high, 2))
    assert stats["within_limit"]["resolution"]["value"] == 100.0
    assert (stats["upheld_rate"]["n"], stats["upheld_rate"]["value"]) == (N, 100.0)
    groups = {group["key"]: group for group in stats["groups"]}
    assert sorted(groups) == ["p0", "p1", "p2"]
    for product, group in groups.items():
        mine = [one for one in told if one.product == product]
        assert group["total"]["value"] == len(mine)
        must_be(group["time_to_close"]["calendar"], [(one.closed - one.received).total_seconds() for one in mine])
        must_be(group["time_to_close"]["business"], [business_seconds(one.received, one.closed) for one in mine])


async def test_age_is_that_of_the_open_ones(desk: Desk) -> None:
    filed = [await desk.file(received_at=f"2026-11-{day:02}T02:00:00Z") for day in range(1, 13)]
    await desk.act(filed[0], "acknowledge", method="phone")
    await desk.act(filed[1], "withdraw", reason="settled")
    stats = await desk.get("/stats")
    now = datetime.fromisoformat(stats["total"]["as_of"])
    ages = [(now - datetime(2026, 11, day, 2, tzinfo=UTC)).total_seconds() for day in range(1, 13) if day != 2]
    must_be(stats["age"], ages)
    assert stats["age"]["p95"]["verdict"] == "too_few" and stats["age"]["p50"]["excluded"] == {"ended": 1}
    assert stats["time_to_answer"]["calendar"]["p50"]["excluded"] == {"not-happened": 12}


async def test_a_pause_does_not_count_as_business_time(desk: Desk) -> None:
    at = (MONDAY + timedelta(hours=1)).isoformat()
    for _ in range(5):
        filed = await desk.file(received_at=MONDAY.isoformat())
        await desk.act(filed, "acknowledge", method="phone", at=at)
        for action, body in (("assess", {"severity": "low"}), ("assign", {"assignee": "a"}), ("start-investigation", {})):
            await desk.act(filed, action, at=at, **body)
        await desk.act(filed, "pause", reason="awaiting_customer", at=at)
        later = (MONDAY + timedelta(hours=2)).isoformat()
        await desk.act(filed, "resume", at=later)
        await desk.act(filed, "reject", grounds=["misuse"], at=later)
        await desk.act(filed, "give-feedback", method="phone", at=later)
    await desk.fire()
    stats = await desk.get("/stats")
    assert stats["time_to_answer"]["calendar"]["p50"]["value"] == 2 * 3600
    assert stats["time_to_answer"]["business"]["p50"]["value"] == 3600
    assert stats["upheld_rate"] | {"as_of": ""} == {
        **stats["upheld_rate"],
        "value": None,
        "n": 5,
        "verdict": "too_few",
        "as_of": "",
    }


async def test_the_first_time_counts_also_after_reopening(desk: Desk) -> None:
    told = [await tell(desk, n) for n in range(5)]
    ids = [row["id"] for row in (await desk.get("/complaints", {"sort": "received_at"}))["items"]]
    for one in ids:
        await desk.act(one, "reopen", reason="again")
        await desk.act(one, "acknowledge", method="phone")
    await desk.fire()
    stats = await desk.get("/stats")
    must_be(stats["time_to_acknowledge"]["calendar"], [(one.acknowledged - one.received).total_seconds() for one in told])
    must_be(stats["time_to_close"]["business"], [business_seconds(one.received, one.closed) for one in told])
    assert stats["within_limit"]["acknowledgement"]["n"] == 10  # of both episodes


async def test_what_was_imported_says_what_nobody_recorded(desk: Desk) -> None:
    base = {"received_at": "2026-05-01T02:00:00Z", "channel": "web", "category": "x"}
    closed = [{**base, "ref": f"c{n}", "state": "closed", "closed_at": f"2026-05-{n + 2:02}T02:00:00Z"} for n in range(6)]
    silent = [{**base, "ref": f"s{n}", "state": "closed"} for n in range(2)]
    rest = [{**base, "ref": f"o{n}", "state": "received"} for n in range(3)]
    await desk.post("/complaints:import", {"source": "city", "complaints": [*closed, *silent, *rest]}, 200)
    stats = await desk.get("/stats")
    must_be(stats["time_to_close"]["calendar"], [(n + 1) * 86_400 for n in range(6)])
    assert stats["time_to_close"]["calendar"]["p50"]["excluded"] == {"not-recorded": 2, "not-happened": 3}
    assert stats["time_to_close"]["business"]["p50"]["excluded"] == {"not-recorded": 2, "not-happened": 3, "no-calendar": 6}
    assert stats["time_to_acknowledge"]["calendar"]["p50"]["excluded"] == {"not-recorded": 11}
    assert stats["within_limit"]["resolution"]["n"] == 0


async def test_shares_are_counted_from_the_rows(desk: Desk) -> None:
    first = await desk.file()
    for n in range(12):
        filed = await desk.until("assessed", recurrence_of=first["id"] if n < 3 else None)
        if n < 6:
            await desk.act(filed, "reject", grounds=["misuse"])
        elif n < 8:
            await desk.act(filed, "mark-duplicate", duplicate_of=first["id"])
    for _ in range(5):
        await desk.until("resolution_proposed")
    await desk.act(await desk.until("resolution_proposed"), "withdraw", reason="settled")
    stats = await desk.get("/stats")
    rows = await desk.db.fetch("SELECT state, recurrence_of, proposals, not_upheld_at FROM complaints")
    assert len(rows) == 19
    whole = [row for row in rows if row["state"] != "duplicate"]
    repeated = sum(row["recurrence_of"] is not None for row in whole)
    assert (stats["recurring_rate"]["n"], stats["recurring_rate"]["value"]) == (
        17,
        round(100 * repeated / 17, 2),
    )
    assert repeated == 3 and stats["recurring_rate"]["excluded"] == {"duplicate": 2}
    assert (stats["upheld_rate"]["n"], stats["upheld_rate"]["value"]) == (11, round(100 * 5 / 11, 2))
    assert stats["upheld_rate"]["excluded"] == {"not-decided": 5, "given-up": 3}


async def test_rates_are_per_contact_and_per_customer(desk: Desk, served: Service[Work]) -> None:
    customers = [new_id() for _ in range(10)]
    known = [
        KnownInteraction(
            new_id(), 1, customers[n % 10] if n < 20 else None, "app", "phone", None, MONDAY + timedelta(hours=n)
        )
        for n in range(25)
    ]
    async with served.works(Actor.system("test")) as work:
        await work.store(KnownInteractions).put(known)
    for contact in (known[0], known[10], known[3], known[22]):  # the first two are of one customer
        await desk.file(interaction_id=str(contact.interaction_id), received_at=MONDAY.isoformat())
    stats = await desk.get("/stats")
    assert (stats["contact_rate"]["n"], stats["contact_rate"]["value"]) == (25, pytest.approx(100 * 4 / 25))
    assert (stats["customer_rate"]["n"], stats["customer_rate"]["value"]) == (10, pytest.approx(100 * 2 / 10))
    assert stats["customer_rate"]["excluded"] == {"no-customer": 5}
    assert stats["customer_rate"]["denominator"] == "customers in contact"
    until = (MONDAY + timedelta(hours=5)).isoformat()
    early = await desk.get("/stats", {"from": MONDAY.isoformat(), "to": until})
    assert (early["contact_rate"]["n"], early["contact_rate"]["verdict"]) == (5, "too_few")


@pytest.mark.parametrize(
    ("group_by", "column"),
    [
        ("status", "state"),
        ("channel", "channel"),
        ("category", "category"),
        ("source_category", "source_category"),
        ("cause", "cause"),
        ("product", "product"),
        ("severity", "severity"),
        ("touchpoint", "touchpoint"),
        ("unit", "subject_unit"),
        ("handler", "assignee"),
        ("policy", "policy"),
        ("source", "source"),
        ("day", "to_char(received_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')"),
        ("week", "to_char(received_at AT TIME ZONE 'Asia/Shanghai', 'IYYY-\"W\"IW')"),
        ("month", "to_char(received_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')"),
        ("quarter", "to_char(received_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-\"Q\"Q')"),
        ("year", "to_char(received_at AT TIME ZONE 'Asia/Shanghai', 'YYYY')"),
        ("team", "CASE assignee WHEN 'agent-7' THEN 'parcels' END"),
    ],
)
async def test_every_grouping_counts_what_the_rows_say(desk: Desk, group_by: str, column: str) -> None:
    await desk.put("/staff/agent-7", {"team": "letters", "capacity": 2, "calendar": "always"})
    await desk.put("/staff/agent-7", {"team": "parcels", "capacity": 2, "calendar": "always"})
    await desk.file(received_at="2026-10-31T16:30:00Z", channel="web", product="box", touchpoint="app")
    await desk.file(received_at="2026-10-31T15:30:00Z", category="billing", subject_unit="depot")
    await desk.until("root_cause_identified", product="box")
    await desk.until("assigned")
    stats = await desk.get("/stats", {"group_by": group_by})
    rows = await desk.db.fetch(f"SELECT {column} AS name, count(*) AS n FROM complaints GROUP BY 1")  # noqa: S608 - our own names
    assert {group["key"]: group["total"]["value"] for group in stats["groups"]} == {row["name"]: row["n"] for row in rows}
    assert None not in [group["key"] for group in stats["groups"][:-1]]
    assert stats["group_by"] == group_by


async def test_periods_are_in_order_and_in_the_zone_asked_for(desk: Desk) -> None:
    for received in ("2025-10-31T16:30:00Z", "2025-10-31T15:30:00Z", "2025-11-20T00:00:00Z", "2025-12-31T17:00:00Z"):
        await desk.file(received_at=received)
    shanghai, greenwich = ["2025-10", "2025-11", "2026-01"], ["2025-10", "2025-11", "2025-12"]
    for tz, expected, n in (("Asia/Shanghai", shanghai, 2), ("UTC", greenwich, 1)):
        stats = await desk.get("/stats", {"group_by": "month", "tz": tz})
        assert ([group["key"] for group in stats["groups"]], stats["tz"]) == (expected, tz)
        assert (await desk.get("/stats", {"period": "2025-11", "tz": tz}))["total"]["value"] == n
        assert len((await desk.get("/complaints", {"period": "2025-11", "tz": tz}))["items"]) == n
    november = await desk.get("/stats", {"from": "2025-11", "to": "2025-11"})
    assert (november["since"], november["until"]) == ("2025-10-31T16:00:00.000000Z", "2025-11-30T16:00:00.000000Z")
    for bad in ({"period": "2026-13"}, {"period": "2026", "to": "2026"}, {"tz": "Mars"}, {"group_by": "hour"}):
        await desk.get("/stats", bad, status=422)


async def test_filters_narrow_the_complaints_and_leave_the_contacts(desk: Desk, served: Service[Work]) -> None:
    known = [KnownInteraction(new_id(), 1, new_id(), "app", "phone", None, MONDAY) for _ in range(10)]
    async with served.works(Actor.system("test")) as work:
        await work.store(KnownInteractions).put(known)
    await desk.file(channel="web", category="billing", product="box", interaction_id=str(known[0].interaction_id))
    await desk.file(channel="phone", category="delivery", product="bag", interaction_id=str(known[1].interaction_id))
    item = {"received_at": "2026-05-01T02:00:00Z", "channel": "web", "category": "x", "state": "received", "ref": "1"}
    await desk.post("/complaints:import", {"source": "city", "complaints": [item]}, 200)
    for asked, n, contacts in (
        ({"channel": "web"}, 2, 10),
        ({"category": "billing"}, 1, 10),
        ({"product": "bag"}, 1, 10),
        ({"source": "city"}, 1, 0),
        ({"source": "town"}, 0, 0),
    ):
        stats = await desk.get("/stats", asked)
        assert (stats["total"]["value"], stats["contact_rate"]["value"], stats["contact_rate"]["n"]) == (n, contacts, 10), (
            asked
        )
        assert sum(figure["value"] for figure in stats["by_status"].values()) == n


async def test_nothing_is_said_of_nothing(desk: Desk) -> None:
    stats = await desk.get("/stats", {"from": "2030-01-01T00:00:00Z", "group_by": "month"})
    assert (stats["total"]["value"], stats["groups"], stats["more_groups"]["value"]) == (0, [], 0)
    assert stats["age"]["p50"]["verdict"] == stats["upheld_rate"]["verdict"] == "too_few"
    await desk.get("/stats", {"group_by": "shoe-size"}, status=422)


async def test_figures_cost_the_same_statements_whatever_there_is(desk: Desk, served: Service[Work]) -> None:
    costs = []
    for more in (1, 10):
        for _ in range(more):
            await desk.file()
        with statements(served) as seen:
            await desk.get("/stats", {"group_by": "channel"})
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 9, seen
