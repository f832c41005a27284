"""What Complaints publishes about the side ways of a complaint: not upheld, duplicate, transferred, appealed, recurred,
followed up. Key: the complaint. No free text leaves the service: events carry codes, times and ids.
"""

from __future__ import annotations

from rapport_contracts.complaints import TOPIC
from rapport_contracts.complaints.vocabulary import Appellant, FollowUpResult, RejectionGround
from rapport_contracts.event import Event
from rapport_contracts.fields import Code, ComplaintId, CustomerId, Open, UtcTime


class ComplaintRejected(
    Event,
    type="complaint.rejected.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff decide it with `POST …/complaints/{id}:reject`, while no proposal waits for an answer.",
    often="again",
    state="not_upheld",
    undone_by=("appeal.upheld.v1",),
):
    """The complaint is not upheld. The customer is told the decision afterwards (`feedback.given`), and may appeal."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    grounds: list[Open[RejectionGround]]
    rejected_at: UtcTime


class DecisionAccepted(
    Event,
    type="decision.accepted.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter the customer's answer with `POST …/complaints/{id}:record-decision`.",
    often="again",
):
    """The customer accepted that their complaint is not upheld (S53: their answer is recorded, not presumed)."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    accepted_at: UtcTime


class AppealFiled(
    Event,
    type="appeal.filed.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:appeal`, once for each proposal or decision.",
    often="again",
    state="appealed",
):
    """The customer, or somebody acting for them, appealed against the proposal or the decision. `appeal` counts from 1 over
    the whole life of the complaint."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    appeal: int
    appellant: Open[Appellant]
    filed_at: UtcTime


class AppealUpheld(
    Event,
    type="appeal.upheld.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Somebody who had no part in it decides with `POST …/complaints/{id}:decide-appeal`.",
    often="again",
    state="investigating",
):
    """The appeal was right: the complaint is investigated again, by somebody who has not handled it before."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    appeal: int
    upheld_at: UtcTime


class AppealDismissed(
    Event,
    type="appeal.dismissed.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Somebody who had no part in it decides with `POST …/complaints/{id}:decide-appeal`.",
    often="again",
    state="appeal_dismissed",
):
    """The decision, or the proposal, stands. The customer is told so afterwards (`feedback.given`)."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    appeal: int
    dismissed_at: UtcTime


class ComplaintMarkedDuplicate(
    Event,
    type="complaint.marked-duplicate.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:mark-duplicate`, while it is assessed, assigned or investigated.",
    often="once",
    state="duplicate",
):
    """The complaint says what another one says already, and is answered with that one. It has ended: no clock runs."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    duplicate_of: ComplaintId
    marked_at: UtcTime


class ComplaintTransferred(
    Event,
    type="complaint.transferred.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:transfer`, while it is assessed, assigned or investigated.",
    often="once",
    state="transferred",
):
    """Another organisation or department answers for it now. It has ended here: no clock runs. `transferred_to` is the
    code of who took it over."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    transferred_to: Code
    transferred_at: UtcTime


class ComplaintRecurred(
    Event,
    type="complaint.recurred.v1",
    topic=TOPIC,
    key="complaint_id",
    when="A complaint is filed that names an earlier one in `recurrence_of`; it follows `complaint.received`.",
    often="once",
):
    """A new complaint is about the same as an earlier one (S55). `previous_closed_at` is when that one was closed, null
    while it is open, and where it ended in another way."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    recurrence_of: ComplaintId
    category: Code
    previous_closed_at: UtcTime | None
    recurred_at: UtcTime


class FollowUpScheduled(
    Event,
    type="complaint-follow-up.scheduled.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff give feedback (`POST …/complaints/{id}:give-feedback`) and name a day, or the policy does; it "
    "follows `feedback.given`.",
    often="again",
    undone_by=("appeal.filed.v1", "complaint.withdrawn.v1"),
):
    """The customer will be asked once more whether the answer has held; the complaint stays open until then."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    due_at: UtcTime
    scheduled_at: UtcTime


class FollowUpReached(
    Event,
    type="complaint-follow-up.reached.v1",
    topic=TOPIC,
    key="complaint_id",
    time="due_at",
    when="A timer finds that the day has come and the follow-up has not been completed.",
    often="again",
    state="follow_up_due",
    undone_by=("appeal.filed.v1", "complaint.withdrawn.v1"),
):
    """The customer is to be asked once more now. `due_at` is the time that was set, however late it was noticed."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    due_at: UtcTime


class FollowUpCompleted(
    Event,
    type="complaint-follow-up.completed.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:complete-follow-up`, on the day or before it.",
    often="again",
):
    """The customer was asked once more, and what came of it."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    result: Open[FollowUpResult]
    completed_at: UtcTime
