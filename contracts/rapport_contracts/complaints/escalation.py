"""What Complaints publishes about complaints that are brought before somebody with more say. Key: the complaint.

Codes, times and ids; staff are opaque ids, never names."""

from __future__ import annotations

from rapport_contracts.complaints import TOPIC
from rapport_contracts.complaints.vocabulary import EscalationTarget, EscalationTrigger
from rapport_contracts.event import Event
from rapport_contracts.fields import Code, ComplaintId, CustomerId, EscalationId, Open, UtcTime


class ComplaintEscalated(
    Event,
    type="complaint.escalated.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:escalate`, or a timer finds a step of the ladder due: each "
    "once in an episode.",
    often="again",
    undone_by=("escalation.ended.v1",),
):
    """The complaint was brought before somebody with more say: by a step of the ladder or by hand (`trigger` is `by_hand`,
    `step` null). Who handles it does not change. `triggered_at` is when the reason arose, the exact time of a breach for
    example. Higher levels are higher up (S59, S63)."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    escalation_id: EscalationId
    episode: int
    level: int
    trigger: Open[EscalationTrigger]
    step: Code | None
    to_kind: Open[EscalationTarget]
    to: Code
    reason: Code | None
    escalated_at: UtcTime
    triggered_at: UtcTime


class EscalationEnded(
    Event,
    type="escalation.ended.v1",
    topic=TOPIC,
    key="complaint_id",
    when="An escalated complaint is closed, withdrawn, marked a duplicate or transferred; it follows that event.",
    often="again",
):
    """Nothing is asked any more of those before whom the complaint was brought in this episode. `level` is the highest
    that it had; `outcome` is how the complaint ended."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    episode: int
    level: int
    outcome: Code
    ended_at: UtcTime
