"""The clocks of a complaint: started, paused, warned, breached, met, moved, extended; complaints without any; and policies
that were tried on the past. Key: the complaint, or the back-test. Codes, times, counts and ids; no free text.
"""

from __future__ import annotations

from rapport_contracts.complaints import TOPIC
from rapport_contracts.complaints.vocabulary import ClockKind, PauseReason
from rapport_contracts.event import Event
from rapport_contracts.fields import BackTestId, ClockId, Code, ComplaintId, CustomerId, Open, UtcTime


class ClockStarted(
    Event,
    type="clock.started.v1",
    topic=TOPIC,
    key="complaint_id",
    when="A complaint is received, reopened, appealed, assessed or declared major under a policy with such a limit, "
    "or a customer waits for an update.",
    often="again",
    state="running",
):
    """A clock began under a version of a policy that stays pinned to it. When its complaint ends in any way, every clock
    that still runs is stopped, and when it is lowered from major, those under policies for major complaints are: their
    state is `stopped`, and no event of their own says so. A breach is no state: a breached clock runs on until it is met
    or stopped."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    policy: Code
    policy_version: int
    started_at: UtcTime
    due_at: UtcTime


class ClockPaused(
    Event,
    type="clock.paused.v1",
    topic=TOPIC,
    key="complaint_id",
    when="The complaint is paused, an emergency holds its clocks, or the clock starts while one of these is so.",
    often="again",
    state="paused",
    undone_by=("clock.resumed.v1",),
):
    """The clock stands still."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    reason: Open[PauseReason]
    paused_at: UtcTime


class ClockResumed(
    Event,
    type="clock.resumed.v1",
    topic=TOPIC,
    key="complaint_id",
    when="The complaint is resumed, the emergency holds it no longer, or a customer speaks while their update clock "
    "stands still.",
    often="again",
    state="running",
):
    """The clock runs again, with a new due time."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    resumed_at: UtcTime
    due_at: UtcTime


class ClockWarned(
    Event,
    type="clock.warned.v1",
    topic=TOPIC,
    key="complaint_id",
    when="A timer at its own second, or whatever is entered first after it, finds that the warning line has passed.",
    often="again",
    undone_by=("clock.rescheduled.v1", "clock.extended.v1"),
):
    """Most of the time is used up; `warned_at` is the exact time of the warning line."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    warned_at: UtcTime
    due_at: UtcTime


class ClockBreached(
    Event,
    type="clock.breached.v1",
    topic=TOPIC,
    key="complaint_id",
    when="A timer at its own second, or whatever is entered first after it, finds that the due time has passed.",
    often="again",
    undone_by=("clock.met.v1", "clock.rescheduled.v1", "clock.extended.v1"),
):
    """The time ran out; `breached_at` is the due time itself, not the time when somebody looked. What is entered later as
    done before takes it back: `in_time` of `clock.met` counts."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    breached_at: UtcTime


class ClockMet(
    Event,
    type="clock.met.v1",
    topic=TOPIC,
    key="complaint_id",
    when="The complaint is acknowledged, accepted or answered, or the customer is told how things stand; once for "
    "each clock.",
    often="again",
    state="met",
):
    """What the clock waited for happened: an acknowledgement; acceptance or an answer; an update. `in_time` says whether
    before its due time."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    in_time: bool
    met_at: UtcTime


class ClockRescheduled(
    Event,
    type="clock.rescheduled.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Somebody edits the calendar (`PUT …/calendars/{id}`), or assesses the complaint, and the due time differs.",
    often="again",
):
    """The due time of a running clock was reckoned anew. A warning or breach at the previous due time that the new one
    does not know no longer counts."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    reason: Code
    previous_due_at: UtcTime
    due_at: UtcTime
    rescheduled_at: UtcTime


class ClockExtended(
    Event,
    type="clock.extended.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Somebody who has no part in it approves it with `POST …/complaints/{id}/clocks/{id}:extend`; at most once "
    "for each clock.",
    often="again",
):
    """A limit was extended, with the approval of somebody who has no part in the complaint, as its policy allows.
    `extended_by` counts `unit`. Both due times are null while the clock is paused. A breach at the previous due time,
    found before the approval was entered, no longer counts; the clock runs or stands still as before."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    policy: Code
    extended_by: int
    unit: Code
    reason: Code
    requested_by: Code
    approved_by: Code
    previous_due_at: UtcTime | None
    due_at: UtcTime | None
    extended_at: UtcTime


class ComplaintUntargeted(
    Event,
    type="complaint.untargeted.v1",
    topic=TOPIC,
    key="complaint_id",
    when="It is received, reopened, or appealed against with no resolution clock running, and no policy matches; "
    "each time anew.",
    often="again",
    undone_by=("clock.started.v1",),
):
    """No policy matches the complaint: nobody promised a time, and no clock can breach. An alarm, not silence."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    episode: int
    channel: Code
    category: Code
    untargeted_at: UtcTime


class BackTestStarted(
    Event,
    type="back-test.started.v1",
    topic=TOPIC,
    key="back_test_id",
    when="Somebody asks for it with `POST …/sla-policies/{id}:back-test`.",
    often="once",
    state="running",
    undone_by=("back-test.cancelled.v1",),
):
    """A policy is being tried on the complaints received in a period; nothing changes for them."""

    back_test_id: BackTestId
    policy: Code
    received_from: UtcTime
    received_before: UtcTime
    total: int
    started_at: UtcTime


class BackTestCompleted(
    Event,
    type="back-test.completed.v1",
    topic=TOPIC,
    key="back_test_id",
    when="A timer, which takes them in portions, has looked at the last complaint of the period.",
    often="once",
    state="completed",
):
    """What the policy would have changed. `n` limits of `complaints` complaints were compared; `changed` of them would have
    ended otherwise, `newly_breached` and `newly_met` among them. What was left out is counted by reason."""

    back_test_id: BackTestId
    policy: Code
    complaints: int
    n: int
    changed: int
    newly_breached: int
    newly_met: int
    excluded: dict[str, int]
    definition_version: int
    completed_at: UtcTime


class BackTestCancelled(
    Event,
    type="back-test.cancelled.v1",
    topic=TOPIC,
    key="back_test_id",
    when="Somebody enters it with `POST …/back-tests/{id}:cancel`.",
    often="once",
    state="cancelled",
):
    """Somebody stopped it before its end; what it found so far is no result."""

    back_test_id: BackTestId
    policy: Code
    cancelled_at: UtcTime
