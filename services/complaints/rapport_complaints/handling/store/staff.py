"""The staff: the list, the load of each, and the rules by which complaints are assigned."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, Any

from pydantic import Field
from rapport_chassis.filters import Filters, Many, Where
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.staff import StaffEntry, StaffRegister
from rapport_chassis.versions import VersionedKind, versions_table
from rapport_chassis.work import Work
from rapport_contracts.codes import STORED
from rapport_contracts.fields import Code
from rapport_kernel.versions import Version
from sqlalchemy import Column, Row, Table, Text, bindparam, delete, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import array, distinct_on, insert

from rapport_complaints.cases.domain.data import StaffMember
from rapport_complaints.cases.domain.life import ENDED
from rapport_complaints.cases.domain.record import UNASSIGNED
from rapport_complaints.cases.store import tables
from rapport_complaints.cases.store.versions import staff
from rapport_complaints.catalogue import WHOLE
from rapport_complaints.handling.domain.assignment import ASSIGNMENT, AssignmentRules
from rapport_complaints.schema import metadata, moment

ASSIGNMENT_RULES = VersionedKind(
    versions_table("assignment_rules", metadata, "Who gets what"),
    AssignmentRules,
    "assignment-rules",
    ASSIGNMENT,
    tells=WHOLE,
)

staff_names = Table(
    "staff_names",
    metadata,
    Column("staff_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    moment("changed_at", nullable=False),
    Column("changed_by", Text, nullable=False),
    comment="What the staff are called; in no version, event or history, so that a name can be removed.",
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


async def find_names(work: Work, ids: Collection[str]) -> dict[str, str]:
    """The names of these ids, of those who have one: one statement."""
    query = select(staff_names.c.staff_id, staff_names.c.name).where(staff_names.c.staff_id.in_(ids))
    return {row.staff_id: row.name for row in await work.connection.execute(query)}


async def keep_name(work: Work, staff_id: str, name: str | None) -> None:
    """Give somebody this name, in place of any other; None: remove it."""
    if name is None:
        await work.connection.execute(delete(staff_names).where(staff_names.c.staff_id == staff_id))
        return
    values = {"name": name, "changed_at": work.now, "changed_by": str(work.actor)}
    put = insert(staff_names).values(staff_id=staff_id, **values)
    await work.connection.execute(put.on_conflict_do_update(index_elements=["staff_id"], set_=values))


async def find_entry(work: Work, staff_id: str) -> StaffEntry | None:
    """One of the staff as they are now, with their name: one statement. None for whoever is not among them."""
    mine = select(staff, staff_names.c.name).join(staff_names, staff_names.c.staff_id == staff.c.code, isouter=True)
    query = (
        mine.where(staff.c.code == staff_id, staff.c.effective_from <= work.now).order_by(staff.c.version.desc()).limit(1)
    )
    row = (await work.connection.execute(query)).one_or_none()
    if row is None:
        return None
    member = StaffMember.model_validate(row.body, strict=False, context=STORED)
    return StaffEntry(staff_id, row.name, member.team, tuple(member.skills), member.active)


REGISTER = StaffRegister(find_names, find_entry)
"""Who the people are that ids stand for."""


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
    member = StaffMember.model_validate(row.body, strict=False, context=STORED)
    return Version(row.code, row.version, row.effective_from, member, row.recorded_at, row.recorded_by)


_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('complaints auto-assign', 0))")
