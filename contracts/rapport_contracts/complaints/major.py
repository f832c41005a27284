"""What Complaints publishes about major complaints (重大投诉). Key: the complaint, or the case that it has while it is one.

Codes, times, counts and ids; staff are opaque ids, never names; no free text."""

from __future__ import annotations

from rapport_contracts.complaints import TOPIC
from rapport_contracts.event import Event
from rapport_contracts.fields import CaseId, Code, ComplaintId, CustomerId, UtcTime


class ComplaintDeclaredMajor(
    Event,
    type="complaint.declared-major.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:mark-major`, or a timer finds that a rule matches.",
    often="again",
    undone_by=("complaint.lowered-from-major.v1",),
):
    """The complaint is a major one from now on: it has a case (`case_id`, in the state `declared`) with a checklist, and
    stricter clocks (S60). By a rule, or by hand (`rule` null). `told` are the roles that have to know of it at once, as
    the policy names them."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    case_id: CaseId
    rule: Code | None
    reason: Code | None
    declared_by: Code | None
    policy_version: int
    told: list[Code]
    declared_at: UtcTime


class ComplaintLoweredFromMajor(
    Event,
    type="complaint.lowered-from-major.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter it with `POST …/complaints/{id}:lower-major`; no rule does it.",
    often="again",
):
    """Somebody else than who declared it major said that it is an ordinary complaint; its stricter clocks stop."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    case_id: CaseId
    reason: Code
    lowered_by: Code
    lowered_at: UtcTime


class MajorStepCompleted(
    Event,
    type="major-step.completed.v1",
    topic=TOPIC,
    key="case_id",
    when="Staff enter it with `POST …/complaints/{id}:complete-major-step`, once for each step.",
    often="again",
):
    """A step of the checklist of a major complaint was done. `in_time` is null where the step has no limit."""

    case_id: CaseId
    complaint_id: ComplaintId
    step: Code
    role: Code
    in_time: bool | None
    completed_at: UtcTime


class MajorStepMissed(
    Event,
    type="major-step.missed.v1",
    topic=TOPIC,
    key="case_id",
    when="A timer at its own second, or whatever is entered first after it, finds that a due time has passed; once for "
    "each step.",
    often="again",
    undone_by=("major-step.completed.v1",),
):
    """A step of the checklist was not done when it was due; `missed_at` is when it was due. What is entered later as done
    before takes it back: `in_time` of the step counts."""

    case_id: CaseId
    complaint_id: ComplaintId
    step: Code
    role: Code
    missed_at: UtcTime


class MajorCaseEnded(
    Event,
    type="major-case.ended.v1",
    topic=TOPIC,
    key="case_id",
    when="The complaint is lowered from major, closed, withdrawn, marked a duplicate or transferred.",
    often="once",
    state="{state}",
):
    """The case is over: it was lowered (`outcome` is `lowered`), or the complaint ended in that way. A complaint is closed
    with the whole checklist done; one that was withdrawn, handed over or is a duplicate may leave steps open."""

    case_id: CaseId
    complaint_id: ComplaintId
    outcome: Code
    steps: int
    late_steps: int
    open_steps: int
    ended_at: UtcTime
    state: Code | None = None
