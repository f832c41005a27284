"""Those who do not complain (S57): counted again from rows, with what is left out and why; nothing is made of too few."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_kernel.ids import new_id
from rapport_kernel.statistics import wilson
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import Desk
from .test_recovery_verified import scored, tell

NOW = datetime.now(UTC)
LOW = ("detractor", "dissatisfied", "hard")


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


async def low(desk: Desk, customer: UUID | None, days: float, band: str = "dissatisfied", value: float = 1.0) -> None:
    await tell(desk, scored(band, value, customer_id=customer, scored_at=ago(days)))


async def complained(desk: Desk, customer: UUID, days: float) -> None:
    await desk.file(customer_id=str(customer), received_at=ago(days).isoformat())


async def silence(desk: Desk, **params: Any) -> dict[str, Any]:
    return dict(await desk.get("/silent-dissatisfaction", params))


async def test_the_share_is_counted_from_customers_and_the_estimate_from_both(desk: Desk) -> None:
    speak, silent = [new_id() for _ in range(4)], [new_id() for _ in range(8)]
    for customer in (*speak, *silent):
        await low(desk, customer, 60)
        await low(desk, customer, 59, "detractor", 3.0)  # a customer counts once
    for customer, days in zip(speak, (85, 60, 45, 31), strict=True):
        await complained(desk, customer, days)
    await complained(desk, silent[0], 95)  # too long before his answer to be about it
    hasty = new_id()
    await low(desk, hasty, 5)  # others like him may still complain
    await complained(desk, hasty, 4)
    await low(desk, None, 60)
    await low(desk, new_id(), 60, "satisfied", 5.0)
    told = await silence(desk)
    assert (told["silent_share"]["n"], told["silent_share"]["value"]) == (12, 66.67)
    assert told["silent_share"]["excluded"] == {"undecided": 1, "unknown-customer": 1}
    least, most = wilson(8, 12)
    interval = told["silent_share"]["interval"]
    assert (interval["low"], interval["high"]) == (round(100 * least, 2), round(100 * most, 2))
    assert told["complainants"]["value"] == 6
    assert told["estimated"]["value"] == 18
    assert told["estimated"]["interval"]["high"] == round(6 / (1 - most), 2)


async def test_a_period_and_the_days_narrow_it_down(desk: Desk) -> None:
    customers = [new_id() for _ in range(11)]
    for customer in customers:
        await low(desk, customer, 60)
    await complained(desk, customers[0], 40)
    assert (await silence(desk, days=30))["silent_share"]["value"] == 90.91
    assert (await silence(desk, days=10))["silent_share"]["value"] == 100.0
    later = await silence(desk, **{"from": ago(50).isoformat()})
    assert (later["silent_share"]["n"], later["silent_share"]["verdict"]) == (0, "too_few")
    assert later["complainants"]["value"] == 1


async def test_nothing_is_estimated_from_too_few(desk: Desk) -> None:
    for _ in range(9):
        await low(desk, new_id(), 60)
    told = await silence(desk)
    assert [told[name]["verdict"] for name in ("silent_share", "complainants", "estimated")] == ["too_few", "ok", "too_few"]
    assert told["silent_share"]["interval"] is None


async def test_where_nobody_complained_only_the_share_is_said(desk: Desk) -> None:
    for _ in range(10):
        await low(desk, new_id(), 60)
    told = await silence(desk)
    assert (told["silent_share"]["value"], told["estimated"]["value"]) == (100.0, None)


async def test_who_may_not_see_figures_and_what_is_no_period(desk: Desk, served: Service[Work], tokens: TokenMaker) -> None:
    for params in ({"from": "yesterday"}, {"days": 0}, {"days": 10**9}, {"month": "7"}):
        await desk.get("/silent-dissatisfaction", params, status=422)
    async with client_of(served.asgi, headers=tokens.bearer("complaints:read", level=4)) as reader:
        assert (await reader.get("/complaints/v1/silent-dissatisfaction")).status_code == 403


async def policy(desk: Desk, **changes: Any) -> None:
    await desk.put("/win-back-policies/standard", {"name": "x", "rules": [], **changes})


async def recount(desk: Desk, start: datetime, stop: datetime, days: int, now: datetime) -> list[set[UUID]]:
    """Those who are not content, the silent ones of them, and complainants: from the rows, without SQL that counts."""
    answers = await desk.db.fetch("SELECT customer_id, band, scored_at FROM scores ORDER BY scored_at")
    filed = await desk.db.fetch("SELECT customer_id, received_at FROM complaints WHERE customer_id IS NOT NULL")
    first: dict[UUID, datetime] = {}
    for row in answers:
        if row["customer_id"] and row["band"] in LOW and start <= row["scored_at"] < stop:
            first.setdefault(row["customer_id"], row["scored_at"])
    unhappy = {customer for customer, at in first.items() if at + timedelta(days=days) <= now}
    complained = {
        row["customer_id"]
        for row in filed
        if abs(row["received_at"] - first.get(row["customer_id"], ago(9999))) <= timedelta(days=days)
    }
    return [unhappy, unhappy - complained, {row["customer_id"] for row in filed if start <= row["received_at"] < stop}]


async def story(desk: Desk) -> None:
    """Some are silent; some complain before or after, or too early or too late for it; of some nobody can tell."""
    for answered, filed in [(50, 60), (50, 45), (50, 81), (50, 19), (50, None), (45, None), (90, None)]:
        customer = new_id()
        await low(desk, customer, answered)
        if filed is not None:
            await complained(desk, customer, filed)
    twice = new_id()
    await low(desk, twice, 90)
    await low(desk, twice, 40, "hard")
    await complained(desk, twice, 95)  # near the answer that lies before the period
    await low(desk, new_id(), 50, "promoter", 10.0)
    await low(desk, new_id(), 50, "neutral", 3.0)
    await low(desk, new_id(), 10)
    await low(desk, None, 50)
    await low(desk, new_id(), 55)
    await desk.db.execute("UPDATE scores SET band = NULL WHERE scored_at = $1", ago(55))
    for days in (30, 35, 70):
        await complained(desk, new_id(), days)
    await desk.file(received_at=ago(30).isoformat())


async def test_the_figures_are_those_that_a_recount_of_the_rows_gives(desk: Desk, served: Service[Work]) -> None:
    await story(desk)
    await policy(desk, minimum=3)
    start, stop = ago(65), ago(5)
    with statements(served) as seen:
        told = await silence(desk, **{"from": start.isoformat(), "to": stop.isoformat(), "days": 30})
    assert len(seen) == 3, seen  # the time, the policy, the counts
    share, estimated = told["silent_share"], told["estimated"]
    now = datetime.fromisoformat(share["as_of"])
    unhappy, silent, complainants = await recount(desk, start, stop, 30, now)
    assert (len(unhappy), len(silent), len(complainants)) == (7, 5, 5)
    least, most = wilson(len(silent), len(unhappy))
    assert (share["n"], share["value"]) == (len(unhappy), round(100 * len(silent) / len(unhappy), 2))
    assert [share["interval"][side] for side in ("low", "high")] == [round(100 * least, 2), round(100 * most, 2)]
    assert share["excluded"] == {"undecided": 1, "unknown-customer": 1, "unknown-band": 1}
    assert told["complainants"]["value"] == len(complainants)
    assert told["complainants"]["excluded"] == {"unknown-customer": 1}
    assert estimated["value"] == round(len(complainants) / (1 - len(silent) / len(unhappy)), 2)
    bounds = [round(len(complainants) / (1 - bound), 2) for bound in (least, most)]
    assert [estimated["interval"][side] for side in ("low", "high")] == bounds


async def test_what_is_low_and_how_many_are_needed_is_said_by_the_policy(desk: Desk) -> None:
    await story(desk)
    assert (await silence(desk))["silent_share"]["verdict"] == "too_few"
    await policy(desk, minimum=1, low_bands=["hard"])
    told = await silence(desk)
    assert (told["minimum"], told["low_bands"], told["silent_share"]["n"]) == (1, ["hard"], 1)
