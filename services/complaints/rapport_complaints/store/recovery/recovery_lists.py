"""Recovery cases, compensations and the ledger as lists; one statement a page. What became of money is summed up here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.web import Keyset, Page, Paging
from rapport_chassis.web.body import Params
from rapport_chassis.work import Work
from rapport_contracts.fields import Code, UtcTime
from rapport_contracts.vocabulary import RemedyKind
from rapport_kernel.errors import NotFound
from sqlalchemy import ColumnElement, Row, Select, func, select

from rapport_complaints.store.recovery.tables import compensation_ledger, compensations, recovery_cases

r, c, e = recovery_cases.c, compensations.c, compensation_ledger.c
IDENTIFIED = Keyset({"identified_at": [r.identified_at, r.id], "number": [r.number]}, default="-identified_at")
AWARDED = Keyset({"awarded": [c.id]}, default="-awarded")
"""In the order in which they were entered; ids are time-ordered."""
ENTERED = Keyset({"recorded": [e.id]}, default="recorded")


class RecoveryFilters(Params):
    """What a list of recovery cases can be narrowed down to."""

    state: Code | None = None
    category: Code | None = None
    unit: Code | None = None
    customer: UUID | None = None
    complaint: UUID | None = None
    remedy: RemedyKind | None = Field(default=None, description="That the present plan names.")
    expires_before: UtcTime | None = Field(default=None, description="With an offer that lapses before this time.")
    from_: UtcTime | None = Field(default=None, alias="from", description="Identified from this time on.")
    to: UtcTime | None = Field(default=None, description="Identified before this time.")

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions of the statement."""
        equal = {
            r.state: self.state,
            r.category: self.category,
            r.unit: self.unit,
            r.customer_id: self.customer,
            r.complaint_id: self.complaint,
        }
        found = [column == value for column, value in equal.items() if value is not None]
        if self.remedy is not None:
            found.append(r.remedies.contains([self.remedy.value]))
        if self.expires_before is not None:
            found.append(r.expires_at < self.expires_before)
        if self.from_ is not None:
            found.append(r.identified_at >= self.from_)
        if self.to is not None:
            found.append(r.identified_at < self.to)
        return found


class CompensationFilters(Params):
    """What a list of compensations can be narrowed down to."""

    state: Code | None = None
    kind: RemedyKind | None = None
    recovery: UUID | None = None
    customer: UUID | None = None
    complaint: UUID | None = None
    category: Code | None = None
    unit: Code | None = None
    currency: Code | None = None
    from_: UtcTime | None = Field(default=None, alias="from", description="Awarded from this time on.")
    to: UtcTime | None = Field(default=None, description="Awarded before this time.")

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions of the statement."""
        equal = {
            c.state: self.state,
            c.kind: self.kind.value if self.kind is not None else None,
            c.recovery_id: self.recovery,
            r.customer_id: self.customer,
            r.complaint_id: self.complaint,
            r.category: self.category,
            r.unit: self.unit,
            c.currency: self.currency,
        }
        found = [column == value for column, value in equal.items() if value is not None]
        if self.from_ is not None:
            found.append(c.awarded_at >= self.from_)
        if self.to is not None:
            found.append(c.awarded_at < self.to)
        return found


class LedgerFilters(Params):
    """What the ledger can be narrowed down to."""

    compensation: UUID | None = None
    recovery: UUID | None = None
    kind: Code | None = Field(default=None, description="award, payment, reversal.")
    from_: UtcTime | None = Field(default=None, alias="from", description="Entered from this time on.")
    to: UtcTime | None = Field(default=None, description="Entered before this time.")

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions of the statement."""
        equal = {e.compensation_id: self.compensation, e.recovery_id: self.recovery, e.kind: self.kind}
        found = [column == value for column, value in equal.items() if value is not None]
        if self.from_ is not None:
            found.append(e.recorded_at >= self.from_)
        if self.to is not None:
            found.append(e.recorded_at < self.to)
        return found


async def find_recoveries(work: Work, filters: RecoveryFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of cases. Raises Invalid for a bad cursor or order."""
    asked = filters.model_dump(exclude_none=True)
    query = IDENTIFIED.select(select(recovery_cases).where(*filters.conditions()), paging, asked)
    rows = (await work.connection.execute(query)).all()
    return IDENTIFIED.page(rows, paging, asked, lambda row: row)


async def find_compensations(work: Work, filters: CompensationFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of compensations, each with what the ledger says of it. Raises Invalid."""
    asked = filters.model_dump(exclude_none=True)
    query = AWARDED.select(_summed().where(*filters.conditions()), paging, asked)
    rows = (await work.connection.execute(query)).all()
    return AWARDED.page(rows, paging, asked, lambda row: row)


async def show_compensation(work: Work, compensation_id: UUID) -> Row[Any]:
    """One with what the ledger says of it. Raises NotFound."""
    row: Row[Any] | None = (await work.connection.execute(_summed().where(c.id == compensation_id))).one_or_none()
    if row is None:
        raise NotFound
    return row


async def compensations_of(work: Work, recovery_id: UUID) -> list[Row[Any]]:
    """Those of a case, in the order in which they were entered."""
    return list(await work.connection.execute(_summed().where(c.recovery_id == recovery_id).order_by(c.id)))


async def find_entries(work: Work, filters: LedgerFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of the ledger. Raises Invalid."""
    asked = filters.model_dump(exclude_none=True)
    query = ENTERED.select(select(compensation_ledger).where(*filters.conditions()), paging, asked)
    rows = (await work.connection.execute(query)).all()
    return ENTERED.page(rows, paging, asked, lambda row: row)


async def case_of(work: Work, compensation_id: UUID) -> UUID | None:
    """The recovery case that a compensation belongs to."""
    query = select(c.recovery_id).where(c.id == compensation_id)
    found: UUID | None = (await work.connection.execute(query)).scalar_one_or_none()
    return found


def _summed() -> Select[Any]:
    """Compensations with the sums of the ledger: what was paid, what came back, what is awarded and not taken back."""
    origin = compensation_ledger.alias("origin")
    joined = compensation_ledger.outerjoin(origin, origin.c.id == e.reverses)
    mine = e.compensation_id == c.id
    paid = func.coalesce(func.sum(e.amount).filter(e.kind == "payment"), 0)
    back = func.coalesce(func.sum(e.amount).filter(origin.c.kind == "payment"), 0)
    standing = func.coalesce(
        func.sum(e.amount).filter(e.kind == "award") - func.coalesce(func.sum(e.amount).filter(e.kind == "reversal"), 0), 0
    )
    sums = select(paid.label("paid"), back.label("came_back"), standing.label("standing")).select_from(joined).where(mine)
    lateral = sums.correlate(compensations).lateral("sums")
    return (
        select(*compensations.columns, r.number, r.customer_id, r.complaint_id, r.category, r.unit, *lateral.c)
        .select_from(compensations)
        .join(recovery_cases, r.id == c.recovery_id)
        .join(lateral, lateral.c.paid.is_not(None))
    )
