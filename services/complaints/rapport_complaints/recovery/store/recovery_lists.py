"""Recovery cases, compensations and the ledger as lists; one statement a page. What became of money is summed up here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Params
from rapport_chassis.lists import Keyset, Page, Paging, between
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import RemedyKind
from rapport_contracts.fields import Code, UtcTime
from rapport_kernel.errors import NotFound
from sqlalchemy import ColumnElement, Row, Select, Subquery, func, select, true

from rapport_complaints.recovery.store.tables import compensation_ledger, compensations, recovery_cases

r, c, e = recovery_cases.c, compensations.c, compensation_ledger.c
IDENTIFIED = Keyset({"identified_at": [r.identified_at, r.id], "number": [r.number]}, default="-identified_at")
AWARDED = Keyset({"awarded": [c.awarded_at, c.id]}, default="-awarded")
ENTERED = Keyset({"recorded": [e.recorded_at, e.id]}, default="recorded")
"""In the order in which they were entered."""


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
        return [*found, *between(r.identified_at, self.from_, self.to)]


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
        return [*found, *between(c.awarded_at, self.from_, self.to)]


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
        return [*found, *between(e.recorded_at, self.from_, self.to)]


async def find_recoveries(work: Work, filters: RecoveryFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of cases. Raises Invalid for a bad cursor or order."""
    asked = filters.model_dump(exclude_none=True)
    return await IDENTIFIED.find(work, select(recovery_cases).where(*filters.conditions()), paging, asked)


async def find_compensations(work: Work, filters: CompensationFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of compensations, each with what the ledger says of it. Raises Invalid."""
    asked = filters.model_dump(exclude_none=True)
    page = AWARDED.select(_known().where(*filters.conditions()), paging, asked).subquery("page")
    query = _summed(page).order_by(*AWARDED.order_of(page, paging))  # only what is shown is summed up
    rows = (await work.connection.execute(query)).all()
    return AWARDED.page(rows, paging, asked, lambda row: row)


async def show_compensation(work: Work, compensation_id: UUID) -> Row[Any]:
    """One with what the ledger says of it. Raises NotFound."""
    row: Row[Any] | None = (
        await work.connection.execute(_summed(_known().where(c.id == compensation_id).subquery()))
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


async def compensations_of(work: Work, recovery_id: UUID) -> list[Row[Any]]:
    """Those of a case, in the order in which they were entered."""
    found = _known().where(c.recovery_id == recovery_id).subquery()
    return list(await work.connection.execute(_summed(found).order_by(found.c.id)))


async def find_entries(work: Work, filters: LedgerFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of the ledger. Raises Invalid."""
    asked = filters.model_dump(exclude_none=True)
    return await ENTERED.find(work, select(compensation_ledger).where(*filters.conditions()), paging, asked)


async def case_of(work: Work, compensation_id: UUID) -> UUID | None:
    """The recovery case that a compensation belongs to."""
    query = select(c.recovery_id).where(c.id == compensation_id)
    found: UUID | None = (await work.connection.execute(query)).scalar_one_or_none()
    return found


def _known() -> Select[Any]:
    """Compensations with what is known of their case."""
    of_case = (r.number, r.customer_id, r.complaint_id, r.category, r.unit)
    return select(*compensations.columns, *of_case).join(recovery_cases, r.id == c.recovery_id)


def _summed(found: Subquery) -> Select[Any]:
    """These with the sums of the ledger: what was paid, what came back, what is awarded and not taken back."""
    origin = compensation_ledger.alias("origin")
    joined = compensation_ledger.outerjoin(origin, origin.c.id == e.reverses)
    paid = func.coalesce(func.sum(e.amount).filter(e.kind == "payment"), 0)
    back = func.coalesce(func.sum(e.amount).filter(origin.c.kind == "payment"), 0)
    standing = func.coalesce(
        func.sum(e.amount).filter(e.kind == "award") - func.coalesce(func.sum(e.amount).filter(e.kind == "reversal"), 0), 0
    )
    sums = select(paid.label("paid"), back.label("came_back"), standing.label("standing")).select_from(joined)
    lateral = sums.where(e.compensation_id == found.c.id).correlate(found).lateral("sums")
    return select(found, *lateral.c).select_from(found.join(lateral, true()))
