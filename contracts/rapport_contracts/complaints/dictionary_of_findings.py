"""What the properties of these events mean: of clocks, findings and changes; see `dictionary`."""

from __future__ import annotations

from collections.abc import Mapping

from rapport_contracts.dictionary import Meaning
from rapport_contracts.vocabulary import Channel

LIMIT_UNITS = ("business_minutes", "business_hours", "business_days", "calendar_days")

CHANCE = "probability from 0 to 1"


def act(clause: str, more: str = "") -> Meaning:
    """The time of something that people do, and may enter later; `more` is a sentence of its own."""
    return Meaning(f"When {clause} (UTC), not when that was entered. {more}".rstrip())


def when(clause: str, more: str = "") -> Meaning:
    """The time of something that the service itself does or finds out."""
    return Meaning(f"When {clause} (UTC). {more}".rstrip())


CLOCKS: Mapping[str, Meaning] = {
    "clock_id": Meaning("The clock: one limit of one episode of the complaint, under one policy."),
    "kind": Meaning(
        "Limit that the clock measures: until the complaint is acknowledged, until it is answered, or until a customer who "
        "said something in between is told how things stand."
    ),
    "ClockStarted.policy": Meaning("Code of the operator's SLA policy; several may run side by side, each with own clocks."),
    "ClockStarted.started_at": Meaning(
        "When the limit begins to count (UTC): receipt, reopening, an appeal, a declaration as major, or words of the "
        "customer. Often before the event was written."
    ),
    "ClockStarted.due_at": Meaning(
        "When the limit runs out if nothing changes (UTC). Not valid if `clock.paused` follows at once: it may equal "
        "`started_at` then."
    ),
    "ClockPaused.reason": Meaning("Why the clock stands still: the complaint waits for somebody, or an emergency holds it."),
    "ClockPaused.paused_at": Meaning("From when on time does not count (UTC)."),
    "ClockResumed.resumed_at": Meaning("From when on time counts again (UTC)."),
    "ClockResumed.due_at": Meaning("New time at which the limit runs out (UTC), the pause left out."),
    "warned_at": Meaning(
        "Exact time of the warning line (UTC): a share of the limit, 80 % unless the policy says otherwise."
    ),
    "ClockWarned.due_at": Meaning("When the limit runs out (UTC), as reckoned when the warning was written."),
    "ClockBreached.breached_at": Meaning(
        "Due time that passed (UTC), not when it was noticed. A later `clock.met` in time, `clock.rescheduled` or "
        "`clock.extended` takes the breach back."
    ),
    "ClockMet.in_time": Meaning("True: not after the due time; false: the limit was breached."),
    "met_at": act("what the clock waited for happened"),
    "ClockRescheduled.reason": Meaning(
        "Why it was reckoned anew: opening hours or holidays were edited, or the assessment brought another limit.",
        values=("calendar-changed", "assessed"),
    ),
    "ClockRescheduled.previous_due_at": Meaning("Due time until now (UTC); a breach at it no longer counts."),
    "ClockRescheduled.due_at": Meaning("Due time from now on (UTC); it may lie in the past, then a breach follows."),
    "ClockRescheduled.rescheduled_at": when("the due time was reckoned anew, or the assessment was made that changed it"),
    "ClockExtended.policy": Meaning("Code of the SLA policy that the clock runs under and that allows the extension."),
    "extended_by": Meaning("How much longer the limit is than before, counted in `unit`.", unit="units named in `unit`"),
    "ClockExtended.unit": Meaning(
        "Unit of time that `extended_by` counts, not the unit at fault that recoveries have under this name. A business day "
        "is the counted time of one ordinary day of the calendar.",
        values=LIMIT_UNITS,
    ),
    "ClockExtended.reason": Meaning("Why more time is needed, a code of the operator such as `expert-opinion`."),
    "ClockExtended.previous_due_at": Meaning("Due time until now (UTC).", null="the clock was paused."),
    "ClockExtended.due_at": Meaning(
        "Due time with the extension (UTC).", null="the clock is paused; `clock.resumed` says it."
    ),
    "extended_at": act("the extension was approved"),
    "ComplaintUntargeted.channel": Meaning(
        "Channel by which the complaint reached the company.", values=tuple(each.value for each in Channel)
    ),
    "untargeted_at": Meaning("Time from which a clock would have run (UTC): receipt, reopening or an appeal."),
    "back_test_id": Meaning("The back-test: a policy tried on complaints of the past, which stay as they are."),
    "BackTestStarted.policy": Meaning(
        "Code that the policy tried has or would have; what is tried may never come into force."
    ),
    "BackTestCompleted.policy": Meaning(
        "Code that the policy tried has or would have; what is tried may never come into force."
    ),
    "BackTestCancelled.policy": Meaning(
        "Code that the policy tried has or would have; what is tried may never come into force."
    ),
    "received_from": Meaning("Complaints received from this time on (UTC) are tried."),
    "received_before": Meaning("Complaints received before this time (UTC) are tried; those received at it are not."),
    "total": Meaning("Complaints received in the period, counted at the start.", unit="complaints"),
    "BackTestStarted.started_at": when("it began", "What had not ended by then is judged as of this time."),
    "BackTestCompleted.complaints": Meaning(
        "Complaints looked at, also those without a limit to compare.", unit="complaints"
    ),
    "n": Meaning("Limits compared: for acknowledgement and for resolution; a complaint may have several.", unit="limits"),
    "BackTestCompleted.changed": Meaning("Of `n`, limits that would have ended or would stand otherwise.", unit="limits"),
    "newly_breached": Meaning(
        "Of `changed`, limits that would have been breached under the policy tried, and were not.", unit="limits"
    ),
    "newly_met": Meaning("Of `changed`, breached limits that would have been kept, or would still run.", unit="limits"),
    "BackTestCompleted.excluded": Meaning(
        "Limits left out, counted by reason: `stopped` (ended without an answer), `not-recorded` and `no-closing-time` "
        "(another system did not tell a time). Reasons without any are missing. In the effect of a change this name is a "
        "plain number.",
        unit="limits",
    ),
    "BackTestCompleted.completed_at": when("the last complaint of the period had been looked at"),
    "BackTestCancelled.cancelled_at": act("somebody stopped it"),
}
"""Clocks, and policies tried on the past."""

