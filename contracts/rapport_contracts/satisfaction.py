"""What Satisfaction publishes: whom it asked and why not, what came back, what follows. No answer text leaves it."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.event import Event
from rapport_contracts.fields import (
    Code,
    ComplaintId,
    CustomerId,
    FollowUpId,
    InteractionId,
    InvitationId,
    Open,
    ResponseId,
    SurveyId,
    UtcTime,
)
from rapport_contracts.vocabulary import Band, Channel, Metric, RejectionReason, SurveyDecision

TOPIC = "rapport.satisfaction"


class SurveyPublished(Event, type="survey.published.v1", topic=TOPIC, key="survey_id"):
    """A version of a survey may be sent from now on."""

    survey_id: SurveyId
    survey: Code
    version: int
    metric: Open[Metric]
    published_at: UtcTime


class SurveyConsidered(Event, type="survey.considered.v1", topic=TOPIC, key="invitation_id"):
    """It was decided whether to ask a customer about an interaction or a complaint. Every candidate gets one, with the
    reason and the rule that decided (throttle, consent, open complaint, no human contact, sampling)."""

    invitation_id: InvitationId
    survey: Code
    customer_id: CustomerId | None
    interaction_id: InteractionId | None
    complaint_id: ComplaintId | None
    decision: Open[SurveyDecision]
    reason: Code
    considered_at: UtcTime


class SurveyInvitationSent(Event, type="survey-invitation.sent.v1", topic=TOPIC, key="invitation_id"):
    """The customer is asked; the link with its single-use token goes out of band and is never in an event."""

    invitation_id: InvitationId
    survey: Code
    version: int
    customer_id: CustomerId
    channel: Open[Channel]
    sent_at: UtcTime
    expires_at: UtcTime


class SurveyInvitationExpired(Event, type="survey-invitation.expired.v1", topic=TOPIC, key="invitation_id"):
    """No answer came in time."""

    invitation_id: InvitationId
    customer_id: CustomerId
    expired_at: UtcTime


class SurveyResponseReceived(Event, type="survey-response.received.v1", topic=TOPIC, key="invitation_id"):
    """An answer came in and is valid; imported answers have an invitation id of their own and no customer."""

    invitation_id: InvitationId
    response_id: ResponseId
    survey: Code
    version: int
    customer_id: CustomerId | None
    received_at: UtcTime


class SurveyResponseRejected(Event, type="survey-response.rejected.v1", topic=TOPIC, key="invitation_id"):
    """An answer came in and does not count; it is reported under `excluded`, never coerced."""

    invitation_id: InvitationId
    survey: Code
    customer_id: CustomerId | None
    reason: Open[RejectionReason]
    rejected_at: UtcTime


class SatisfactionScored(Event, type="satisfaction.scored.v1", topic=TOPIC, key="invitation_id"):
    """One answer as one score of one metric (S70), attributed to the last human handler and to all of them. `recovery_id`:
    the customer was asked about a recovery (S67)."""

    invitation_id: InvitationId
    response_id: ResponseId
    survey: Code
    metric: Open[Metric]
    value: float
    band: Open[Band]
    customer_id: CustomerId | None
    interaction_id: InteractionId | None
    complaint_id: ComplaintId | None
    touchpoint: Code | None
    agent: Code | None
    agents: list[Code]
    scored_at: UtcTime
    recovery_id: UUID | None = None


class DetractorDetected(Event, type="detractor.detected.v1", topic=TOPIC, key="invitation_id"):
    """A customer is so unhappy that somebody must talk to him."""

    invitation_id: InvitationId
    response_id: ResponseId
    customer_id: CustomerId
    metric: Open[Metric]
    value: float
    detected_at: UtcTime


class FollowUpOpened(Event, type="follow-up.opened.v1", topic=TOPIC, key="follow_up_id"):
    """A case to close the loop with an unhappy customer (闭环跟进), to be done by `due_at`."""

    follow_up_id: FollowUpId
    invitation_id: InvitationId
    customer_id: CustomerId
    due_at: UtcTime
    opened_at: UtcTime


class FollowUpContacted(Event, type="follow-up.contacted.v1", topic=TOPIC, key="follow_up_id"):
    """The customer was reached."""

    follow_up_id: FollowUpId
    customer_id: CustomerId
    contacted_at: UtcTime


class FollowUpEscalated(Event, type="follow-up.escalated.v1", topic=TOPIC, key="follow_up_id"):
    """The case was not done by its due time; `escalated_at` is the due time itself."""

    follow_up_id: FollowUpId
    customer_id: CustomerId
    escalated_at: UtcTime


class FollowUpClosed(Event, type="follow-up.closed.v1", topic=TOPIC, key="follow_up_id"):
    """The loop is closed: cause and action are on record and the customer confirmed, or could not be reached."""

    follow_up_id: FollowUpId
    customer_id: CustomerId
    cause: Code
    action: Code
    reached: bool
    closed_at: UtcTime
