"""What Complaints publishes: the life of every complaint and of its clocks. Key: the complaint.

No free text leaves the service: problem, findings and letters stay with it; events carry codes, times and ids.
"""

from __future__ import annotations

from pydantic import Field

from rapport_contracts.event import Event
from rapport_contracts.fields import ClockId, Code, ComplaintId, CustomerId, InteractionId, Open, UtcTime
from rapport_contracts.money import Amount, Currency
from rapport_contracts.vocabulary import (
    CauseCode,
    CauseMethod,
    Channel,
    ClockKind,
    ClosureOutcome,
    EvidenceKind,
    InvestigationMethod,
    PauseReason,
    RemedyKind,
    Severity,
)

TOPIC = "rapport.complaints"


class ComplaintReceived(Event, type="complaint.received.v1", topic=TOPIC, key="complaint_id"):
    """A complaint was taken in (S48, S49), out of an interaction or on its own."""

    complaint_id: ComplaintId
    number: Code
    customer_id: CustomerId | None
    interaction_id: InteractionId | None
    channel: Open[Channel]
    category: Code
    received_at: UtcTime
    product: Code | None = None


class ComplaintImported(Event, type="complaint.imported.v1", topic=TOPIC, key="complaint_id"):
    """A complaint was taken over from another system in the state it had there. No clock runs for it, no survey asks.
    `source_category` is what that system called the category."""

    complaint_id: ComplaintId
    number: Code
    customer_id: CustomerId | None
    channel: Open[Channel]
    category: Code
    state: Code
    received_at: UtcTime
    closed_at: UtcTime | None
    source_category: Code | None = None
    product: Code | None = None


class ComplaintAcknowledged(Event, type="complaint.acknowledged.v1", topic=TOPIC, key="complaint_id"):
    """The customer was told that his complaint arrived."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    acknowledged_at: UtcTime


class ComplaintAssessed(Event, type="complaint.assessed.v1", topic=TOPIC, key="complaint_id"):
    """Severity and category were judged (ISO 10002: assess)."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    severity: Open[Severity]
    category: Code
    assessed_at: UtcTime


class ComplaintAssigned(Event, type="complaint.assigned.v1", topic=TOPIC, key="complaint_id"):
    """Somebody answers for it now. `assignee` is an opaque staff id."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    assignee: Code
    assigned_at: UtcTime


class CommitmentMade(Event, type="commitment.made.v1", topic=TOPIC, key="complaint_id"):
    """The customer was promised an answer by a time and in a way (S50, 处理承诺)."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    due_at: UtcTime
    method: Open[Channel]
    made_at: UtcTime


class InvestigationStarted(Event, type="investigation.started.v1", topic=TOPIC, key="complaint_id"):
    """Facts are being gathered."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    started_at: UtcTime


class InvestigationStepRecorded(Event, type="investigation-step.recorded.v1", topic=TOPIC, key="complaint_id"):
    """One step of finding out, by one of the three methods (S51). `evidence`: of which kinds the things are that it rests
    on, one entry for each."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    method: Open[InvestigationMethod]
    recorded_at: UtcTime
    evidence: list[Open[EvidenceKind]] = Field(default_factory=list)


class ComplaintPaused(Event, type="complaint.paused.v1", topic=TOPIC, key="complaint_id"):
    """The complaint waits for somebody else; its resolution clock stands still."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    reason: Open[PauseReason]
    paused_at: UtcTime


class ComplaintResumed(Event, type="complaint.resumed.v1", topic=TOPIC, key="complaint_id"):
    """Work goes on and the clock with it."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    resumed_at: UtcTime


class RootCauseIdentified(Event, type="root-cause.identified.v1", topic=TOPIC, key="complaint_id"):
    """Why it happened (S52, S56) and whether a latent risk remains. `cause` is a code of the taxonomy in its version
    `cause_version`; `method` is how it was found, where that was said."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    cause: Open[CauseCode]
    latent_risk: bool
    identified_at: UtcTime
    method: Open[CauseMethod] | None = None
    cause_version: int | None = None


class ResolutionProposed(Event, type="resolution.proposed.v1", topic=TOPIC, key="complaint_id"):
    """The customer was offered a remedy; `proposal` counts from 1. `amount` is what it costs, where that was said."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    proposal: int
    remedy: Open[RemedyKind]
    proposed_at: UtcTime
    amount: Amount | None = None
    currency: Currency | None = None


