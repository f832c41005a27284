"""What Complaints publishes about service recovery (服务补救, S65-S67). Key: the recovery case.

Remedies that cost nothing - an apology, an explanation - are remedies of their own (S66). What was said to the
customer stays with the service; units, categories and reasons are codes.
"""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.complaints import TOPIC
from rapport_contracts.complaints.vocabulary import RemedyKind
from rapport_contracts.event import Event, Payload
from rapport_contracts.fields import Code, ComplaintId, CustomerId, InvitationId, Open, UtcTime
from rapport_contracts.money import Amount, Currency
from rapport_contracts.vocabulary import Metric


class Recovery(Payload):
    """What every fact about a recovery case says."""

    recovery_id: UUID
    customer_id: CustomerId | None
    complaint_id: ComplaintId | None
    category: Code
    unit: Code | None


class RecoveryIdentified(
    Event,
    Recovery,
    type="recovery.identified.v1",
    topic=TOPIC,
    key="recovery_id",
    when="Staff open the case with `POST …/recovery-cases`.",
    often="once",
    state="identified",
):
    """A failure of ours is confirmed (确认服务过失): something is to be put right, out of a complaint or before anybody
    complained."""

    number: Code
    failure: Code
    identified_at: UtcTime


class RecoveryProposed(
    Event,
    Recovery,
    type="recovery.proposed.v1",
    topic=TOPIC,
    key="recovery_id",
    when="Staff enter a plan with `POST …/recovery-cases/{id}:propose`, another one when the last came to nothing.",
    often="again",
    state="proposed",
    undone_by=("recovery.rejected.v1", "recovery.withdrawn.v1"),
):
    """A plan was made; `plan` counts from 1. `amount` is what it costs, null for remedies without money; `alone` says that
    whoever made it has the authority for it."""

    plan: int
    remedies: list[Open[RemedyKind]]
    currency: Currency | None
    amount: Amount | None
    alone: bool
    proposed_at: UtcTime


class RecoveryApproved(
    Event,
    Recovery,
    type="recovery.approved.v1",
    topic=TOPIC,
    key="recovery_id",
    when="Somebody with the authority and no part in it enters it with `POST …/recovery-cases/{id}:approve`, or the "
    "proposer has the authority alone.",
    often="again",
    state="approved",
    undone_by=("recovery.declined.v1", "recovery.expired.v1", "recovery.withdrawn.v1"),
):
    """The plan counts. What it awards lapses at `expires_at` unless the customer takes it."""

    plan: int
    expires_at: UtcTime
    approved_at: UtcTime


class RecoveryRejected(
    Event,
    Recovery,
    type="recovery.rejected.v1",
    topic=TOPIC,
    key="recovery_id",
    when="Somebody with the authority and no part in it enters it with `POST …/recovery-cases/{id}:reject`.",
    often="again",
    state="rejected",
):
    """Whoever has the authority did not approve the plan; its money is free again."""

    plan: int
    reason: Code
    rejected_at: UtcTime


class RecoveryOffered(
    Event,
    Recovery,
    type="recovery.offered.v1",
    topic=TOPIC,
    key="recovery_id",
    when="Staff enter it with `POST …/recovery-cases/{id}:offer`, each time that the customer is told.",
    often="again",
    state="offered",
    undone_by=("recovery.expired.v1", "recovery.withdrawn.v1"),
):
    """The customer was told what is done for them (客户知情, S66)."""

    plan: int
    method: Code
    offered_at: UtcTime


class RecoveryAccepted(
    Event,
    Recovery,
    type="recovery.accepted.v1",
    topic=TOPIC,
    key="recovery_id",
    when="Staff enter the customer's answer with `POST …/recovery-cases/{id}:record-choice`.",
    often="again",
    state="accepted",
    undone_by=("recovery.withdrawn.v1",),
):
    """The customer takes it (S53)."""

    plan: int
    accepted_at: UtcTime


class RecoveryDeclined(
    Event,
    Recovery,
    type="recovery.declined.v1",
    topic=TOPIC,
    key="recovery_id",
    when="Staff enter the customer's answer with `POST …/recovery-cases/{id}:record-choice`.",
    often="again",
    state="declined",
):
    """The customer does not take it; its money is free again."""

    plan: int
    declined_at: UtcTime


class RecoveryExpired(
    Event,
    Recovery,
    type="recovery.expired.v1",
    topic=TOPIC,
    key="recovery_id",
    when="A timer finds that the time to take it has passed and the customer has not accepted.",
    often="again",
    state="expired",
):
    """The customer did not take it in time; its money is free again. `expired_at` is the end of that time itself."""

    plan: int
    expired_at: UtcTime


class RecoveryExecuted(
    Event,
    Recovery,
    type="recovery.executed.v1",
    topic=TOPIC,
    key="recovery_id",
    when="Staff enter it with `POST …/recovery-cases/{id}:execute`; the payments (`compensation.paid`) precede it.",
    often="again",
    state="executed",
    undone_by=("recovery.reversed.v1",),
):
    """It was done and paid. From here on the customer can be asked what they think of it (S67)."""

    plan: int
    remedies: list[Open[RemedyKind]]
    executed_at: UtcTime


class RecoveryVerified(
    Event,
    Recovery,
    type="recovery.verified.v1",
    topic=TOPIC,
    key="recovery_id",
    when="An event of Satisfaction scores it in a content band, or staff enter it with "
    "`POST …/recovery-cases/{id}:record-verdict`.",
    often="once",
    state="verified",
):
    """The customer is content with it. `by_survey`: a survey gave this value; false: they were asked by hand."""

    plan: int
    by_survey: bool
    invitation_id: InvitationId | None
    metric: Open[Metric] | None
    value: float | None
    verified_at: UtcTime


class RecoveryFailed(
    Event,
    Recovery,
    type="recovery.failed.v1",
    topic=TOPIC,
    key="recovery_id",
    when="An event of Satisfaction scores it in another band, or staff enter it with "
    "`POST …/recovery-cases/{id}:record-verdict`.",
    often="again",
    state="failed",
):
    """The customer is not content with it; another plan can be made."""

    plan: int
    by_survey: bool
    invitation_id: InvitationId | None
    metric: Open[Metric] | None
    value: float | None
    failed_at: UtcTime


class RecoveryWithdrawn(
    Event,
    Recovery,
    type="recovery.withdrawn.v1",
    topic=TOPIC,
    key="recovery_id",
    when="Staff enter it with `POST …/recovery-cases/{id}:withdraw`.",
    often="again",
    state="withdrawn",
):
    """The plan was taken back before it was done; its money is free again."""

    plan: int
    reason: Code
    withdrawn_at: UtcTime


class RecoveryReversed(
    Event,
    Recovery,
    type="recovery.reversed.v1",
    topic=TOPIC,
    key="recovery_id",
    when="Staff take back the last of it with `POST …/compensations/{id}:reverse`; it follows `compensation.reversed`.",
    often="once",
    state="reversed",
):
    """The last of the money that was paid came back, of whichever plan; `plan` is the latest of the case."""

    plan: int
    reason: Code
    reversed_at: UtcTime


class RecoveryClosed(
    Event,
    Recovery,
    type="recovery.closed.v1",
    topic=TOPIC,
    key="recovery_id",
    when="Staff enter it with `POST …/recovery-cases/{id}:close`, while nothing is promised.",
    often="once",
    state="closed",
):
    """Nothing more is done; `outcome` is the state it was closed from."""

    outcome: Code
    closed_at: UtcTime
