"""What Complaints says of changes (变革, S68, S69): a way of working is unfrozen, changed, refrozen. Key: the change.

Words about the problem stay with the service; owners are opaque codes of staff or units.
"""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.complaints import TOPIC
from rapport_contracts.complaints.vocabulary import ChangeVerdict, TrendDimension
from rapport_contracts.event import Event, Payload
from rapport_contracts.fields import Code, ComplaintId, Open, UtcTime


class Change(Payload):
    """What every fact about a change says: which group of complaints it is to make fewer, such as those of a cause."""

    change_id: UUID
    dimension: Open[TrendDimension]
    group: Code


class ChangeProposed(
    Event,
    Change,
    type="change.proposed.v1",
    topic=TOPIC,
    key="change_id",
    when="Staff enter it with `POST …/changes`.",
    often="once",
    state="proposed",
    undone_by=("change.abandoned.v1",),
):
    """Something is to be changed so that the problem does not come again (S68). `trend_id` is the trend that led to it."""

    number: Code
    owner: Code
    trend_id: UUID | None
    complaints: int
    proposed_at: UtcTime


class ChangeComplaintLinked(
    Event,
    Change,
    type="change-complaint.linked.v1",
    topic=TOPIC,
    key="change_id",
    when="Staff enter it with `POST …/changes/{id}:link-complaint`, once for each complaint.",
    often="again",
):
    """A complaint turned out to show the same problem; `complaints` counts all of them."""

    complaint_id: ComplaintId
    complaints: int
    linked_at: UtcTime


class ChangeUnfrozen(
    Event,
    Change,
    type="change.unfrozen.v1",
    topic=TOPIC,
    key="change_id",
    when="Staff enter it with `POST …/changes/{id}:unfreeze`, once for each round.",
    often="again",
    state="unfrozen",
):
    """The old way does not bind any more (解冻). `round` counts from 1: a change without effect is unfrozen again."""

    round: int
    unfrozen_at: UtcTime


class ChangeStepPlanned(
    Event,
    Change,
    type="change-step.planned.v1",
    topic=TOPIC,
    key="change_id",
    when="Staff enter it with `POST …/changes/{id}:plan-steps`, once for each step.",
    often="again",
    undone_by=("change.abandoned.v1",),
):
    """Somebody is to do something until `due_at`."""

    step: Code
    owner: Code
    due_at: UtcTime
    planned_at: UtcTime


class ChangeStarted(
    Event,
    Change,
    type="change.started.v1",
    topic=TOPIC,
    key="change_id",
    when="Staff enter it with `POST …/changes/{id}:start`, once for each round.",
    often="again",
    state="changing",
):
    """The new way of working is being brought in (改变)."""

    steps: int
    started_at: UtcTime


class ChangeStepCompleted(
    Event,
    Change,
    type="change-step.completed.v1",
    topic=TOPIC,
    key="change_id",
    when="Staff enter it with `POST …/changes/{id}:complete-step`, once for each step.",
    often="again",
):
    """A step was done. What was done in time and entered late is in time."""

    step: Code
    owner: Code
    in_time: bool
    completed_at: UtcTime


class ChangeStepMissed(
    Event,
    Change,
    type="change-step.missed.v1",
    topic=TOPIC,
    key="change_id",
    when="A timer at its own second, or whatever is entered first after it, finds that a due time has passed; once for "
    "each step.",
    often="again",
    undone_by=("change-step.completed.v1",),
):
    """A step was not done in time; `missed_at` is its due time itself. What is entered later as done before takes it back:
    `in_time` of the step counts."""

    step: Code
    owner: Code
    missed_at: UtcTime


class ChangeRefrozen(
    Event,
    Change,
    type="change.refrozen.v1",
    topic=TOPIC,
    key="change_id",
    when="Staff enter it with `POST …/changes/{id}:refreeze`, once every step is done.",
    often="again",
    state="refrozen",
    undone_by=("change.unfrozen.v1",),
):
    """The new way of working binds from now on (再冻结): `standard` is the code of the procedure that says so."""

    standard: Code
    steps: int
    late_steps: int
    refrozen_at: UtcTime


class ChangeEffectMeasured(
    Event,
    Change,
    type="change-effect.measured.v1",
    topic=TOPIC,
    key="change_id",
    when="Staff have it counted with `POST …/changes/{id}:record-effect`; every result is kept.",
    often="again",
):
    """How many complaints of the group came in `days` before the change was unfrozen and in as many after it was refrozen.

    `p` is the chance of a difference as large or larger if nothing had changed (two-sided, conditional test of two Poisson
    counts); null, with the verdict `too-few` or `no-history`, when it was not tested. `excluded` are duplicates in both.
    """

    days: int
    before: int
    after: int
    excluded: int
    p: float | None
    verdict: Open[ChangeVerdict]
    definition_version: int
    before_start: UtcTime
    before_end: UtcTime
    after_start: UtcTime
    after_end: UtcTime
    measured_at: UtcTime


class ChangeClosed(
    Event,
    Change,
    type="change.closed.v1",
    topic=TOPIC,
    key="change_id",
    when="Staff enter it with `POST …/changes/{id}:close`, once an effect was measured since it was refrozen.",
    often="once",
    state="closed",
):
    """It is over; `verdict` is that of the effect measured last."""

    rounds: int
    verdict: Open[ChangeVerdict]
    closed_at: UtcTime


class ChangeAbandoned(
    Event,
    Change,
    type="change.abandoned.v1",
    topic=TOPIC,
    key="change_id",
    when="Staff enter it with `POST …/changes/{id}:abandon`, until it is closed.",
    often="once",
    state="abandoned",
):
    """It will not be made, or not to its end; the reason is a code. Its steps are not due any more."""

    reason: Code
    abandoned_at: UtcTime
