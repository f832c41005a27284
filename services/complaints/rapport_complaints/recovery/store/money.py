"""Sums of the ledger: what is left of payments, and what budgets have been used for. Read under locks where it decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from rapport_chassis.work import Work
from rapport_kernel.money import Money
from sqlalchemy import case, func, select, text

from rapport_complaints.recovery.domain.recovery_data import Budget
from rapport_complaints.recovery.store.tables import compensation_ledger, compensations, recovery_cases

e, c, r = compensation_ledger.c, compensations.c, recovery_cases.c


def money(currency: str, amount: Decimal) -> Money:
    """An amount out of two columns."""
    return Money(currency, amount)


async def left_of_payments(work: Work, recovery_id: UUID) -> dict[UUID, Money]:
    """What was paid in a case and not taken back, by payment; the caller holds the case."""
    back = compensation_ledger.alias("back")
    query = (
        select(e.id, e.currency, (e.amount - func.coalesce(func.sum(back.c.amount), 0)).label("left"))
        .select_from(compensation_ledger.outerjoin(back, back.c.reverses == e.id))
        .where(e.recovery_id == recovery_id, e.kind == "payment")
        .group_by(e.id)
    )
    return {row.id: money(row.currency, row.left) for row in await work.connection.execute(query)}


async def hold_budgets(work: Work, codes: Sequence[str]) -> None:
    """Of two works that award from one budget the second waits here for the end of the first."""
    for code in sorted(codes):
        await work.connection.execute(_ONE_AT_A_TIME, {"name": f"compensation_budgets {code}"})


async def used(work: Work, budget: Budget, at: datetime) -> Money:
    """What is awarded out of a budget in the period of `at` and not taken back; by the ledger."""
    start, stop = budget.span(at)
    signed = case((e.kind == "award", e.amount), (e.kind == "reversal", -e.amount), else_=Decimal(0))
    query = (
        select(func.coalesce(func.sum(signed), 0))
        .select_from(compensation_ledger.join(compensations, c.id == e.compensation_id).join(recovery_cases))
        .where(c.currency == budget.currency, c.awarded_at >= start, c.awarded_at < stop)
    )
    if budget.unit is not None:
        query = query.where(r.unit == budget.unit)
    if budget.category is not None:
        query = query.where(r.category == budget.category)
    return money(budget.currency, Decimal((await work.connection.execute(query)).scalar_one()))


_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
