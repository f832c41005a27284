"""What answers add up to. Key: the invitation."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from rapport_contracts.event import Event, Payload
from rapport_contracts.fields import Code, ComplaintId, CustomerId, InteractionId, InvitationId, Open, ResponseId, UtcTime
from rapport_contracts.satisfaction import TOPIC
from rapport_contracts.satisfaction.vocabulary import Band
from rapport_contracts.vocabulary import Channel, Metric


class Rating(Payload):
    """The answer to one more question of the survey, on the scale of that question."""

    question: Code
    value: int


class SatisfactionScored(
    Event,
    type="satisfaction.scored.v1",
    topic=TOPIC,
    key="invitation_id",
    time="answered_at",
    when="An answer is valid: it comes with every `survey-response.received`.",
    often="once",
    state="completed",
):
    """One answer as one score of one metric (S70), attributed to the last human handler and to all of them: the record of
    truth of an answer, never put right. `recovery_id`: the customer was asked about a recovery (S67)."""

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
    answered_at: UtcTime | None = None
    version: int | None = None
    lowest: int | None = None
    highest: int | None = None
    ratings: list[Rating] = Field(default_factory=list)
    has_comment: bool | None = None
    channel: Open[Channel] | None = None
    source: Code | None = None
    ref: Code | None = None


class DetractorDetected(
    Event,
    type="detractor.detected.v1",
    topic=TOPIC,
    key="invitation_id",
    when="An answer on the page lies in a band of the follow-up rule and its customer is known; an imported answer "
    "never does this.",
    often="once",
    state="completed",
):
    """A customer is so unhappy that somebody must talk to them."""

    invitation_id: InvitationId
    response_id: ResponseId
    customer_id: CustomerId
    metric: Open[Metric]
    value: float
    detected_at: UtcTime