class ResolutionAccepted(Event, type="resolution.accepted.v1", topic=TOPIC, key="complaint_id"):
    """The customer accepted the proposal (S53: acceptance is a state, not a flag)."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    proposal: int
    accepted_at: UtcTime


class ResolutionRejected(Event, type="resolution.rejected.v1", topic=TOPIC, key="complaint_id"):
    """The customer refused the proposal; the investigation goes on."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    proposal: int
    rejected_at: UtcTime


class ComplaintResolved(Event, type="complaint.resolved.v1", topic=TOPIC, key="complaint_id"):
    """The remedy that the customer accepted was carried out. Published once for each episode of a complaint."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    remedy: Open[RemedyKind]
    resolved_at: UtcTime


class FeedbackGiven(Event, type="feedback.given.v1", topic=TOPIC, key="complaint_id"):
    """The customer was told the result and thanked (S54)."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    given_at: UtcTime


class ComplaintClosed(Event, type="complaint.closed.v1", topic=TOPIC, key="complaint_id"):
    """The complaint is closed. `handlers` are all who worked on it, `assignee` the last."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    interaction_id: InteractionId | None
    outcome: Open[ClosureOutcome]
    channel: Open[Channel]
    category: Code
    assignee: Code | None
    handlers: list[Code]
    closed_at: UtcTime


class ComplaintReopened(Event, type="complaint.reopened.v1", topic=TOPIC, key="complaint_id"):
    """The customer came back inside the grace window; a new episode begins."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    episode: int
    reopened_at: UtcTime


class ComplaintWithdrawn(Event, type="complaint.withdrawn.v1", topic=TOPIC, key="complaint_id"):
    """The customer took the complaint back."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    withdrawn_at: UtcTime


class ComplaintLinked(Event, type="complaint.linked.v1", topic=TOPIC, key="complaint_id"):
    """A complaint filed out of an interaction got its customer once the interaction's became known."""

    complaint_id: ComplaintId
    customer_id: CustomerId
    linked_at: UtcTime


class ClockStarted(Event, type="clock.started.v1", topic=TOPIC, key="complaint_id"):
    """A clock began under a version of a policy that stays pinned to it."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    policy: Code
    policy_version: int
    started_at: UtcTime
    due_at: UtcTime


class ClockPaused(Event, type="clock.paused.v1", topic=TOPIC, key="complaint_id"):
    """The clock stands still."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    reason: Open[PauseReason]
    paused_at: UtcTime


class ClockResumed(Event, type="clock.resumed.v1", topic=TOPIC, key="complaint_id"):
    """The clock runs again, with a new due time."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    resumed_at: UtcTime
    due_at: UtcTime


class ClockWarned(Event, type="clock.warned.v1", topic=TOPIC, key="complaint_id"):
    """Most of the time is used up; `warned_at` is the exact time of the warning line."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    warned_at: UtcTime
    due_at: UtcTime


class ClockBreached(Event, type="clock.breached.v1", topic=TOPIC, key="complaint_id"):
    """The time ran out; `breached_at` is the due time itself, not the time when somebody looked."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    breached_at: UtcTime


class ClockMet(Event, type="clock.met.v1", topic=TOPIC, key="complaint_id"):
    """What the clock waited for happened; `in_time` says whether before its due time."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    in_time: bool
    met_at: UtcTime


class ClockRescheduled(Event, type="clock.rescheduled.v1", topic=TOPIC, key="complaint_id"):
    """The due time of a running clock was reckoned anew: `calendar-changed` (opening hours, holidays), `assessed` (the
    assessment put the complaint under another limit). A breach at the previous due time no longer counts."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    reason: Code
    previous_due_at: UtcTime
    due_at: UtcTime
    rescheduled_at: UtcTime


class ConflictOfInterestBlocked(Event, type="conflict-of-interest.blocked.v1", topic=TOPIC, key="complaint_id"):
    """Somebody was kept from handling a complaint about himself (回避)."""

    complaint_id: ComplaintId
    staff: Code
    blocked_at: UtcTime