FOUND: Mapping[str, Meaning] = {
    "InvestigationStarted.started_at": Meaning(
        "When the investigation began (UTC), not when that was entered. After a refusal or an upheld appeal it goes on "
        "without a new event."
    ),
    "InvestigationStepRecorded.method": Meaning("How facts were found in this step."),
    "InvestigationStepRecorded.recorded_at": act("the step was taken"),
    "evidence": Meaning("Kinds of the things that the step rests on, one entry for each; empty where none was named."),
    "RootCauseIdentified.cause": Meaning(
        "Why it happened, a code of the operator's taxonomy of causes. A later one replaces it."
    ),
    "RootCauseIdentified.identified_at": act("the cause was set, for the first time or anew"),
    "RootCauseIdentified.method": Meaning("How the cause was found.", null="not said."),
    "latent_risk": Meaning("True: it may happen again. `latent-risk.identified` has the details, where they were given."),
    "cause_version": Meaning(
        "Version of the taxonomy of causes that had the code in use.",
        unit="versions",
        null="not told; only events of early versions lack it.",
    ),
    "risk": Meaning("The latent risk, a code of the operator: something that may happen again."),
    "LatentRiskIdentified.cause": Meaning("Cause behind the risk, a code of the operator's taxonomy of causes."),
    "likelihood": Meaning("How likely it is to happen again, 1 the least, as staff judge it.", unit="steps from 1 to 5"),
    "impact": Meaning("How bad it would be, 1 the least, as staff judge it.", unit="steps from 1 to 5"),
    "LatentRiskIdentified.owner": Meaning("Who is to look after the risk: an opaque staff id or a unit."),
    "LatentRiskIdentified.identified_at": act("the risk was found, together with the cause"),
    "trend_id": Meaning("The trend, as it was found in one run.", null="it was proposed for a group that somebody named."),
    "dimension": Meaning("By what complaints are grouped; `group` is a code of this kind."),
    "group": Meaning(
        "The group of complaints: the code of a cause, category, product, touchpoint or unit, as `dimension` says."
    ),
    "observed": Meaning(
        "Complaints of the group in the window, without duplicates; of a cause those in which it was found then.",
        unit="complaints",
    ),
    "reference": Meaning("The same for the reference, the time before the window.", unit="complaints"),
    "expected": Meaning("Complaints that the window would have had at the rate of the reference.", unit="complaints"),
    "RootCauseTrendDetected.p": Meaning(
        "Chance of so many or more in the window if nothing had changed: exact, one-sided, for this group alone.",
        unit=CHANCE,
    ),
    "p_adjusted": Meaning("`p` corrected for the groups tested together (Benjamini and Hochberg).", unit=CHANCE),
    "alpha": Meaning("Largest `p_adjusted` that the policy calls a trend.", unit=CHANCE),
    "tested": Meaning("Groups tested together in this run, of all dimensions.", unit="groups"),
    "reference_start": Meaning("Beginning of the reference (UTC); later than planned where nothing was counted before."),
    "window_start": Meaning("Beginning of the window and end of the reference (UTC); included in the window."),
    "window_end": Meaning("End of the window (UTC): midnight in the time zone of the policy; not included."),
    "RootCauseTrendDetected.detected_at": when("the run that found it was made, some time after `window_end`"),
}
"""Findings and trends."""

