"""The life of every complaint, along its main road. Key: the complaint.

No free text leaves the service: problem, findings and letters stay with it; events carry codes, times and ids.
"""

from __future__ import annotations

from rapport_contracts.complaints import TOPIC
from rapport_contracts.complaints.about import AboutComplaint
from rapport_contracts.complaints.vocabulary import ClosureOutcome, PauseReason, RemedyKind, Severity
from rapport_contracts.event import Event
from rapport_contracts.fields import Code, ComplaintId, CustomerId, InteractionId, Open, UtcTime
from rapport_contracts.money import Amount, Currency
from rapport_contracts.vocabulary import Channel


class ComplaintReceived(
    AboutComplaint,
    Event,
    type="complaint.received.v1",
    topic=TOPIC,
    key="complaint_id",
    when="It is filed: `POST …/complaints`, by a customer with a link, or handed over on `rapport.complaints.inbound`.",
    often="once",
    state="received",
):
    """A complaint was taken in (S48, S49), out of an interaction or on its own."""

    complaint_id: ComplaintId
    number: Code
    customer_id: CustomerId | None
    interaction_id: InteractionId | None
    channel: Open[Channel]
    category: Code
    received_at: UtcTime
    category_version: int | None = None
    severity: Open[Severity] | None = None
    source: Code | None = None
    external_ref: Code | None = None


class ComplaintImported(
    AboutComplaint,
    Event,
    type="complaint.imported.v1",
    topic=TOPIC,
    key="complaint_id",
    time="received_at",
    when="It is taken over with `POST …/complaints:import`; what is known already is passed over.",
    often="once",
    state="{state}",
):
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
    category_version: int | None = None
    severity: Open[Severity] | None = None
    assignee: Code | None = None
    source: Code | None = None
    external_ref: Code | None = None


class ComplaintAcknowledged(
    Event,
    type="complaint.acknowledged.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:acknowledge`, once in each episode.",
    often="again",
    state="acknowledged",
):
    """The customer was told that their complaint has arrived."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    acknowledged_at: UtcTime


class ComplaintAssessed(
    Event,
    type="complaint.assessed.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:assess`; assessing anew is possible until a proposal is made.",
    often="again",
    state="{state}",
):
    """Severity and category were judged (ISO 10002: assess)."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    severity: Open[Severity]
    category: Code
    assessed_at: UtcTime
    state: Code | None = None
    category_version: int | None = None


class ComplaintAssigned(
    Event,
    type="complaint.assigned.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff assign it (`POST …/complaints/{id}:assign`), the rules do (`:auto-assign`), or an upheld appeal "
    "names somebody.",
    often="again",
    state="{state}",
    undone_by=("complaint.released.v1",),
):
    """Somebody answers for it now. `assignee` is an opaque staff id."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    assignee: Code
    assigned_at: UtcTime
    state: Code | None = None


class CommitmentMade(
    Event,
    type="commitment.made.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:promise`; a later promise replaces it.",
    often="again",
):
    """The customer was promised an answer by a time (S50, 处理承诺); `method` is how they were told of it."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    due_at: UtcTime
    method: Open[Channel]
    made_at: UtcTime


class ComplaintPaused(
    Event,
    type="complaint.paused.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:pause`, while it is being investigated.",
    often="again",
    state="{reason}",
    undone_by=("complaint.resumed.v1",),
):
    """The complaint waits for somebody else; its resolution clock stands still."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    reason: Open[PauseReason]
    paused_at: UtcTime


class ComplaintResumed(
    Event,
    type="complaint.resumed.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:resume`; no timer and no word of the customer does it.",
    often="again",
    state="investigating",
):
    """The complaint waits no longer: work goes on, and its clocks with it."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    resumed_at: UtcTime


class ResolutionProposed(
    Event,
    type="resolution.proposed.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff offer it with `POST …/complaints/{id}:propose`, or a waiting proposal is approved (`:approve-proposal`).",
    often="again",
    state="resolution_proposed",
):
    """The customer was offered a remedy; `proposal` counts from 1. `amount` is what it costs, where that was said."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    proposal: int
    remedy: Open[RemedyKind]
    proposed_at: UtcTime
    amount: Amount | None = None
    currency: Currency | None = None


class ResolutionAccepted(
    Event,
    type="resolution.accepted.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter the customer's answer with `POST …/complaints/{id}:record-decision`, also after a dismissed appeal.",
    often="again",
    state="accepted",
):
    """The customer accepted the proposal (S53: acceptance is a state, not a flag)."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    proposal: int
    accepted_at: UtcTime


class ResolutionRejected(
    Event,
    type="resolution.rejected.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter the customer's answer with `POST …/complaints/{id}:record-decision`, or their appeal against "
    "a proposal.",
    often="again",
    state="{state}",
    undone_by=("resolution.accepted.v1",),
):
    """The customer refused the proposal: by their answer the investigation goes on, by an appeal (`appeal.filed` follows)
    somebody else judges it first. After a dismissed appeal they may still accept it."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    proposal: int
    rejected_at: UtcTime
    state: Code | None = None


class ComplaintResolved(
    Event,
    type="complaint.resolved.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:resolve`, once in each episode.",
    often="again",
    state="resolved",
):
    """The remedy that the customer accepted was carried out."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    remedy: Open[RemedyKind]
    resolved_at: UtcTime


class FeedbackGiven(
    Event,
    type="feedback.given.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:give-feedback`, once for each answer that the customer gets.",
    often="again",
    state="feedback_given",
    undone_by=("appeal.filed.v1",),
):
    """The customer was told the result and thanked (S54)."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    given_at: UtcTime


class ComplaintClosed(
    Event,
    type="complaint.closed.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff close it with `POST …/complaints/{id}:close`; nothing closes a complaint by itself.",
    often="again",
    state="closed",
    undone_by=("complaint.reopened.v1",),
):
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
    category_version: int | None = None


class ComplaintReopened(
    Event,
    type="complaint.reopened.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:reopen`, within the grace that the policy gives after closing.",
    often="again",
    state="reopened",
):
    """The customer came back; a new episode begins. What the last one found, decided and told the customer no longer
    counts: cause, decision and answer are made anew."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    episode: int
    reopened_at: UtcTime


class ComplaintWithdrawn(
    Event,
    type="complaint.withdrawn.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:withdraw`, in any open state.",
    often="once",
    state="withdrawn",
):
    """The customer took the complaint back. It has ended: no clock runs."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    withdrawn_at: UtcTime


class ComplaintLinked(
    Event,
    type="complaint.linked.v1",
    topic=TOPIC,
    key="complaint_id",
    when="An event of Interactions says whose the contact is, out of which it was filed without a customer.",
    often="once",
):
    """A complaint without a customer got one."""

    complaint_id: ComplaintId
    customer_id: CustomerId
    linked_at: UtcTime
