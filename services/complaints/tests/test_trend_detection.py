"""Trends found among rows, counted again from them; and how many complaints come again."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.finding.domain.trends import TrendPolicy, Windows
from rapport_complaints.finding.store.trends import COUNTED, counting
from rapport_complaints.finding.usecases.trends import detect_trends
from rapport_complaints.shipped import shipped
from rapport_contracts.complaints.finding import RootCauseTrendDetected
from rapport_kernel.ids import new_id
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of
from sqlalchemy.dialects import postgresql

from .desk import Desk
from .test_import import item, send
from .test_statistics import exactly

SHIPPED = shipped("trend_policies", TrendPolicy)["standard"]


async def look(served: Service[Work]) -> int:
    """What the loop does in one round."""
    async with served.works(Actor.system("loop:trends")) as work:
        return await detect_trends(work)


async def windows_of(desk: Desk) -> Windows:
    return Windows.ending(await desk.db.fetchval("SELECT now()"), SHIPPED)


def spread(dice: random.Random, start: datetime, end: datetime) -> str:
    """A moment between the two."""
    return (start + dice.random() * (end - start)).isoformat()


def rows(windows: Windows, dice: random.Random, name: str, observed: int, reference: int) -> list[dict[str, Any]]:
    """Imported complaints of one place, some in the window and some before it; product, unit and category go along."""
    moments = [spread(dice, windows.start, windows.end) for _ in range(observed)]
    moments += [spread(dice, windows.reference_start, windows.start) for _ in range(reference)]
    own = {"state": "received", "closed_at": None, "touchpoint": name, "product": f"p-{name}", "subject_unit": f"u-{name}"}
    return [item(dice.randrange(10**9), received_at=moment, category=f"c-{name}", **own) for moment in moments]


async def fill(desk: Desk, items: list[dict[str, Any]]) -> None:
    for first in range(0, len(items), 500):
        results = await send(desk, items[first : first + 500])
        assert {one["result"] for one in results} == {"accepted"}
    await desk.facts()


async def trends(desk: Desk, **params: Any) -> list[dict[str, Any]]:
    return list((await desk.get("/trends", {"limit": 200, **params}))["items"])


async def test_a_true_rise_is_said_once_with_figures_that_the_rows_confirm(desk: Desk, served: Service[Work]) -> None:
    dice, windows = random.Random(7), await windows_of(desk)
    sent = rows(windows, dice, "shop-rising", 16, 24)
    for number in range(8):
        sent += rows(windows, dice, f"shop-{number}", dice.randrange(1, 6), 24)
    sent += rows(windows, dice, "shop-small", 2, 1)
    await fill(desk, sent)

    assert await look(served) == 40
    facts = [fact for fact in await desk.facts() if isinstance(fact, RootCauseTrendDetected)]
    assert sorted((fact.dimension, fact.group) for fact in facts) == [
        ("category", "c-shop-rising"), ("product", "p-shop-rising"),
        ("touchpoint", "shop-rising"), ("unit", "u-shop-rising"),
    ]  # fmt: skip
    for fact in facts:
        days = (fact.window_end - fact.window_start, fact.window_start - fact.reference_start)
        assert days == (timedelta(days=7), timedelta(days=56))
        assert (fact.observed, fact.reference, fact.expected, fact.tested) == (16, 24, 3.0, 36)
        assert fact.p == pytest.approx(float(exactly(16, 24, Fraction(1, 9))), rel=1e-9)
        assert fact.p_adjusted == pytest.approx(fact.p * 36 / 4, rel=1e-9)  # four of 36 share the smallest chance

    found = {each["name"]: each for each in await trends(desk, dimension="touchpoint")}
    inside = Counter(one["touchpoint"] for one in sent if one["received_at"] >= windows.start.isoformat())
    before = Counter(one["touchpoint"] for one in sent if one["received_at"] < windows.start.isoformat())
    assert {name: (each["observed"], each["reference"]) for name, each in found.items()} == {
        name: (inside[name], before[name]) for name in inside | before
    }
    assert {name: each["verdict"] for name, each in found.items() if each["verdict"] != "steady"} == {
        "shop-rising": "rising", "shop-small": "too-few",
    }  # fmt: skip
    assert found["shop-small"]["p"] is None
    assert await look(served) == 0
    assert await desk.facts() == []
    assert [loop.round for loop in served.loops if loop.name == "trends"] == [detect_trends]
    [run] = (await desk.get("/trend-runs"))["items"]
    assert (run["groups"], run["tested"], run["rising"]) == (40, 36, 4)


async def test_noise_raises_no_alarm_and_the_run_says_so(desk: Desk, served: Service[Work]) -> None:
    dice, windows = random.Random(11), await windows_of(desk)
    sent = []
    for number in range(12):
        sent += [one for _ in range(30) for one in rows(windows, dice, f"shop-{number}", 0, 1)]
    for one in sent:  # evenly over the whole time
        one["received_at"] = spread(dice, windows.reference_start, windows.end)
    await fill(desk, sent)
    assert await look(served) == 48
    assert await desk.facts() == []
    assert {each["verdict"] for each in await trends(desk)} == {"steady"}
    assert [run["rising"] for run in (await desk.get("/trend-runs"))["items"]] == [0]


async def test_a_trend_is_not_said_again_while_the_windows_overlap(desk: Desk, served: Service[Work]) -> None:
    dice, windows = random.Random(7), await windows_of(desk)
    await fill(desk, rows(windows, dice, "shop-rising", 16, 24))
    await look(served)
    said = len([fact for fact in await desk.facts() if isinstance(fact, RootCauseTrendDetected)])
    await desk.db.execute("UPDATE trends SET window_end = window_end - interval '1 day'")  # as if found yesterday
    await desk.db.execute("UPDATE trend_runs SET window_end = window_end - interval '1 day'")
    assert (said, await look(served)) == (4, 4)
    assert await desk.facts() == []
    assert Counter(each["verdict"] for each in await trends(desk)) == {"rising": 4, "ongoing": 4}
    await desk.db.execute("DELETE FROM trends WHERE verdict <> 'rising'")
    await desk.db.execute("DELETE FROM trend_runs")
    await desk.db.execute("UPDATE trends SET window_end = $1", windows.start)  # as if found a week ago
    await look(served)
    assert len(await desk.facts()) == 4


async def test_causes_count_when_they_were_found_and_duplicates_do_not(desk: Desk, served: Service[Work]) -> None:
    windows = await windows_of(desk)
    filed = [await desk.until("root_cause_identified", category=f"c-{number}") for number in range(12)]
    recent = windows.end - timedelta(hours=1)
    await desk.db.execute("UPDATE complaints SET cause_at = $1", windows.reference_start + timedelta(hours=1))
    for one in filed[:9]:
        await desk.db.execute("UPDATE complaints SET cause_at = $1 WHERE id = $2", recent, one["id"])
    await desk.db.execute("UPDATE complaints SET state = 'duplicate' WHERE id = $1", filed[0]["id"])
    await desk.facts()
    await look(served)
    [found] = await trends(desk, dimension="cause")
    assert (found["name"], found["observed"], found["reference"], found["excluded"]) == ("process", 8, 3, 1)
    assert found["verdict"] == "rising"


async def test_a_product_nobody_counted_before_is_not_called_a_rise(desk: Desk, served: Service[Work]) -> None:
    dice, windows = random.Random(7), await windows_of(desk)
    await fill(desk, rows(windows, dice, "shop-new", 20, 0))
    await look(served)
    assert {each["verdict"] for each in await trends(desk)} == {"no-history"}
    assert await desk.facts() == []


async def test_another_policy_is_tried_on_the_past_and_shows_what_it_would_change(desk: Desk, served: Service[Work]) -> None:
    dice, windows = random.Random(7), await windows_of(desk)
    await fill(desk, rows(windows, dice, "shop-rising", 16, 24) + rows(windows, dice, "shop-other", 3, 24))
    tried = await desk.post("/trend-policies/standard:try", {"name": "strict", "minimum": 17, "window_days": 7}, 200)
    assert (tried["version"], tried["added"]) == (1, [])
    assert tried["gone"] == [
        "category:c-shop-rising", "product:p-shop-rising", "touchpoint:shop-rising", "unit:u-shop-rising",
    ]  # fmt: skip
    assert [group["observed"] for group in tried["present"]["rising"]] == [16] * 4
    assert (await desk.get("/trend-runs"))["items"] == [] and await desk.facts() == []
    ago = (await desk.db.fetchval("SELECT now() - interval '300 days'")).isoformat()
    then = await desk.post("/trend-policies/standard:try", {"name": "then", "at": ago}, 200)
    assert (then["tried"]["tested"], then["present"]["rising"]) == (0, [])


@pytest.mark.parametrize(
    ("code", "change", "status", "reason"),
    [
        ("standard", {"zone": "Mars/Olympus"}, 422, "unknown-time-zone"),
        ("other", {}, 404, "not-found"),
        ("standard", {"alpha": 0}, 422, "invalid"),
        ("standard", {"alpha": "0.01"}, 422, "invalid"),
        ("standard", {"window_days": 60, "reference_days": 30}, 422, "invalid"),
        ("standard", {"dimensions": ["weather"]}, 422, "invalid"),
    ],
)
async def test_a_policy_that_makes_no_sense_is_refused(
    desk: Desk, code: str, change: dict[str, Any], status: int, reason: str
) -> None:
    for method, path in (("PUT", ""), ("POST", ":try")):
        answer = await desk.http.request(method, f"/complaints/v1/trend-policies/{code}{path}", json={"name": "p", **change})
        assert answer.status_code == status, answer.text
        assert reason == "invalid" or answer.json()["code"] == reason
    assert len((await desk.get("/trend-policies"))["items"]) == 1


@pytest.mark.parametrize("at", ["2199-01-01T00:00:00Z", "1999-01-01T00:00:00Z"])
async def test_a_policy_is_tried_on_a_past_that_there_was(desk: Desk, at: str) -> None:
    await desk.post("/trend-policies/standard:try", {"name": "p", "at": at}, 422)


async def test_a_version_of_the_policy_counts_for_the_next_day(desk: Desk, served: Service[Work]) -> None:
    await look(served)
    made = await desk.put("/trend-policies/standard", {"name": "p", "window_days": 14, "dimensions": ["cause"]})
    assert made["version"] == 2
    assert await look(served) == 0
    assert [run["policy_version"] for run in (await desk.get("/trend-runs"))["items"]] == [1]


async def test_a_round_costs_a_statement_for_each_dimension_and_each_has_its_index(
    desk: Desk, served: Service[Work]
) -> None:
    dice, windows = random.Random(7), await windows_of(desk)
    await fill(desk, rows(windows, dice, "shop-rising", 16, 24) + rows(windows, dice, "shop-other", 3, 24))
    with statements(served) as seen:
        await look(served)
    # time, lock of nobody here; policy, run, five dimensions, what was said, cleaning up, trends, run, outbox
    assert len(seen) <= 14, seen
    await desk.db.execute("SET enable_seqscan = off")
    for dimension in COUNTED:
        query = counting(dimension, windows).compile(
            dialect=postgresql.dialect(),
            compile_kwargs={"literal_binds": True},  # type: ignore[no-untyped-call]
        )
        plan = "\n".join(row[0] for row in await desk.db.fetch(f"EXPLAIN {query}"))
        assert "Seq Scan" not in plan and ("complaints_" in plan), plan


async def test_lists_of_trends_are_paged_and_filtered(desk: Desk, served: Service[Work]) -> None:
    dice, windows = random.Random(7), await windows_of(desk)
    await fill(desk, rows(windows, dice, "shop-rising", 16, 24) + rows(windows, dice, "shop-other", 3, 24))
    await look(served)
    found, page = [], await desk.get("/trends", {"limit": 3})
    while True:
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        page = await desk.get("/trends", {"limit": 3, "after": page["next"]})
    assert len(found) == len(set(found)) == 8
    assert len(await trends(desk, verdict="rising")) == 4
    assert [each["name"] for each in await trends(desk, name="shop-other")] == ["shop-other"]
    assert await trends(desk, to=windows.end.isoformat()) == []
    assert (await desk.http.get("/complaints/v1/trends", params={"sort": "p"})).status_code == 422


# --- recurrences


async def closed_one(desk: Desk, customer: str | None, closed_at: datetime, cause: str | None = "process") -> str:
    """A complaint that was closed at that time."""
    one = await desk.until("closed", **({"customer_id": customer} if customer else {}))
    await desk.db.execute(
        "UPDATE complaints SET closed_at = $1, received_at = $2, cause = $3 WHERE id = $4",
        closed_at, closed_at - timedelta(days=1), cause, one["id"],
    )  # fmt: skip
    return str(one["id"])


async def test_a_recurrence_is_the_same_customer_and_cause_after_closing(desk: Desk) -> None:
    now = datetime.now(UTC)
    old = now - timedelta(days=200)
    for number in range(12):
        customer = str(new_id())
        first = await closed_one(desk, customer, old)
        if number < 3:  # came again in time with the same cause, and once more: one recurrence each
            await closed_one(desk, customer, old + timedelta(days=30 + number))
        elif number == 3:  # too late
            await closed_one(desk, customer, old + timedelta(days=100))
        elif number == 4:  # another cause
            await closed_one(desk, customer, old + timedelta(days=30), "attitude")
        elif number == 5:  # says itself what it repeats
            again = await desk.file(customer_id=customer, recurrence_of=first)
            await desk.db.execute(
                "UPDATE complaints SET received_at = $1 WHERE id = $2", old + timedelta(days=5), again["id"]
            )
        elif number == 6:  # a duplicate is none
            again = await closed_one(desk, customer, old + timedelta(days=30))
            await desk.db.execute("UPDATE complaints SET state = 'duplicate' WHERE id = $1", again)
    await closed_one(desk, str(new_id()), now - timedelta(days=10))
    await closed_one(desk, None, old)
    await closed_one(desk, str(new_id()), old, None)

    told = await desk.get("/recurrence-rate", {"to": (old + timedelta(hours=1)).isoformat()})
    assert (told["days"], told["minimum"]) == (90, 10)
    rate = told["rate"]
    assert (rate["value"], rate["n"], rate["definition"]["version"]) == (33.33, 12, 1)
    assert rate["excluded"] == {"no-customer": 1, "no-cause": 1}
    low, high = pytest.approx(13.81, abs=0.01), pytest.approx(60.94, abs=0.01)
    assert rate["interval"] == {"low": low, "high": high, "level": 0.95, "method": "wilson"}
    assert list(told["by_cause"]) == ["process"]
    everything = await desk.get("/recurrence-rate")
    assert everything["rate"]["excluded"] == {"still-watched": 1, "no-customer": 1, "no-cause": 1}
    few = everything["by_cause"]["attitude"]
    assert (few["value"], few["n"], few["verdict"], few["interval"]) == (None, 1, "too_few", None)


async def test_the_figures_are_for_those_who_may_see_figures(desk: Desk, served: Service[Work], tokens: TokenMaker) -> None:
    async with client_of(served.asgi, headers=tokens.bearer("complaints:read", level=4)) as other:
        for path in ("/trends", "/trend-runs", "/recurrence-rate"):
            assert (await other.get(f"/complaints/v1{path}")).status_code == 403
    with statements(served) as seen:
        await desk.get("/recurrence-rate")
    assert len(seen) <= 4, seen
