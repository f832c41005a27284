"""The tables of complaints, and their lists: a filter stands beside its index. One statement a page, no aggregate is loaded.

Free text and contacts are sealed under the key of `keyed_by`; everything else is codes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.columns import table_of
from rapport_chassis.filters import BY_HAND, Changing, Dated, Is, Many, OneCode, OneOf, Where, before, find, given
from rapport_chassis.histories import history
from rapport_chassis.lists import MOST_COUNTED, Count, Keyset, Page, Paging
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import Severity
from rapport_contracts.fields import Code, UtcTime
from rapport_contracts.vocabulary import Channel
from rapport_kernel.errors import Forbidden, NotFound
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    Numeric,
    Row,
    Select,
    Sequence,
    Text,
    Uuid,
    func,
    literal_column,
    not_,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import distinct_on

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.handling import Finding
from rapport_complaints.cases.domain.life import ENDED, LIFE
from rapport_complaints.cases.domain.record import FLAGS, KNOWS_VULNERABLE, NO_TARGET, VULNERABLE
from rapport_complaints.cases.store.versions import staff
from rapport_complaints.clocks.domain.clocks import Clock
from rapport_complaints.schema import metadata, moment

NONE = text("'{}'::text[]")
numbers = Sequence("complaint_numbers", metadata=metadata)


NOT_ENDED = "state NOT IN ('closed', 'withdrawn', 'duplicate', 'transferred')"
"""As the queues ask and as their indexes say it: word for word, or the planner does not see that they are the same."""
SEVERITY = "coalesce(array_position('{low,medium,high,critical}'::text[], severity), 0)"
"""From what nobody has judged yet to what is worst."""
DUE = "coalesce(due_at, TIMESTAMPTZ '9999-12-31 00:00:00+00')"

complaints = table_of(
    Complaint,
    "complaints",
    metadata,
    Column("number", unique=True, comment="what people say on the phone"),
    Column("category_version", comment="of the taxonomy that it was classified under"),
    Column("source_category", comment="what the system it comes from calls it"),
    Column("subject_staff", comment="whom it is about; may not handle it"),
    Column("transferred_to", comment="who answers for it now, outside of this service"),
    Column("source", comment="the system it was imported from"),
    Column("external_ref", comment="its identity there"),
    Column("keyed_by", comment="customer, or the complaint itself while the customer is unknown"),
    Column("problem", comment="sealed"),
    Column("remedy_sought", comment="sealed"),
    Column("contact", comment="sealed"),
    Column("vulnerability", comment="sealed"),
    Column("handling", comment="sealed: tags of the complainant"),
    Column("policy_version", comment="pinned when its clocks started"),
    Column("deciders", server_default=NONE, comment="of the present decision"),
    Column("barred", server_default=NONE, comment="handled it before an appeal was upheld"),
    Column("cause_version", comment="of the taxonomy that it was taken from"),
    Column("amount", Numeric(14, 2), comment="what the proposal costs"),
    Column("pending_remedy", comment="waits for somebody with more authority"),
    Column("pending_amount", Numeric(14, 2)),
    Column("grounds", server_default=NONE, comment="why it is not upheld"),
    Column("appeals", server_default="0"),
    Column("follow_up_days", comment="pinned with the policy"),
    Column("refusals", server_default="0", comment="of the present episode"),
    Column("waited_seconds", server_default="0", comment="of the present episode, what is over"),
    Column("escalation_level", server_default="0", comment="0: it is not escalated"),
    Column("escalation_steps", server_default=NONE, comment="taken in the present episode"),
    Column("held_by", server_default=NONE, comment="emergencies that hold its clocks"),
    moment("due_at"),
    Index("complaints_received", "received_at", "id"),
    Index("complaints_state", "state", "received_at", "id"),
    Index("complaints_channel", "channel", "received_at", "id"),
    Index("complaints_category", "category", "received_at", "id"),
    Index("complaints_assignee", "assignee", "received_at", "id", postgresql_where=text("assignee IS NOT NULL")),
    Index("complaints_customer", "customer_id", "received_at", "id", postgresql_where=text("customer_id IS NOT NULL")),
    Index("complaints_due", "due_at", "id", postgresql_where=text("due_at IS NOT NULL")),
    Index("complaints_by_due", text(DUE), "id"),
    Index("complaints_by_severity", text(SEVERITY), "id"),
    Index("complaints_by_due_mine", "assignee", text(DUE), "id", postgresql_where=text(NOT_ENDED)),
    Index("complaints_by_due_open", text(DUE), "id", postgresql_where=text(NOT_ENDED)),
    Index("complaints_by_due_unassigned", text(DUE), "id", postgresql_where=text(f"assignee IS NULL AND {NOT_ENDED}")),
    Index("complaints_interaction", "interaction_id", postgresql_where=text("interaction_id IS NOT NULL")),
    Index("complaints_recurrence", "recurrence_of", postgresql_where=text("recurrence_of IS NOT NULL")),
    Index("complaints_duplicates", "duplicate_of", postgresql_where=text("duplicate_of IS NOT NULL")),
    Index(
        "complaints_alike", "category", "touchpoint", "received_at", "id", postgresql_where=text("touchpoint IS NOT NULL")
    ),
    Index(
        "complaints_source_category",
        "source_category",
        "received_at",
        "id",
        postgresql_where=text("source_category IS NOT NULL"),
    ),
    Index("complaints_severity", "severity", "received_at", "id", postgresql_where=text("severity IS NOT NULL")),
    Index("complaints_product", "product", "received_at", "id", postgresql_where=text("product IS NOT NULL")),
    Index("complaints_cause", "cause", "received_at", "id", postgresql_where=text("cause IS NOT NULL")),
    Index("complaints_cause_at", "cause_at", "cause", postgresql_where=text("cause IS NOT NULL")),
    Index("complaints_closed", "closed_at", "id", postgresql_where=text("closed_at IS NOT NULL")),
    Index("complaints_external", "source", "external_ref", unique=True, postgresql_where=text("external_ref IS NOT NULL")),
    Index("complaints_external_ref", "external_ref", postgresql_where=text("external_ref IS NOT NULL")),
    Index("complaints_source", "source", "received_at", "id", postgresql_where=text("source IS NOT NULL")),
    Index("complaints_escalated", "escalation_level", "id", postgresql_where=text("escalation_level > 0")),
    Index("complaints_pending", "pending_at", "id", postgresql_where=text("pending_at IS NOT NULL")),
    Index("complaints_flags", "flags", postgresql_using="gin"),
    Index("complaints_care", "received_at", "id", postgresql_where=text("vulnerability IS NOT NULL")),
    refers={"recurrence_of": "complaints.id", "duplicate_of": "complaints.id"},
    elsewhere={"clocks", "raised", "was_major"},
    comment="One row for each complaint; due_at is the earliest of its running clocks.",
)

clocks = table_of(
    Clock,
    "clocks",
    metadata,
    Column("target_amount", Integer, nullable=False),
    Column("target_unit", Text, nullable=False),
    Column("extended", server_default="0", comment="in the unit of the target"),
    Index("clocks_complaint", "complaint_id"),
    Index("clocks_calendar", "calendar", "complaint_id", postgresql_where=text("state IN ('running', 'paused')")),
    refers={"complaint_id": "complaints.id"},
    elsewhere={"target", "changed"},
    comment="Some for each episode and policy; the policy version is pinned, old due times are kept.",
)

findings = table_of(
    Finding,
    "findings",
    metadata,
    Column("id", Uuid, primary_key=True, comment="time-ordered: the order in which they were said"),
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), nullable=False),
    Column("move_id", Uuid, ForeignKey(history.c.id), nullable=False),
    Column("part", comment="evidence, why, branch"),
    Column("reference_id", comment="a contact, file, communication or complaint"),
    Column("words", comment="sealed"),
    Column("salt", comment="sealed; of the digest"),
    Column("digest", comment="of salt and words; stands in the chain of the history"),
    Index("findings_complaint", "complaint_id", "id"),
    Index("findings_move", "move_id", "id"),
    comment="What steps of the investigation rest on, and how root causes were found.",
)

c = complaints.c
NEVER = literal_column("TIMESTAMPTZ '9999-12-31 00:00:00+00'", DateTime(timezone=True))
"""Keeps complaints without a due time at the end; written as in the index."""
OPEN: ColumnElement[bool] = literal_column(NOT_ENDED, Boolean)

_SORTS = {
    "received_at": c.received_at,
    "due_at": func.coalesce(c.due_at, NEVER),
    "severity": literal_column(SEVERITY, Integer),
    "number": c.number,
}
ORDER = Keyset(_SORTS, c.id, default="-received_at")
QUEUE_ORDER = Keyset(_SORTS, c.id, default="due_at")
"""What is due first comes first, what nobody promised a time for comes last."""
SOON = timedelta(hours=24)


class ComplaintQueue(StrEnum):
    """Open complaints that wait for somebody (S63)."""

    MINE = "mine"
    TEAM = "team"
    DUE_SOON = "due-soon"
    UNASSIGNED = "unassigned"


def _escalated(columns: Any, escalated: bool) -> ColumnElement[bool]:
    return columns.escalation_level > 0 if escalated else columns.escalation_level == 0  # type: ignore[no-any-return]


def _flagged(columns: Any, flags: list[str]) -> ColumnElement[bool]:
    """One that is kept, or the one that follows from what is sealed."""
    kept = [flag for flag in flags if flag != VULNERABLE]
    found: list[ColumnElement[bool]] = [columns.flags.contains([flag]) for flag in kept]
    if VULNERABLE in flags:
        found.append(columns.vulnerability.is_not(None))
    return or_(*found)


class ComplaintFilters(Changing, Dated):
    """What a list of complaints can be narrowed down to."""

    at = "received_at"

    queue: Annotated[ComplaintQueue | None, BY_HAND] = Field(
        default=None,
        description="Open complaints only, what is due first comes first. `mine`: the caller answers for them;"
        " `team`: somebody of the caller's team does, as the staff list has it; `due-soon`: late, or due within 24 hours or"
        " before `due_before`; `unassigned`: nobody answers for them.",
    )
    number: OneCode | None = Field(default=None, description="As it was given out, for example `C2026-000042`.")
    source: Code | None = Field(default=None, description="The system it was imported from.")
    external_ref: Code | None = Field(default=None, description="Its identity there.")
    state: Annotated[Many[str] | None, OneOf(LIFE.states)] = None
    open: Annotated[bool | None, Where(lambda _, yes: OPEN if yes else not_(OPEN))] = Field(
        default=None, description="Neither closed, withdrawn, a duplicate nor transferred, or one of these."
    )
    channel: Many[Channel] | None = None
    category: Many[OneCode] | None = None
    source_category: Many[Code] | None = Field(default=None, description="What the system it comes from calls the category.")
    product: Many[Code] | None = None
    cause: Many[OneCode] | None = None
    severity: Many[Severity] | None = None
    assignee: Many[Code] | None = Field(default=None, description="Who answers for it.")
    customer: Annotated[UUID | None, Is("customer_id")] = None
    duplicate_of: UUID | None = None
    recurrence_of: UUID | None = None
    flag: Annotated[Many[str] | None, OneOf(FLAGS), Where(_flagged, "flags")] = Field(
        default=None, description="`vulnerable` from level 2 on."
    )
    escalated: Annotated[bool | None, Where(_escalated, "escalation_level")] = Field(
        default=None, description="True: somebody with more say has to know of it now."
    )
    awaiting_approval: Annotated[bool | None, given("pending_at")] = Field(
        default=None, description="True: a proposal waits for somebody with authority."
    )
    due_before: Annotated[UtcTime | None, before("due_at")] = Field(
        default=None, description="With a running clock that is due before this time."
    )

    def conditions(self, work: Work, table: FromClause) -> list[ColumnElement[bool]]:
        """As conditions of a statement. Raises Forbidden for who may not know which customers are vulnerable."""
        if self.flag is not None and VULNERABLE in self.flag and work.actor.level < KNOWS_VULNERABLE:
            raise Forbidden("level-too-low", level=KNOWS_VULNERABLE)
        return super().conditions(work, table)


def waiting(
    queue: ComplaintQueue, caller: str, now: datetime, due_before: datetime | None = None
) -> list[ColumnElement[bool]]:
    """The conditions of a queue."""
    match queue:
        case ComplaintQueue.MINE:
            return [OPEN, c.assignee == caller]
        case ComplaintQueue.TEAM:
            return [OPEN, c.assignee.in_(_team_of(caller, now))]
        case ComplaintQueue.UNASSIGNED:
            return [OPEN, c.assignee.is_(None)]
        case _:
            return [OPEN, func.coalesce(c.due_at, NEVER) < (due_before or now + SOON)]


def _team_of(caller: str, now: datetime) -> Select[tuple[str]]:
    """The ids of those who are in the caller's team now, the caller included; none when the staff list lacks the caller."""
    held = select(staff.c.code, staff.c.body["team"].astext.label("team")).ext(distinct_on(staff.c.code))
    newest = held.where(staff.c.effective_from <= now).order_by(staff.c.code, staff.c.version.desc()).cte("newest")
    team = select(newest.c.team).where(newest.c.code == caller).scalar_subquery()
    return select(newest.c.code).where(newest.c.team == team)


