"""Those who do not complain (S57): counted again from rows, with what is left out and why; nothing is made of too few."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from rapport_chassis.service import Service
from rapport_complaints.domain.statistics import wilson
from rapport_complaints.store.work import ComplaintsWork
from rapport_kernel.ids import new_id
from rapport_testing.web import TokenMaker, client_of

from .desk import Desk
from .test_recovery_verified import scored, tell

NOW = datetime.now(UTC)


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
    await low(desk, new_id(), 5)  # may still complain
    await low(desk, None, 60)
    await low(desk, new_id(), 60, "satisfied", 5.0)
    told = await silence(desk)
    assert (told["silent_share"]["n"], told["silent_share"]["value"]) == (12, pytest.approx(100 * 8 / 12))
    assert told["silent_share"]["excluded"] == {"undecided": 1, "unknown-customer": 1}
    least, most = wilson(8, 12)
    interval = told["silent_share"]["interval"]
    assert (interval["low"], interval["high"]) == (pytest.approx(100 * least), pytest.approx(100 * most))
    assert told["complainants"]["value"] == 5
    assert told["estimated"]["value"] == pytest.approx(5 / (4 / 12))
    assert told["estimated"]["interval"]["high"] == pytest.approx(5 / (1 - most))


async def test_a_period_and_the_days_narrow_it_down(desk: Desk) -> None:
    customers = [new_id() for _ in range(11)]
    for customer in customers:
        await low(desk, customer, 60)
    await complained(desk, customers[0], 40)
    assert (await silence(desk, days=30))["silent_share"]["value"] == pytest.approx(100 * 10 / 11)
    assert (await silence(desk, days=10))["silent_share"]["value"] == 100.0
    later = await silence(desk, **{"from": ago(50).isoformat()})
    assert (later["silent_share"]["n"], later["silent_share"]["verdict"]) == (0, "too few")
    assert later["complainants"]["value"] == 1


async def test_nothing_is_estimated_from_too_few(desk: Desk) -> None:
    for _ in range(9):
        await low(desk, new_id(), 60)
    told = await silence(desk)
    assert [told[name]["verdict"] for name in ("silent_share", "complainants", "estimated")] == ["too few", "ok", "too few"]
    assert told["silent_share"]["interval"] is None


async def test_where_nobody_complained_only_the_share_is_said(desk: Desk) -> None:
    for _ in range(10):
        await low(desk, new_id(), 60)
    told = await silence(desk)
    assert (told["silent_share"]["value"], told["estimated"]["value"]) == (100.0, None)


async def test_who_may_not_see_figures_and_what_is_no_period(
    desk: Desk, served: Service[ComplaintsWork], tokens: TokenMaker
) -> None:
    for params in ({"from": "yesterday"}, {"days": 0}, {"days": 10**9}, {"month": "7"}):
        await desk.get("/silent-dissatisfaction", params, status=422)
    async with client_of(served.asgi, headers=tokens.bearer("complaints:read", level=4)) as reader:
        assert (await reader.get("/complaints/v1/silent-dissatisfaction")).status_code == 403
