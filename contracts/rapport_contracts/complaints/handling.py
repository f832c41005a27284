"""What Complaints publishes about who handles a complaint. Key: the complaint. Staff are opaque ids, never names."""

from __future__ import annotations

from rapport_contracts.complaints import TOPIC
from rapport_contracts.event import Event
from rapport_contracts.fields import Code, ComplaintId, CustomerId, UtcTime


class ComplaintClaimed(Event, type="complaint.claimed.v1", topic=TOPIC, key="complaint_id"):
    """Somebody claimed the complaint and answers for it now, as after `complaint.assigned` (S59, S63)."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    assignee: Code
    claimed_at: UtcTime


class ComplaintReleased(Event, type="complaint.released.v1", topic=TOPIC, key="complaint_id"):
    """Who answered for the complaint gave it back: nobody does now, and it is in the queue of the unassigned (S63).
    `reason` is a code."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    released_by: Code
    reason: Code
    released_at: UtcTime


class ConflictOfInterestBlocked(Event, type="conflict-of-interest.blocked.v1", topic=TOPIC, key="complaint_id"):
    """Somebody was kept from handling or judging a complaint that is about them, that they were barred from, or that they
    had a part in (回避)."""

    complaint_id: ComplaintId
    staff: Code
    blocked_at: UtcTime
