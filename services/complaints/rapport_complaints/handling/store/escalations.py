"""Escalations: written with their complaints, ended with them, listed; and the ladder in its versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.database import to_json
from rapport_chassis.filters import Dated, Is, Many, OneCode, unset
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.versions import VersionedKind, versions_table
from rapport_chassis.work import Work
from rapport_contracts.complaints.escalation import EscalationEnded
from rapport_contracts.complaints.vocabulary import EscalationTarget, EscalationTrigger
from rapport_contracts.fields import Code
from sqlalchemy import Column, ForeignKey, Index, Integer, Row, Table, Text, Uuid, insert, literal_column, select, text

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.data import LADDER, Ladder
from rapport_complaints.cases.domain.escalating import Escalation
from rapport_complaints.cases.store import tables
from rapport_complaints.catalogue import WHOLE
from rapport_complaints.schema import metadata, moment

CLIMB = "escalation.look"
"""The kind of timer at which a step of the ladder may be due; its key is the complaint."""

LADDERS = VersionedKind(
    versions_table("escalation_policies", metadata, "The ladder"), Ladder, "escalation-policy", LADDER, tells=WHOLE
)

escalations = Table(
    "escalations",
    metadata,
    Column("id", Uuid, primary_key=True, comment="time-ordered"),
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("step", Text, comment="of the ladder; null: by hand"),
    Column("policy_version", Integer, comment="of the ladder"),
    Column("to_kind", Text, nullable=False),
    Column("to_code", Text, nullable=False),
    Column("reason", Text),
    Column("actor", Text, nullable=False),
    moment("triggered_at", nullable=False),
    moment("escalated_at", nullable=False),
    moment("ended_at"),
    Column("outcome", Text, comment="how the complaint ended"),
    Index("escalations_complaint", "complaint_id", "id"),
    Index("escalations_level", "level", "id"),
    Index("escalations_trigger", "trigger", "id"),
    Index("escalations_step", "step", "id", postgresql_where=text("step IS NOT NULL")),
    Index("escalations_to", "to_code", "id"),
    Index("escalations_at", "escalated_at"),
    Index("escalations_open", "to_kind", "to_code", "id", postgresql_where=text("ended_at IS NULL")),
    Index("escalations_once", "complaint_id", "episode", "step", unique=True, postgresql_where=text("step IS NOT NULL")),
    comment="Every time that a complaint was brought before somebody; it ends with the complaint.",
)
e, c = escalations.c, tables.complaints.c
ORDER = Keyset({"escalated": e.id}, e.id, default="-escalated")
"""In the order in which they were entered; ids are time-ordered."""


class EscalationFilters(Dated):
    """What a list of escalations can be narrowed down to."""

    at = "escalated_at"

    complaint: Annotated[UUID | None, Is("complaint_id")] = None
    open: Annotated[bool | None, unset("ended_at")] = Field(
        default=None, description="True: the complaint has not ended yet."
    )
    level: Many[Annotated[int, Field(ge=1, le=9)]] | None = None
    trigger: Many[EscalationTrigger] | None = None
    step: Many[OneCode] | None = Field(default=None, description="Of the ladder.")
    to_kind: Many[EscalationTarget] | None = None
    target: Annotated[Many[Code] | None, Is("to_code")] = Field(
        default=None, description="A role, a queue, an opaque staff id."
    )


async def find_escalations(work: Work, filters: EscalationFilters, paging: Paging) -> Page[Row[Any]]:
    """One page of escalations, each with number and state of its complaint. Raises Invalid for a bad cursor or order."""
    known = select(*escalations.columns, c.number, c.state, c.severity, c.customer_id)
    query = known.join(tables.complaints, c.id == e.complaint_id).where(*filters.conditions(work, escalations))
    return await ORDER.find(work, query, paging, filters.asked)


async def open_after(work: Work, last: UUID | None, limit: int) -> list[UUID]:
    """Open complaints in the order of their ids, from after `last` on."""
    query = select(c.id).where(literal_column(tables.NOT_ENDED)).order_by(c.id).limit(limit)
    return list((await work.connection.execute(query if last is None else query.where(c.id > last))).scalars())


async def store_escalations(work: Work, complaints: Iterable[Complaint]) -> None:
    """Store the new escalations of these complaints; one statement."""
    rows: list[dict[str, Any]] = []
    for complaint in complaints:
        raised, complaint.raised = complaint.raised, []
        rows.extend({"complaint_id": complaint.id, **_row(each)} for each in raised)
    if rows:
        await work.connection.execute(insert(escalations), rows)


async def store_ends(work: Work, ended: Sequence[EscalationEnded]) -> None:
    """End the escalations of these complaints; one statement."""
    if ended:
        rows = [{"complaint_id": each.complaint_id, "ended_at": each.ended_at, "outcome": each.outcome} for each in ended]
        await work.connection.execute(_END, {"rows": to_json(rows)})


def _row(each: Escalation) -> dict[str, Any]:
    return {
        "id": each.id,
        "episode": each.episode,
        "level": each.level,
        "trigger": each.trigger,
        "step": each.step,
        "policy_version": each.version,
        "to_kind": each.to.kind,
        "to_code": each.to.code,
        "reason": each.act.reason,
        "actor": each.act.by,
        "triggered_at": each.since,
        "escalated_at": each.act.at,
    }


_END = text(
    """
    UPDATE escalations e SET ended_at = k.ended_at, outcome = k.outcome
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS k(complaint_id uuid, ended_at timestamptz, outcome text)
    WHERE e.complaint_id = k.complaint_id AND e.ended_at IS NULL
    """
)
