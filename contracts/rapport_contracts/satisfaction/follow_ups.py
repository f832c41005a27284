"""Cases in which somebody talks with a customer who is not content. Key: the follow-up case."""

from __future__ import annotations

from rapport_contracts.event import Event
from rapport_contracts.fields import Code, CustomerId, FollowUpId, InvitationId, UtcTime
from rapport_contracts.satisfaction import TOPIC


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
