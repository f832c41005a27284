"""Money over HTTP: budgets under real concurrency, what frees them, the ledger that the database only lets grow."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import pytest
from rapport_kernel.ids import new_id
from rapport_testing.databases import owner_beside

from .desk import Desk
from .test_recovery import act, executed, front, judge, money_of, opened, refund

__all__ = ["front", "judge"]  # fixtures

BUDGET = {"name": "b", "unit": "north", "currency": "CNY", "amount": "1000.00", "period": "year"}


async def test_two_awards_at_once_never_exceed_a_budget_together(desk: Desk) -> None:
    await desk.put("/compensation-budgets/north", BUDGET)
    await desk.put("/compensation-budgets/deliveries", {**BUDGET, "unit": None, "category": "delivery", "amount": "5000.00"})
    cases = [await opened(desk) for _ in range(12)]

    async def award(case: dict[str, Any]) -> int:
        answer = await desk.http.post(f"/complaints/v1/recovery-cases/{case['id']}:propose", json=refund("300.00"))
        assert answer.status_code == 200 or answer.json()["code"] == "budget-exhausted", answer.text
        return answer.status_code

    told = await asyncio.gather(*(award(case) for case in cases))
    assert (told.count(200), told.count(409)) == (3, 9)
    north = await desk.get("/compensation-budgets/north/standing")
    assert (north["limit"], north["used"], north["left"]) == ("1000.00", "900.00", "100.00")
    assert (await desk.get("/compensation-budgets/deliveries/standing"))["used"] == "900.00"
    assert await desk.db.fetchval("SELECT sum(amount) FROM compensation_ledger") == Decimal("900.00")


async def test_a_budget_is_free_again_after_rejection_lapse_refusal_and_reversal(
    desk: Desk, front: httpx.AsyncClient, judge: httpx.AsyncClient
) -> None:
    await desk.put("/compensation-budgets/north", BUDGET)

    async def used() -> str:
        return str((await desk.get("/compensation-budgets/north/standing"))["used"])

    case = await opened(desk)
    await act(front, case, "propose", **refund("1000.00"))
    assert await used() == "1000.00"
    assert (await act(judge, await opened(desk), "propose", 409, **refund("0.01")))["code"] == "budget-exhausted"
    await act(judge, case, "reject", reason="too-much")
    assert await used() == "0.00"
    await act(desk.http, case, "propose", **refund("1000.00"))
    await act(desk.http, case, "offer", method="phone")
    await act(desk.http, case, "record-choice", accepted=False)
    assert await used() == "0.00"
    paid = await executed(desk, "1000.00")
    money = await money_of(desk, paid)
    answer = await judge.post(
        f"/complaints/v1/compensations/{money['id']}:reverse", json={"amount": "400", "reason": "paid-twice"}
    )
    assert (answer.status_code, answer.json()["state"], await used()) == (200, "executed", "600.00")
    await act(desk.http, await opened(desk), "propose", **refund("400.00"))
    assert await used() == "1000.00"


async def test_a_payment_comes_back_in_parts_and_the_ledger_refuses_more(desk: Desk) -> None:
    case = await executed(desk)
    money = await money_of(desk, case)
    path = f"/compensations/{money['id']}:reverse"
    first = await desk.post(path, {"amount": "100.00", "reason": "paid-twice"}, 200)
    assert first["state"] == "executed"
    for amount in ("20.01", "0"):
        assert (await desk.post(path, {"amount": amount, "reason": "x"}, 409))["code"] == "reversal-exceeds"
    both = await asyncio.gather(
        *(desk.http.post(f"/complaints/v1{path}", json={"amount": "20.00", "reason": "rest"}) for _ in range(4))
    )
    assert sorted(answer.status_code for answer in both) == [200, 409, 409, 409]
    shown = await desk.get(f"/compensations/{money['id']}")
    assert (shown["state"], shown["paid"], shown["came_back"], shown["standing"]) == ("reversed", "120.00", "120.00", "0.00")
    assert (await desk.get(f"/recovery-cases/{case['id']}"))["state"] == "reversed"
    entries = (await desk.get("/compensation-ledger", {"compensation": money["id"], "kind": "reversal"}))["items"]
    payment = (await desk.get("/compensation-ledger", {"kind": "payment"}))["items"][0]["id"]
    assert [(each["amount"], each["reverses"], each["reason"]) for each in entries] == [
        ("100.00", payment, "paid-twice"),
        ("20.00", payment, "rest"),
    ]
    await desk.post(f"/compensations/{new_id()}:reverse", {"amount": "1", "reason": "x"}, 404)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE compensation_ledger SET amount = 1",
        "UPDATE compensation_ledger SET reason = 'x'",
        "DELETE FROM compensation_ledger",
        "TRUNCATE compensation_ledger",
    ],
)
async def test_the_database_refuses_to_change_or_remove_what_is_in_the_ledger(desk: Desk, statement: str) -> None:
    await executed(desk)
    async with owner_beside(desk.db) as owner:
        for refused in (desk.db, owner):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await refused.execute(statement)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"amount": Decimal("120.01")}, "exceeds"),
        ({"reverses": None}, "no entry"),
        ({"kind": "gift"}, "no entry"),
        ({"amount": Decimal(0)}, "no entry"),
        ({"currency": "EUR"}, "exceeds"),
    ],
)
async def test_the_database_refuses_a_reversal_that_takes_back_more_or_something_else(
    desk: Desk, change: dict[str, Any], why: str
) -> None:
    await executed(desk)
    payment = await desk.db.fetchrow("SELECT * FROM compensation_ledger WHERE kind = 'payment'")
    assert payment is not None
    row = {**payment, "id": new_id(), "kind": "reversal", "reverses": payment["id"], **change}
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    with pytest.raises(asyncpg.CheckViolationError, match=why):
        await desk.db.execute(f"INSERT INTO compensation_ledger VALUES ({places})", *row.values())  # noqa: S608 - ours


@pytest.mark.parametrize(
    "change",
    [{"zone": "Nowhere/Land"}, {"period": "week"}, {"amount": 5}, {"currency": "x"}, {"amount": "-1"}, {"in_use": "no"}],
)
async def test_what_is_no_budget_is_refused(desk: Desk, change: dict[str, Any]) -> None:
    await desk.put("/compensation-budgets/bad", {**BUDGET, **change}, status=422)
    await desk.get("/compensation-budgets/bad", status=404)
    await desk.get("/compensation-budgets/bad/standing", status=404)


async def test_a_budget_and_the_policy_are_versions(desk: Desk) -> None:
    await desk.put("/compensation-budgets/north", BUDGET)
    made = await desk.put("/compensation-budgets/north", {**BUDGET, "amount": "5.00"})
    assert (made["version"], (await desk.get("/compensation-budgets/north", {"version": 1}))["body"]["amount"]) == (
        2,
        "1000.00",
    )
    assert len((await desk.get("/compensation-budgets"))["items"]) == 2
    assert (await desk.get("/recovery-policies/standard"))["body"]["claim_days"] == 90
    await desk.put("/recovery-policies/other", {"name": "x"}, status=404)
