"""What Complaints publishes about who handles a complaint. Key: the complaint. Staff are opaque ids, never names."""

from __future__ import annotations

from rapport_contracts.complaints import TOPIC
from rapport_contracts.event import Event
from rapport_contracts.fields import Code, ComplaintId, CustomerId, UtcTime


class ComplaintClaimed(
    Event,
    type="complaint.claimed.v1",
    topic=TOPIC,
    key="complaint_id",
    when="A member of staff takes it with `POST …/complaints/{id}:claim`, while nobody has it.",
    often="again",
    state="{state}",
    undone_by=("complaint.released.v1",),
):
    """Somebody answers for the complaint now because they took it, as after `complaint.assigned` (S59, S63)."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    assignee: Code
    claimed_at: UtcTime
    state: Code | None = None


class ComplaintReleased(
    Event,
    type="complaint.released.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Who has it enters it with `POST …/complaints/{id}:release`.",
    often="again",
    state="{state}",
    undone_by=("complaint.assigned.v1", "complaint.claimed.v1"),
):
    """Who answered for the complaint gave it back: nobody does now, and it is in the queue of the unassigned (S63).
    `reason` is a code."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    released_by: Code
    reason: Code
    released_at: UtcTime
    state: Code | None = None


class ConflictOfInterestBlocked(
    Event,
    type="conflict-of-interest.blocked.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Assigning, claiming, escalating, proposing, rejecting or judging an appeal is refused for it, or a step "
    "of the ladder names them.",
    often="again",
):
    """Somebody was kept from handling or judging a complaint that is about them, that they were barred from, or that they
    had a part in (回避)."""

    complaint_id: ComplaintId
    staff: Code
    blocked_at: UtcTime
