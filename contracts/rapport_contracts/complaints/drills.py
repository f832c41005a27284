"""What Complaints publishes about drills (演练, S112): an emergency plan is practised. Key: the drill.

What was observed stays with the service; gaps, their owners and reasons are codes.
"""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from rapport_contracts.complaints import TOPIC
from rapport_contracts.event import Event
from rapport_contracts.fields import Code, UtcTime


class DrillPlanned(
    Event,
    type="drill.planned.v1",
    topic=TOPIC,
    key="drill_id",
    when="Staff enter it with `POST …/drills`.",
    often="once",
    state="planned",
    undone_by=("drill.cancelled.v1",),
):
    """A plan will be practised (S112)."""

    drill_id: UUID
    number: Code
    plan: Code
    plan_version: int
    planned_for: UtcTime
    planned_at: UtcTime


class DrillHeld(
    Event,
    type="drill.held.v1",
    topic=TOPIC,
    key="drill_id",
    when="Staff enter it with `POST …/drills/{id}:hold`.",
    often="once",
    state="held",
):
    """The plan was practised."""

    drill_id: UUID
    plan: Code
    plan_version: int
    participants: int
    held_at: UtcTime


class DrillGapsRecorded(
    Event,
    type="drill-gaps.recorded.v1",
    topic=TOPIC,
    key="drill_id",
    when="Staff enter it with `POST …/drills/{id}:record-gaps`; more gaps may be added later.",
    often="again",
    state="gaps_recorded",
):
    """What the drill showed to be missing: codes of the gaps; an empty list says that nothing was."""

    drill_id: UUID
    gaps: list[Code] = Field(default_factory=list)
    recorded_at: UtcTime


class DrillGapClosed(
    Event,
    type="drill-gap.closed.v1",
    topic=TOPIC,
    key="drill_id",
    when="Staff enter it with `POST …/drills/{id}:close-gap`, once for each gap.",
    often="again",
):
    """A gap was mended, before its due time or after."""

    drill_id: UUID
    gap: Code
    owner: Code
    in_time: bool
    closed_at: UtcTime


class DrillClosed(
    Event,
    type="drill.closed.v1",
    topic=TOPIC,
    key="drill_id",
    when="Staff enter it with `POST …/drills/{id}:close`, once no gap is open.",
    often="once",
    state="closed",
):
    """The drill and all that it showed is done with."""

    drill_id: UUID
    gaps: int
    closed_at: UtcTime


class DrillCancelled(
    Event,
    type="drill.cancelled.v1",
    topic=TOPIC,
    key="drill_id",
    when="Staff enter it with `POST …/drills/{id}:cancel`, until it is held.",
    often="once",
    state="cancelled",
):
    """A drill that was planned will not be held; the reason is a code."""

    drill_id: UUID
    reason: Code
    cancelled_at: UtcTime
