"""Cases in which somebody talks with a customer who is not content. Key: the follow-up case."""

from __future__ import annotations

from rapport_contracts.event import Event
from rapport_contracts.fields import Code, CustomerId, FollowUpId, InvitationId, UtcTime
from rapport_contracts.satisfaction import TOPIC


class FollowUpOpened(
    Event,
    type="follow-up.opened.v1",
    topic=TOPIC,
    key="follow_up_id",
    when="A detractor is detected: it comes with every `detractor.detected`.",
    often="once",
    state="opened",
):
    """A case to close the loop with an unhappy customer (闭环跟进), to be done by `due_at`."""

    follow_up_id: FollowUpId
    invitation_id: InvitationId
    customer_id: CustomerId
    due_at: UtcTime
    opened_at: UtcTime


class FollowUpContacted(
    Event,
    type="follow-up.contacted.v1",
    topic=TOPIC,
    key="follow_up_id",
    when="A person records by `POST /follow-ups/{id}:record-attempt` that they reached the customer.",
    often="once",
    state="contacted",
):
    """The customer was reached."""

    follow_up_id: FollowUpId
    customer_id: CustomerId
    contacted_at: UtcTime


class FollowUpEscalated(
    Event,
    type="follow-up.escalated.v1",
    topic=TOPIC,
    key="follow_up_id",
    when="A timer fires at the due time of a case that is not closed.",
    often="once",
):
    """The case was not done by its due time; `escalated_at` is the due time itself."""

    follow_up_id: FollowUpId
    customer_id: CustomerId
    escalated_at: UtcTime


class FollowUpClosed(
    Event,
    type="follow-up.closed.v1",
    topic=TOPIC,
    key="follow_up_id",
    when="A person closes the case by `POST /follow-ups/{id}:close`, or its customer is erased before anybody reached them.",
    often="once",
    state="closed",
):
    """The loop is closed: cause and action are on record and the customer confirmed, or could not be reached."""

    follow_up_id: FollowUpId
    customer_id: CustomerId
    cause: Code
    action: Code
    reached: bool
    closed_at: UtcTime