async def find_complaints(
    work: Work, filters: ComplaintFilters, paging: Paging, *more: ColumnElement[bool], of: UUID | None = None
) -> Page[Row[Any]]:
    """One page of complaints, without texts; `more` and `of` as in `find`. Raises Invalid for a bad cursor or order."""
    if filters.queue is None:
        return await find(work, complaints, ORDER, filters, paging, *more, of=of)
    queue = waiting(filters.queue, work.actor.id, work.now, filters.due_before)
    return await find(work, complaints, QUEUE_ORDER, filters, paging, *queue, *more, of=of)


async def count_queues(work: Work) -> dict[ComplaintQueue, Count]:
    """How many complaints each queue of the caller has, counted no further than a list counts. One statement."""
    columns = []
    for queue in ComplaintQueue:
        some = select(c.id).where(*waiting(queue, work.actor.id, work.now)).limit(MOST_COUNTED + 1).subquery()
        columns.append(select(func.count()).select_from(some).scalar_subquery().label(queue.name))
    row = (await work.connection.execute(select(*columns))).one()
    return {queue: Count(min(n, MOST_COUNTED), n > MOST_COUNTED) for queue, n in zip(ComplaintQueue, row, strict=True)}


async def complaint_id_of(work: Work, number: str) -> UUID:
    """The complaint that people call by this number. Raises NotFound."""
    found: UUID | None = (await work.connection.execute(select(c.id).where(c.number == number))).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


async def count_untargeted(work: Work) -> int:
    """How many of those that are open have no target: no policy matches them."""
    query = select(func.count()).where(c.flags.contains([NO_TARGET]), c.state.not_in(ENDED))
    return (await work.connection.execute(query)).scalar_one()
