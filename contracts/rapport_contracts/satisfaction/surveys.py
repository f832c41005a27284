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


class SurveyPublished(
    Event,
    type="survey.published.v1",
    topic=TOPIC,
    key="survey_id",
    when="A person publishes a version by `POST /surveys/{key}:publish`, or Satisfaction brings in a survey of the "
    "product when it starts.",
    often="again",
):
    """A version of a survey may be sent from now on."""

    survey_id: SurveyId
    survey: Code
    version: int
    metric: Open[Metric]
    published_at: UtcTime


class SurveyConsidered(
    Event,
    type="survey.considered.v1",
    topic=TOPIC,
    key="invitation_id",
    when="A contact, a closed complaint or a recovery that was done becomes a candidate of a rule, or something "
    "changes the decision before it is sent.",
    often="again",
    state="{decision}",
):
    """It was decided whether to ask a customer, with the reason and the rule that decided (throttle, consent, open
    complaint, no human contact, sampling). The last one of an invitation counts."""

    invitation_id: InvitationId
    survey: Code
    customer_id: CustomerId | None
    interaction_id: InteractionId | None
    complaint_id: ComplaintId | None
    decision: Open[SurveyDecision]
    reason: Code
    considered_at: UtcTime


class SurveyInvitationSent(
    Event,
    type="survey-invitation.sent.v1",
    topic=TOPIC,
    key="invitation_id",
    when="A messaging gateway or a person takes the link by `POST /invitations/{id}:send`; once more for each "
    "reminder, with the same end.",
    often="again",
    state="{state}",
):
    """The customer is asked; the link with its single-use token goes out of band and is never in an event. That a customer
    opens the form or opts out is not published."""

    invitation_id: InvitationId
    survey: Code
    version: int
    customer_id: CustomerId
    channel: Open[Channel]
    sent_at: UtcTime
    expires_at: UtcTime
    reminders: int | None = None
    state: Code | None = None


class SurveyInvitationExpired(
    Event,
    type="survey-invitation.expired.v1",
    topic=TOPIC,
    key="invitation_id",
    when="A timer fires when the time for the answer is over, or that for sending the invitation.",
    often="once",
    state="expired",
):
    """No answer came in time, or the invitation was not sent in time: `was_sent` says which."""

    invitation_id: InvitationId
    customer_id: CustomerId
    expired_at: UtcTime
    was_sent: bool | None = None


class SurveyResponseReceived(
    Event,
    type="survey-response.received.v1",
    topic=TOPIC,
    key="invitation_id",
    time="answered_at",
    when="The customer answers on the page, or another system imports an answer by `POST /responses:import`.",
    often="once",
    state="completed",
):
    """An answer came in and is valid; imported answers have an invitation id of their own, under which no invitation is
    found. `answered_at` is when the customer answered, which an import tells; `received_at` is when the answer reached
    us."""

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
    Event,
    type="survey-response.rejected.v1",
    topic=TOPIC,
    key="invitation_id",
    time="answered_at",
    when="An answer that does not count is given on the page or imported; once for each reason of an invitation.",
    often="again",
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
