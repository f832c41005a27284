"""What Complaints publishes about customers whom it may lose (挽回潜在流失客户, S64). Key: the win-back."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.complaints import TOPIC
from rapport_contracts.complaints.vocabulary import WinBackOutcome, WinBackReason
from rapport_contracts.event import Event, Payload
from rapport_contracts.fields import Code, ComplaintId, CustomerId, Open, UtcTime


class WinBack(Payload):
    """What every fact about a win-back says."""

    win_back_id: UUID
    customer_id: CustomerId
    reason: Open[WinBackReason]


class WinBackRequested(
    Event,
    WinBack,
    type="win-back.requested.v1",
    topic=TOPIC,
    key="win_back_id",
    when="A timer finds a reason by the policy, soon after an event of a complaint or an event of Satisfaction.",
    often="once",
    state="requested",
):
    """Somebody should win the customer back until `due_at`; at most once for a reason within the time that the policy says.

    `occasions` is how often the reason showed, `complaint_id` the complaint in which it did last, if it was one.
    """

    complaint_id: ComplaintId | None
    occasions: int
    policy: Code
    policy_version: int
    due_at: UtcTime
    requested_at: UtcTime


class WinBackStarted(
    Event,
    WinBack,
    type="win-back.started.v1",
    topic=TOPIC,
    key="win_back_id",
    when="Staff enter it with `POST …/win-backs/{id}:start`; again with each new owner.",
    often="again",
    state="in_progress",
):
    """Somebody has taken it on; `owner` is an opaque staff id or a unit."""

    owner: Code
    started_at: UtcTime


class WinBackMissed(
    Event,
    WinBack,
    type="win-back.missed.v1",
    topic=TOPIC,
    key="win_back_id",
    when="A timer at its own second, or whatever is entered first after it, finds that the due time has passed.",
    often="once",
    undone_by=("win-back.closed.v1",),
):
    """Nobody had closed it until it was due. What is entered later as done before takes it back: `in_time` of the closing
    counts."""

    owner: Code | None
    missed_at: UtcTime


class WinBackClosed(
    Event,
    WinBack,
    type="win-back.closed.v1",
    topic=TOPIC,
    key="win_back_id",
    when="Staff enter it with `POST …/win-backs/{id}:close`, or the customer is about to be erased.",
    often="once",
    state="closed",
):
    """It is over. `in_time`: not after it was due."""

    outcome: Open[WinBackOutcome]
    in_time: bool
    closed_at: UtcTime
