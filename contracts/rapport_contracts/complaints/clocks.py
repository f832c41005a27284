"""The clocks of a complaint: started, paused, warned, breached, met, moved, extended; complaints without any; and policies
that were tried on the past. Key: the complaint, or the back-test. Codes, times, counts and ids; no free text.
"""

from __future__ import annotations

from rapport_contracts.complaints import TOPIC
from rapport_contracts.complaints.vocabulary import ClockKind, PauseReason
from rapport_contracts.event import Event
from rapport_contracts.fields import BackTestId, ClockId, Code, ComplaintId, CustomerId, Open, UtcTime


class ClockStarted(Event, type="clock.started.v1", topic=TOPIC, key="complaint_id"):
    """A clock began under a version of a policy that stays pinned to it."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    policy: Code
    policy_version: int
    started_at: UtcTime
    due_at: UtcTime


class ClockPaused(Event, type="clock.paused.v1", topic=TOPIC, key="complaint_id"):
    """The clock stands still."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    reason: Open[PauseReason]
    paused_at: UtcTime


class ClockResumed(Event, type="clock.resumed.v1", topic=TOPIC, key="complaint_id"):
    """The clock runs again, with a new due time."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    resumed_at: UtcTime
    due_at: UtcTime


class ClockWarned(Event, type="clock.warned.v1", topic=TOPIC, key="complaint_id"):
    """Most of the time is used up; `warned_at` is the exact time of the warning line."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    warned_at: UtcTime
    due_at: UtcTime


class ClockBreached(Event, type="clock.breached.v1", topic=TOPIC, key="complaint_id"):
    """The time ran out; `breached_at` is the due time itself, not the time when somebody looked."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    breached_at: UtcTime


class ClockMet(Event, type="clock.met.v1", topic=TOPIC, key="complaint_id"):
    """What the clock waited for happened; `in_time` says whether before its due time."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    in_time: bool
    met_at: UtcTime


class ClockRescheduled(Event, type="clock.rescheduled.v1", topic=TOPIC, key="complaint_id"):
    """The due time of a running clock was reckoned anew: `calendar-changed` (opening hours, holidays), `assessed` (the
    assessment put the complaint under another limit). A breach at the previous due time no longer counts."""

    complaint_id: ComplaintId
    clock_id: ClockId
    kind: Open[ClockKind]
    reason: Code
    previous_due_at: UtcTime
    due_at: UtcTime
    rescheduled_at: UtcTime


class ClockExtended(Event, type="clock.extended.v1", topic=TOPIC, key="complaint_id"):
    """A limit was extended once, with the approval of somebody who has no part in the complaint, as its policy allows.
    `extended_by` counts `unit`. Both due times are null while the clock is paused. A breach at the previous due time, found
    before the approval was entered, no longer counts."""

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


class ComplaintUntargeted(Event, type="complaint.untargeted.v1", topic=TOPIC, key="complaint_id"):
    """No policy matches the complaint: nobody promised a time, and no clock can breach. An alarm, not silence; once for
    each episode and each appeal. When a policy matches later, `clock.started` follows."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    episode: int
    channel: Code
    category: Code
    untargeted_at: UtcTime


class BackTestStarted(Event, type="back-test.started.v1", topic=TOPIC, key="back_test_id"):
    """A policy is being tried on the complaints received in a period; nothing changes for them."""

    back_test_id: BackTestId
    policy: Code
    received_from: UtcTime
    received_before: UtcTime
    total: int
    started_at: UtcTime


class BackTestCompleted(Event, type="back-test.completed.v1", topic=TOPIC, key="back_test_id"):
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


class BackTestCancelled(Event, type="back-test.cancelled.v1", topic=TOPIC, key="back_test_id"):
    """Somebody stopped it before its end; what it found so far is no result."""

    back_test_id: BackTestId
    policy: Code
    cancelled_at: UtcTime
