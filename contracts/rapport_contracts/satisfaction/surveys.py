"""Whom Satisfaction asked, or did not ask and why, and which answers came back. Key: the survey, or the invitation.

No text of an answer leaves the service.
"""

from __future__ import annotations

from rapport_contracts.event import Event
from rapport_contracts.fields import (
    Code,
    ComplaintId,
    CustomerId,
    InteractionId,
    InvitationId,
    Open,
    ResponseId,
    SurveyId,
    UtcTime,
)
from rapport_contracts.satisfaction import TOPIC
from rapport_contracts.satisfaction.vocabulary import RejectionReason, SurveyDecision
from rapport_contracts.vocabulary import Channel, Metric


class SurveyPublished(Event, type="survey.published.v1", topic=TOPIC, key="survey_id"):
    """A version of a survey may be sent from now on."""

    survey_id: SurveyId
    survey: Code
    version: int
    metric: Open[Metric]
    published_at: UtcTime


class SurveyConsidered(Event, type="survey.considered.v1", topic=TOPIC, key="invitation_id"):
    """It was decided whether to ask a customer about an interaction or a complaint. With the reason and the
    rule that decided (throttle, consent, open complaint, no human contact, sampling). A candidate that is held is considered
    again: the last one of an invitation counts."""

    invitation_id: InvitationId
    survey: Code
    customer_id: CustomerId | None
    interaction_id: InteractionId | None
    complaint_id: ComplaintId | None
    decision: Open[SurveyDecision]
    reason: Code
    considered_at: UtcTime


class SurveyInvitationSent(Event, type="survey-invitation.sent.v1", topic=TOPIC, key="invitation_id"):
    """The customer is asked; the link with its single-use token goes out of band and is never in an event. A
    reminder is one more, with the same end."""

    invitation_id: InvitationId
    survey: Code
    version: int
    customer_id: CustomerId
    channel: Open[Channel]
    sent_at: UtcTime
    expires_at: UtcTime


class SurveyInvitationExpired(Event, type="survey-invitation.expired.v1", topic=TOPIC, key="invitation_id"):
    """No answer came in time, or the invitation was not sent in time."""

    invitation_id: InvitationId
    customer_id: CustomerId
    expired_at: UtcTime


class SurveyResponseReceived(
    Event, type="survey-response.received.v1", topic=TOPIC, key="invitation_id", time="answered_at"
):
    """An answer came in and is valid; imported answers have an invitation id of their own. `answered_at` is
    when the customer answered, which an import tells; `received_at` is when the answer reached us."""

    invitation_id: InvitationId
    response_id: ResponseId
    survey: Code
    version: int
    customer_id: CustomerId | None
    received_at: UtcTime
    answered_at: UtcTime | None = None
    source: Code | None = None
    ref: Code | None = None


class SurveyResponseRejected(
    Event, type="survey-response.rejected.v1", topic=TOPIC, key="invitation_id", time="answered_at"
):
    """An answer came in and does not count; it is reported under `excluded`, never coerced."""

    invitation_id: InvitationId
    survey: Code
    customer_id: CustomerId | None
    reason: Open[RejectionReason]
    rejected_at: UtcTime
    answered_at: UtcTime | None = None
    source: Code | None = None
    ref: Code | None = None
