"""Recovery cases, compensations and the ledger as lists; one statement a page. Sums are those of the ledger."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.filters import Changing, Dated, Is, Many, OneCode, OneOf, Where, before, contains, find, open_in
from rapport_chassis.lists import Keyset, Page, Paging, counted
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import RemedyKind
from rapport_contracts.fields import Code, UtcTime
from rapport_contracts.vocabulary import named
from rapport_kernel.errors import NotFound
from sqlalchemy import Row, Select, Subquery, func, select, true

from rapport_complaints.recovery.domain.case import RECOVERY_LIFE
from rapport_complaints.recovery.domain.compensation import AWARD_LIFE, EntryKind
from rapport_complaints.recovery.store.recoveries import compensation_ledger, compensations, recovery_cases

r, c, e = recovery_cases.c, compensations.c, compensation_ledger.c
BY_TIME_IDENTIFIED = Keyset({"identified_at": r.identified_at, "number": r.number}, r.id, default="-identified_at")
AWARDED = Keyset({"awarded_at": c.awarded_at}, c.id, default="-awarded_at")
ENTERED = Keyset({"recorded_at": e.recorded_at}, e.id, default="recorded_at")
"""In the order in which they were entered."""


def of_case(name: str) -> Where:
    """Equal to the column of this name of the recovery case."""
    return Where(lambda _, value: Is(name).condition(r, value))


class RecoveryFilters(Changing, Dated):
    """What a list of recovery cases can be narrowed down to."""

    at = "identified_at"

    number: OneCode | None = Field(default=None, description="As it was given out.")
    state: Annotated[Many[str] | None, OneOf(RECOVERY_LIFE.states)] = None
    open: Annotated[bool | None, open_in(RECOVERY_LIFE)] = Field(
        default=None, description="Neither closed nor reversed, or one of these."
    )
    category: Many[OneCode] | None = None
    unit: Many[Code] | None = None
    customer: Annotated[UUID | None, Is("customer_id")] = None
    complaint: Annotated[UUID | None, Is("complaint_id")] = None
    remedy: Annotated[Many[RemedyKind] | None, contains("remedies")] = Field(
        default=None, description="Named by the present plan."
    )
    expires_before: Annotated[UtcTime | None, before("expires_at")] = Field(
        default=None, description="With an offer that lapses before this time."
    )


class CompensationFilters(Dated):
    """What a list of compensations can be narrowed down to."""

    at = "awarded_at"

    state: Annotated[Many[str] | None, OneOf(AWARD_LIFE.states)] = None
    open: Annotated[bool | None, open_in(AWARD_LIFE)] = Field(
        default=None, description="Reserved or approved, or paid, released or reversed."
    )
    kind: Many[RemedyKind] | None = None
    recovery: Annotated[UUID | None, Is("recovery_id")] = None
    customer: Annotated[UUID | None, of_case("customer_id")] = None
    complaint: Annotated[UUID | None, of_case("complaint_id")] = None
    category: Annotated[Many[OneCode] | None, of_case("category")] = None
    unit: Annotated[Many[Code] | None, of_case("unit")] = None
    currency: Many[OneCode] | None = None


class LedgerFilters(Dated):
    """What the ledger can be narrowed down to."""

    at = "recorded_at"

    compensation: Annotated[UUID | None, Is("compensation_id")] = None
    recovery: Annotated[UUID | None, Is("recovery_id")] = None
    kind: Many[Annotated[EntryKind, named("budget-entry-kind")]] | None = None


async def find_compensations(work: Work, filters: CompensationFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of compensations, each with the sums of the ledger. Raises Invalid."""
    known = _known().where(*filters.conditions(work, compensations))
    page = AWARDED.select(known, paging, filters.asked).subquery("page")
    query = _summed(page).order_by(*AWARDED.order_of(page, paging))  # only what is shown is summed up
    rows = (await work.connection.execute(query)).all()
    return AWARDED.page(rows, paging, filters.asked, lambda row: row, await counted(work, known, paging))


async def show_compensation(work: Work, compensation_id: UUID) -> Row[Any]:
    """One with the sums of the ledger. Raises NotFound."""
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
    return await find(work, compensation_ledger, ENTERED, filters, paging)


async def case_of(work: Work, compensation_id: UUID) -> UUID | None:
    """The recovery case that a compensation belongs to."""
    query = select(c.recovery_id).where(c.id == compensation_id)
    found: UUID | None = (await work.connection.execute(query)).scalar_one_or_none()
    return found


def _known() -> Select[Any]:
    """Compensations with the columns of their case that are shown."""
    of_case = (r.number, r.customer_id, r.complaint_id, r.category, r.unit)
    return select(*compensations.columns, *of_case).join(recovery_cases, r.id == c.recovery_id)


def _summed(found: Subquery) -> Select[Any]:
    """These with the sums of the ledger: paid, came back, awarded and not taken back."""
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