CHANGES: Mapping[str, Meaning] = {
    "change_id": Meaning("The change of a way of working."),
    "ChangeProposed.owner": Meaning("Who answers for the change: an opaque staff id or a unit."),
    "ChangeProposed.complaints": Meaning(
        "Complaints named as showing the problem, not all of the group.", unit="complaints"
    ),
    "ChangeProposed.proposed_at": act("the change was proposed"),
    "ChangeComplaintLinked.complaint_id": Meaning("The complaint that was named just now as showing the same problem."),
    "ChangeComplaintLinked.complaints": Meaning("Complaints named until now, this one included.", unit="complaints"),
    "ChangeComplaintLinked.linked_at": act("the complaint was found to show the problem"),
    "round": Meaning("Number of the round: counts from 1, one more with each unfreezing.", unit="rounds"),
    "unfrozen_at": Meaning(
        "When the old way ceased to bind in this round (UTC). The effect is measured from the first round."
    ),
    "step": Meaning("The step, its code within the change, plan or checklist."),
    "ChangeStepPlanned.due_at": Meaning("Time by which the step is to be done (UTC)."),
    "ChangeStepPlanned.planned_at": act("the step was planned"),
    "ChangeStarted.steps": Meaning("Steps planned until now, those of earlier rounds included.", unit="steps"),
    "ChangeStarted.started_at": act("bringing in the new way began in this round"),
    "ChangeStepCompleted.in_time": Meaning("True: done by its due time, also where it was entered later."),
    "ChangeStepCompleted.completed_at": act("the step was done"),
    "ChangeStepMissed.missed_at": Meaning(
        "Due time of the step (UTC), not when it was noticed. If the step was done in time and entered later, `in_time` of "
        "its completion counts."
    ),
    "standard": Meaning("Procedure that lays down the new way, a code of the operator such as `sop-17-v2`."),
    "ChangeRefrozen.steps": Meaning("Steps of the change in all, every one done.", unit="steps"),
    "refrozen_at": act("the new way became binding"),
    "days": Meaning("Length of each of the two periods, in days of 24 hours.", unit="days"),
    "before": Meaning("Complaints of the group in the period before, without duplicates.", unit="complaints"),
    "after": Meaning("Complaints of the group in the period after, without duplicates.", unit="complaints"),
    "ChangeEffectMeasured.excluded": Meaning(
        "Duplicates in both periods together, left out: one number, where a back-test counts by reason under this name.",
        unit="complaints",
    ),
    "ChangeEffectMeasured.p": Meaning(
        "Chance of a difference as large or larger if nothing had changed (two-sided).",
        unit=CHANCE,
        null="not tested: the verdict is `too-few` or `no-history`.",
    ),
    "ChangeEffectMeasured.verdict": Meaning(
        "Whether complaints became fewer or more beyond chance, by the limit of the policy of trends."
    ),
    "before_start": Meaning("Beginning of the period before (UTC), included."),
    "before_end": Meaning("End of the period before (UTC), not included: when the change was first unfrozen."),
    "after_start": Meaning("Beginning of the period after (UTC), included: when the change was refrozen last."),
    "after_end": Meaning("End of the period after (UTC), not included."),
    "measured_at": when("the complaints were counted", "Those that came to light later are missing."),
    "rounds": Meaning("How often the change was unfrozen.", unit="rounds"),
    "ChangeClosed.verdict": Meaning("Verdict of the effect measured last since the change was refrozen."),
    "ChangeClosed.closed_at": act("the change was closed"),
    "ChangeAbandoned.reason": Meaning("Why it was given up, a code of the operator such as `supplier-changed`."),
    "ChangeAbandoned.abandoned_at": act("the change was given up"),
}
"""Changes."""

FINDINGS: Mapping[str, Meaning] = {**CLOCKS, **FOUND, **CHANGES}
