"""Recovery cases with what they award, their policies and budgets; the ledger, which is only ever added to, and its sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy
from rapport_chassis.columns import table_of
from rapport_chassis.customers import Owned, Part
from rapport_chassis.database import to_json
from rapport_chassis.histories import HistoryStore, history
from rapport_chassis.telling import Untold
from rapport_chassis.versions import VersionedKind, versions_table
from rapport_chassis.work import Work
from rapport_contracts.satisfaction.scores import SatisfactionScored
from rapport_kernel.money import Money
from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
    case,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from rapport_complaints.cases.store.tables import NONE, complaints
from rapport_complaints.catalogue import WHOLE
from rapport_complaints.recovery.domain.case import RecoveryCase
from rapport_complaints.recovery.domain.compensation import Award, Entry
from rapport_complaints.recovery.domain.policies import Budget, RecoveryPolicy
from rapport_complaints.schema import metadata, moment

recovery_numbers = sqlalchemy.Sequence("recovery_numbers", metadata=metadata)
recovery_cases = table_of(
    RecoveryCase,
    "recovery_cases",
    metadata,
    Column("number", unique=True),
    Column("keyed_by", comment="customer, or the case itself while the customer is unknown"),
    Column("subject_staff", server_default=NONE, comment="whom it is about"),
    Column("participants", server_default=NONE, comment="may not judge it"),
    Column("plan", comment="how many were made"),
    Column("remedies", server_default=NONE, comment="of the present plan"),
    Column("authority_version", comment="of the limits it was proposed or approved under"),
    Column("policy_version", comment="of the recovery policy it was approved under"),
    Column("asked", comment="the invitation that was answered"),
    Index("recovery_cases_identified", "identified_at", "id"),
    Index("recovery_cases_state", "state", "identified_at", "id"),
    Index("recovery_cases_category", "category", "identified_at", "id"),
    Index("recovery_cases_unit", "unit", "identified_at", "id", postgresql_where=text("unit IS NOT NULL")),
    Index("recovery_cases_expires", "expires_at", "id", postgresql_where=text("expires_at IS NOT NULL")),
    Index("recovery_cases_remedies", "remedies", postgresql_using="gin"),
    Index("recovery_cases_customer", "customer_id", "identified_at", "id", postgresql_where=text("customer_id IS NOT NULL")),
    Index("recovery_cases_complaint", "complaint_id", postgresql_where=text("complaint_id IS NOT NULL")),
    refers={"complaint_id": "complaints.id"},
    elsewhere={"awards", "entries"},
    comment="One row for each recovery case.",
)

compensations = Table(
    "compensations",
    metadata,
    Column("id", Uuid, primary_key=True, comment="time-ordered"),
    Column("recovery_id", Uuid, ForeignKey("recovery_cases.id"), nullable=False),
    Column("plan", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount", Numeric(14, 2), nullable=False),
    Column("state", Text, nullable=False),
    moment("awarded_at", nullable=False),
    Column("entry", Uuid, nullable=False, comment="the award in the ledger"),
    Column("payment", Uuid, comment="the payment in the ledger"),
    Index("compensations_case", "recovery_id", "id"),
    Index("compensations_awarded", "currency", "awarded_at"),
    Index("compensations_entered", "awarded_at", "id"),
    Index("compensations_state", "state", "awarded_at", "id"),
    Index("compensations_kind", "kind", "awarded_at", "id"),
    comment="Amounts that plans award; what became of the money says the ledger.",
)

compensation_ledger = Table(
    "compensation_ledger",
    metadata,
    Column("id", Uuid, primary_key=True, comment="time-ordered"),
    Column("recovery_id", Uuid, ForeignKey("recovery_cases.id"), nullable=False),
    Column("compensation_id", Uuid, ForeignKey("compensations.id"), nullable=False),
    Column("kind", Text, nullable=False, comment="award, payment, reversal"),
    Column("currency", Text, nullable=False),
    Column("amount", Numeric(14, 2), nullable=False, comment="above zero; a reversal counts the other way"),
    Column("reverses", Uuid, ForeignKey("compensation_ledger.id"), comment="the entry that a reversal takes back"),
    moment("at", nullable=False),
    moment("recorded_at", nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text),
    Index("compensation_ledger_of", "compensation_id", "id"),
    Index("compensation_ledger_entered", "recorded_at", "id"),
    Index("compensation_ledger_kind", "kind", "recorded_at", "id"),
    Index("compensation_ledger_case", "recovery_id", "id"),
    Index("compensation_ledger_reverses", "reverses", postgresql_where=text("reverses IS NOT NULL")),
    Index("compensation_ledger_once", "compensation_id", "kind", unique=True, postgresql_where=text("kind <> 'reversal'")),
    comment="What became of money; append-only, its sum is the truth.",
)

recovery_policies = versions_table("recovery_policies", metadata, "How long offers stand")
RECOVERY_POLICIES = VersionedKind(recovery_policies, RecoveryPolicy, "recovery-policy", only="standard", tells=WHOLE)

compensation_budgets = versions_table("compensation_budgets", metadata, "How much may be awarded")
COMPENSATION_BUDGETS = VersionedKind(
    compensation_budgets,
    Budget,
    "compensation-budget",
    tells=Untold("How much money is set aside is not for everybody who counts."),
)


e, c, r = compensation_ledger.c, compensations.c, recovery_cases.c
OWNED = Owned(
    recovery_cases,
    known_by=("id", "complaint_id"),
    keyed_by="keyed_by",
    moves_with=("complaint_id", complaints, "id"),
    parts=[Part(history, "subject_id", sealed=("note", "salt"))],
)


class Recoveries(HistoryStore[RecoveryCase]):
    """Recovery cases."""

    table = recovery_cases
    kind = RecoveryCase
    name = "recovery"
    check_timer = "recovery.expire"

    async def get_many(self, ids: Iterable[UUID], *, for_update: bool = False) -> dict[UUID, RecoveryCase]:
        """With their awards; two statements."""
        known = set(self._held)
        found = await super().get_many(ids, for_update=for_update)
        fresh = [one for one in found if one not in known]
        if fresh:
            query = select(compensations).where(c.recovery_id.in_(fresh)).order_by(c.id)
            for row in await self.work.connection.execute(query):
                money = Money(row.currency, row.amount)
                award = Award(row.id, row.plan, row.kind, money, row.awarded_at, row.entry, row.payment, row.state)
                found[row.recovery_id].awards.append(award)
        return found

    async def save_related(self, saved: list[RecoveryCase]) -> None:
        """Awards and new entries of the ledger as well."""
        await super().save_related(saved)
        awards = [_award(recovery.id, award) for recovery in saved for award in recovery.awards]
        if awards:
            await self.work.connection.execute(_SAVE, awards)
        entries: list[dict[str, Any]] = []
        for recovery in saved:
            made, recovery.entries = recovery.entries, []
            entries.extend(_entry(recovery.id, each) for each in made)
        if entries:
            await self.work.connection.execute(insert(compensation_ledger), entries)


async def open_recoveries(work: Work, customers: list[UUID]) -> Mapping[str, int]:
    """Recovery cases of these customers that have not ended: they hold an erasure."""
    query = select(func.count()).where(r.customer_id.in_(customers), r.ended_at.is_(None))
    return {"open-recovery": (await work.connection.execute(query)).scalar_one()}


async def waiting_for(work: Work, answers: Sequence[SatisfactionScored]) -> dict[UUID, list[UUID]]:
    """For each invitation the cases that its answer is about and that wait for one; one statement."""
    rows = [
        {"invitation_id": each.invitation_id, "recovery_id": each.recovery_id, "complaint_id": each.complaint_id}
        for each in answers
        if each.recovery_id is not None or each.complaint_id is not None
    ]
    found: dict[UUID, list[UUID]] = {}
    if rows:
        for row in await work.connection.execute(_WAITING, {"rows": to_json(rows)}):
            found.setdefault(row.invitation_id, []).append(row.id)
    return found


async def left_of_payments(work: Work, recovery_id: UUID) -> dict[UUID, Money]:
    """The rest of each payment of a case that has not come back, by payment; the caller holds the case."""
    back = compensation_ledger.alias("back")
    query = (
        select(e.id, e.currency, (e.amount - func.coalesce(func.sum(back.c.amount), 0)).label("left"))
        .select_from(compensation_ledger.outerjoin(back, back.c.reverses == e.id))
        .where(e.recovery_id == recovery_id, e.kind == "payment")
        .group_by(e.id)
    )
    return {row.id: Money(row.currency, row.left) for row in await work.connection.execute(query)}


async def hold_budgets(work: Work, codes: Sequence[str]) -> None:
    """Of two transactions that award from one budget the second waits here for the end of the first."""
    for code in sorted(codes):
        await work.connection.execute(_ONE_AT_A_TIME, {"name": f"compensation_budgets {code}"})


async def used(work: Work, budget: Budget, at: datetime) -> Money:
    """The sum that was awarded from a budget in the period of `at` and not taken back; by the ledger."""
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
    return Money(budget.currency, Decimal((await work.connection.execute(query)).scalar_one()))


def _award(recovery_id: UUID, award: Award) -> dict[str, Any]:
    return {
        "id": award.id,
        "recovery_id": recovery_id,
        "plan": award.plan,
        "kind": award.kind,
        "currency": award.amount.currency,
        "amount": award.amount.amount,
        "state": award.state,
        "awarded_at": award.awarded_at,
        "entry": award.entry,
        "payment": award.payment,
    }


def _entry(recovery_id: UUID, entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "recovery_id": recovery_id,
        "compensation_id": entry.award_id,
        "kind": entry.kind,
        "currency": entry.amount.currency,
        "amount": entry.amount.amount,
        "reverses": entry.reverses,
        "at": entry.act.at,
        "recorded_at": entry.act.recorded_at,
        "actor": entry.act.by,
        "reason": entry.act.reason,
    }


_insert = upsert(compensations)
_SAVE = _insert.on_conflict_do_update(
    index_elements=["id"], set_={"state": _insert.excluded.state, "payment": _insert.excluded.payment}
)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_WAITING = text(
    """
    SELECT k.invitation_id, r.id
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS k(invitation_id uuid, recovery_id uuid, complaint_id uuid)
    JOIN recovery_cases r ON r.id = k.recovery_id OR (k.recovery_id IS NULL AND r.complaint_id = k.complaint_id)
    WHERE r.state = 'executed' ORDER BY r.id
    """
)
