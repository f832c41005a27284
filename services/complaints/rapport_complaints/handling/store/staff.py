"""The staff: the list, the load of each, and the rules by which complaints are assigned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field
from rapport_chassis.filters import Filters, Many, Where
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.versions import VersionedKind, versions_table
from rapport_chassis.work import Work
from rapport_contracts.fields import Code
from rapport_kernel.versions import Version
from sqlalchemy import Row, bindparam, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import array, distinct_on

from rapport_complaints.cases.domain.data import StaffMember
from rapport_complaints.cases.domain.life import ENDED
from rapport_complaints.cases.domain.record import UNASSIGNED
from rapport_complaints.cases.store import tables
from rapport_complaints.cases.store.versions import staff
from rapport_complaints.catalogue import WHOLE
from rapport_complaints.handling.domain.assignment import ASSIGNMENT, AssignmentRules
from rapport_complaints.schema import metadata

ASSIGNMENT_RULES = VersionedKind(
    versions_table("assignment_rules", metadata, "Who gets what"),
    AssignmentRules,
    "assignment-rules",
    ASSIGNMENT,
    tells=WHOLE,
)

c = tables.complaints.c


_IN_FORCE = (
    select(staff)
    .ext(distinct_on(staff.c.code))
    .where(staff.c.effective_from <= bindparam("now", type_=staff.c.effective_from.type))
)
_NEWEST = _IN_FORCE.order_by(staff.c.code, staff.c.version.desc()).subquery()
BY_CODE = Keyset({"code": _NEWEST.c.code}, _NEWEST.c.code, default="code")


class StaffFilters(Filters):
    """What the list of the staff can be narrowed down to."""

    team: Annotated[Many[Code] | None, Where(lambda known, teams: known.body["team"].astext.in_(teams))] = None
    skill: Annotated[Many[Code] | None, Where(lambda known, skills: known.body["skills"].has_any(array(skills)))] = Field(
        default=None, description="With one of these skills."
    )
    active: Annotated[bool | None, Where(lambda known, active: known.body["active"].as_boolean() == active)] = None


async def find_staff(work: Work, filters: StaffFilters, paging: Paging) -> Page[Version[StaffMember]]:
    """One page of the staff as it is now, by id. Raises Invalid for a bad cursor or order."""
    query = select(_NEWEST).where(*filters.conditions(work, _NEWEST)).params(now=work.now)
    return (await BY_CODE.find(work, query, paging, filters.asked)).map(_version)


async def open_complaints(work: Work, ids: Iterable[str]) -> dict[str, int]:
    """How many open complaints each of them has. Until this work ends no other one counts, so that two choices at the
    same time do not both use the last free place."""
    await work.connection.execute(_ONE_AT_A_TIME)
    query = (
        select(c.assignee, func.count())
        .where(c.assignee.in_(list(ids)), literal_column(tables.NOT_ENDED))
        .group_by(c.assignee)
    )
    return {row[0]: row[1] for row in await work.connection.execute(query)}


async def count_unassigned(work: Work) -> int:
    """How many open complaints nobody could be found for."""
    query = select(func.count()).where(c.flags.contains([UNASSIGNED]), c.state.not_in(ENDED))
    return (await work.connection.execute(query)).scalar_one()


def _version(row: Row[Any]) -> Version[StaffMember]:
    member = StaffMember.model_validate(row.body, strict=False)
    return Version(row.code, row.version, row.effective_from, member, row.recorded_at, row.recorded_by)


_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('complaints auto-assign', 0))")
