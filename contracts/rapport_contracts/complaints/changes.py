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


class ChangeProposed(Event, Change, type="change.proposed.v1", topic=TOPIC, key="change_id"):
    """Something is to be changed so that the problem does not come again (S68). `trend_id` is the trend that led to it."""

    number: Code
    owner: Code
    trend_id: UUID | None
    complaints: int
    proposed_at: UtcTime


class ChangeComplaintLinked(Event, Change, type="change-complaint.linked.v1", topic=TOPIC, key="change_id"):
    """A complaint turned out to show the same problem; `complaints` counts all of them."""

    complaint_id: ComplaintId
    complaints: int
    linked_at: UtcTime


class ChangeUnfrozen(Event, Change, type="change.unfrozen.v1", topic=TOPIC, key="change_id"):
    """The old way does not bind any more (解冻). `round` counts from 1: a change without effect is unfrozen again."""

    round: int
    unfrozen_at: UtcTime


class ChangeStepPlanned(Event, Change, type="change-step.planned.v1", topic=TOPIC, key="change_id"):
    """Somebody is to do something until `due_at`."""

    step: Code
    owner: Code
    due_at: UtcTime
    planned_at: UtcTime


class ChangeStarted(Event, Change, type="change.started.v1", topic=TOPIC, key="change_id"):
    """The new way of working is being brought in (改变)."""

    steps: int
    started_at: UtcTime


class ChangeStepCompleted(Event, Change, type="change-step.completed.v1", topic=TOPIC, key="change_id"):
    """A step was done. What was done in time and entered late is in time."""

    step: Code
    owner: Code
    in_time: bool
    completed_at: UtcTime


class ChangeStepMissed(Event, Change, type="change-step.missed.v1", topic=TOPIC, key="change_id"):
    """A step was not done in time; `missed_at` is its due time itself. Published once for each step."""

    step: Code
    owner: Code
    missed_at: UtcTime


class ChangeRefrozen(Event, Change, type="change.refrozen.v1", topic=TOPIC, key="change_id"):
    """The new way of working binds from now on (再冻结): `standard` is the code of the procedure that says so."""

    standard: Code
    steps: int
    late_steps: int
    refrozen_at: UtcTime


class ChangeEffectMeasured(Event, Change, type="change-effect.measured.v1", topic=TOPIC, key="change_id"):
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


class ChangeClosed(Event, Change, type="change.closed.v1", topic=TOPIC, key="change_id"):
    """It is over; `verdict` is that of the effect measured last."""

    rounds: int
    verdict: Open[ChangeVerdict]
    closed_at: UtcTime


class ChangeAbandoned(Event, Change, type="change.abandoned.v1", topic=TOPIC, key="change_id"):
    """It will not be made, or not to its end; the reason is a code. Its steps are not due any more."""

    reason: Code
    abandoned_at: UtcTime
