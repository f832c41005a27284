"""What the properties of these events mean: of what is done about complaints and emergencies; see `dictionary`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rapport_contracts.complaints.compensations import Compensation
from rapport_contracts.complaints.dictionary_of_findings import act, when
from rapport_contracts.complaints.recovery import Recovery
from rapport_contracts.complaints.repairs import Repair
from rapport_contracts.complaints.win_backs import WinBack
from rapport_contracts.dictionary import Meaning
from rapport_contracts.event import Event, Payload


def events_of(family: type[Payload]) -> Iterator[str]:
    """The events of a family, by name."""
    for each in family.__subclasses__():
        if issubclass(each, Event):
            yield each.__name__
        yield from events_of(each)


def in_all(family: type[Payload], words: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """The same words in every event of a family."""
    return {f"{name}.{field}": meaning for name in events_of(family) for field, meaning in words.items()}


_RECOVERY = {
    "category": Meaning(
        "Category of the failure: a code given by hand, else that of the complaint when the case was opened. It stays."
    ),
    "unit": Meaning(
        "Unit of the company at fault, a code of the operator; awards are paid from its budget. No unit of time, as "
        "`clock.extended` has under this name.",
        null="neither named nor known from the complaint.",
    ),
}
_COMPENSATION = {"kind": Meaning("Kind of remedy that the money is for.")}
RECOVERY: Mapping[str, Meaning] = {
    **in_all(Recovery, _RECOVERY),
    **in_all(Compensation, _COMPENSATION),
    "failure": Meaning("Failure that is to be put right, a code of the operator such as `late-delivery`."),
    "RecoveryIdentified.identified_at": act("the failure was confirmed as ours"),
    "plan": Meaning(
        "Number of the plan within the recovery case: counts from 1. Incidents and drills have the code of an emergency "
        "plan under this name.",
        unit="plans",
    ),
    "remedies": Meaning("Kinds of remedies in the plan, each once, with money and without."),
    "RecoveryProposed.currency": Meaning(
        "Currency of `amount`, three letters of ISO 4217.", null="the plan costs no money."
    ),
    "RecoveryProposed.amount": Meaning(
        "Money that the plan awards in all, in `currency`.", unit="currency units", null="the plan costs no money."
    ),
    "alone": Meaning("True: whoever proposed it has the authority, and `recovery.approved` follows at once."),
    "RecoveryProposed.proposed_at": act("the plan was made"),
    "RecoveryApproved.expires_at": Meaning(
        "End of the time in which the customer can take it (UTC): days of the policy from when the approval was entered."
    ),
    "RecoveryApproved.approved_at": act("the plan was approved"),
    "RecoveryRejected.reason": Meaning("Why the plan was not approved, a code of the operator such as `too-much`."),
    "RecoveryRejected.rejected_at": act("the plan was not approved", "The customer has not heard of it."),
    "RecoveryOffered.method": Meaning("How the customer was told, a code that whoever told them chose, such as `phone`."),
    "offered_at": act("the customer was told", "It may be told several times for one plan."),
    "RecoveryAccepted.accepted_at": act("the customer took it"),
    "declined_at": act("the customer said that they do not take it"),
    "RecoveryExpired.expired_at": Meaning(
        "End of the time in which the customer could take it (UTC), not when it was noticed."
    ),
    "executed_at": act("the remedies had been carried out and the money paid"),
    "by_survey": Meaning("True: an answer to a survey decided; false: the customer was asked by hand."),
    "RecoveryVerified.invitation_id": Meaning(
        "Invitation to the survey that was answered.", null="they were asked by hand."
    ),
    "RecoveryVerified.metric": Meaning("Metric of that answer.", null="they were asked by hand."),
    "RecoveryVerified.value": Meaning(
        "Value of that answer on the scale of `metric`.", unit="points of the scale", null="they were asked by hand."
    ),
    "RecoveryVerified.verified_at": Meaning("When the customer said that they are content (UTC): scored, or asked by hand."),
    "RecoveryFailed.invitation_id": Meaning("Invitation to the survey that was answered.", null="they were asked by hand."),
    "RecoveryFailed.metric": Meaning("Metric of that answer.", null="they were asked by hand."),
    "RecoveryFailed.value": Meaning(
        "Value of that answer on the scale of `metric`.", unit="points of the scale", null="they were asked by hand."
    ),
    "failed_at": Meaning(
        "When the customer said that they are not content (UTC): scored, or asked by hand. A neutral score counts as that."
    ),
    "RecoveryWithdrawn.reason": Meaning("Why the plan was taken back, a code of the operator such as `wrong-amount`."),
    "RecoveryWithdrawn.withdrawn_at": act("the company took the plan back"),
    "RecoveryReversed.plan": Meaning("Latest plan of the case; the money may be of an earlier one.", unit="plans"),
    "RecoveryReversed.reason": Meaning("Why the last of the money came back, a code of the operator such as `paid-twice`."),
    "RecoveryReversed.reversed_at": act("the last of the money came back"),
    "RecoveryClosed.outcome": Meaning(
        "State that the case was closed from; `identified`: without any plan.",
        values=("identified", "executed", "verified", "failed", "rejected", "declined", "expired", "withdrawn"),
    ),
    "RecoveryClosed.closed_at": act("the case was closed"),
    "compensation_id": Meaning("The compensation: one amount of one plan."),
    "CompensationAwarded.amount": Meaning("Money promised to the customer, in `currency`.", unit="currency units"),
    "awarded_at": act("the plan with this amount was approved"),
    "CompensationPaid.amount": Meaning(
        "Money paid to the customer, in `currency`: all of the award.", unit="currency units"
    ),
    "paid_at": act("the money was paid or handed over"),
    "CompensationReleased.amount": Meaning(
        "Money that will not be paid, in `currency`: all of the award.", unit="currency units"
    ),
    "CompensationReleased.reason": Meaning(
        "How the plan ended. One that was never approved (`rejected`, some `withdrawn`) had no `compensation.awarded`.",
        values=("rejected", "declined", "expired", "withdrawn"),
    ),
    "CompensationReleased.released_at": Meaning("When the plan came to nothing and its money was free again (UTC)."),
    "CompensationReversed.amount": Meaning(
        "Money that came back this time, in `currency`; part of what was paid or all.", unit="currency units"
    ),
    "CompensationReversed.state": Meaning(
        "State of the compensation after this: `paid` while some of the money is left, else `reversed`.",
        null="not told; only events of early versions lack it.",
        values=("paid", "reversed"),
    ),
    "CompensationReversed.reason": Meaning("Why money came back, a code of the operator such as `paid-twice`."),
    "CompensationReversed.reversed_at": act("the money came back"),
}
"""Recovery and compensation."""

_WIN_BACK = {"reason": Meaning("Why the customer may be lost, by the rules of the policy.")}
WIN_BACKS: Mapping[str, Meaning] = {
    **in_all(WinBack, _WIN_BACK),
    "win_back_id": Meaning("The win-back: one customer and one reason."),
    "WinBackRequested.complaint_id": Meaning(
        "Complaint in which the reason showed last; of a low score, one closed not long before it.",
        null="in no complaint; the service finds reasons in complaints only today.",
    ),
    "occasions": Meaning(
        "How often the reason showed in the time that the policy looks at, without what led to an earlier request: "
        "refusals, low scores or complaints.",
        unit="occasions",
    ),
    "WinBackRequested.due_at": Meaning("Time until which it is to be closed (UTC), by the policy."),
    "WinBackRequested.requested_at": when("the reason was found to hold"),
    "WinBackStarted.started_at": act("this owner took it on", "A later owner has an event of their own."),
    "WinBackMissed.owner": Meaning("Who had it when this was noticed: an opaque staff id or a unit.", null="nobody."),
    "WinBackMissed.missed_at": Meaning("Due time that passed (UTC), not when it was noticed."),
    "WinBackClosed.outcome": Meaning(
        "How the win-back ended; `forgotten`: closed by itself because the customer is erased."
    ),
    "WinBackClosed.in_time": Meaning("True: closed by its due time, also where it was entered later."),
    "WinBackClosed.closed_at": act("it was closed"),
}
"""Win-backs."""

_REPAIR = {
    "category": Meaning("Category of the repair, a code of the operator; the taxonomy of complaints does not bind it.")
}
REPAIRS: Mapping[str, Meaning] = {
    **in_all(Repair, _REPAIR),
    "repair_id": Meaning("The repair, from the customer's request on."),
    "vendor": Meaning("Vendor who has it in hand, an opaque code of the register.", null="none when this was noticed."),
    "RepairRequested.touchpoint": Meaning(
        "Touchpoint where the repair was requested, a code of the operator.", null="not named."
    ),
    "respond_due_at": Meaning("Due time of the limit for responding (UTC): by then it is to be accepted."),
    "RepairRequested.complete_due_at": Meaning(
        "Due time of the limit for completing (UTC): by then the work is to be done."
    ),
    "RepairRequested.requested_at": act("the customer asked for it", "Both limits count from here."),
    "RepairAccepted.in_time": Meaning("True: accepted by the due time for responding."),
    "RepairAccepted.accepted_at": act("the company took the repair on"),
    "RepairLinked.complaint_id": Meaning("The complaint that it turned out to belong to.", null="never in this event."),
    "RepairLinked.linked_at": act("it was found to belong to the complaint"),
    "RepairVendorAssigned.assigned_at": act("the vendor got it, for the first time or in place of another"),
    "appointment_at": Meaning("When the vendor is to come (UTC); a later event of this type replaces it."),
    "RepairScheduled.scheduled_at": act("the appointment was made"),
    "RepairStarted.started_at": act("work began, for the first time or after a refusal"),
    "visit": Meaning("Number of the visit within the repair: counts from 1, on through reworks.", unit="visits"),
    "RepairVisitRecorded.outcome": Meaning("Result of the visit, a code that staff chose, such as `parts-missing`."),
    "visited_at": act("somebody was there"),
    "reworks": Meaning("How often the customer has refused the work until now.", unit="refusals"),
    "visits": Meaning("Visits until now, those of refused work included.", unit="visits"),
    "RepairCompleted.in_time": Meaning(
        "True: done by the due time for completing; the time that the customer took to judge earlier work does not count."
    ),
    "RepairCompleted.completed_at": act("the work was done", "The customer judges it afterwards."),
    "RepairResultAccepted.accepted_at": act("the customer was content with the work"),
    "RepairResultRefused.complete_due_at": Meaning(
        "New due time of the limit for completing (UTC): the time since the work was done is left out. It may have passed."
    ),
    "RepairResultRefused.refused_at": act("the customer said that they are not content"),
    "RepairCancelled.reason": Meaning("Why it will not be done, a code of the operator such as `customer-withdrew`."),
    "RepairCancelled.cancelled_at": act("the repair was called off"),
    "limit": Meaning("The limit: until it is accepted, or until the work is done.", values=("respond", "complete")),
    "RepairLimitRescheduled.previous_due_at": Meaning("Due time until now (UTC); a breach at it no longer counts."),
    "RepairLimitRescheduled.due_at": Meaning("Due time from now on (UTC); it may lie in the past, then a breach follows."),
    "RepairLimitRescheduled.rescheduled_at": when("the limit was reckoned anew after the calendar was edited"),
    "RepairLimitBreached.breached_at": Meaning(
        "Due time that passed (UTC), not when it was noticed. If the deed was in time and entered later, `in_time` of its "
        "event counts."
    ),
}
"""Repairs."""

INCIDENTS: Mapping[str, Meaning] = {
    "incident_id": Meaning("The incident: an emergency, or what may become one."),
    "incident_type": Meaning("Type of the incident, a code of the operator's catalogue such as `equipment-failure`."),
    "touchpoints": Meaning("Touchpoints that it affects as far as is known, codes of the operator; empty: all."),
    "categories": Meaning(
        "Categories of complaints that it affects as far as is known, codes; empty: all. With both lists empty, no "
        "complaint is linked to it automatically."
    ),
    "began_at": act("the trouble began, as reported", "It may lie long before the report."),
    "reported_at": act("somebody reported it"),
    "level": Meaning("Level of the incident, 1 the gravest, of those that the operator's policy has.", unit="levels"),
    "IncidentClassified.classified_at": act("it got this level, for the first time or another one before it was declared"),
    "IncidentDismissed.reason": Meaning("Why it is no emergency, a code of the operator such as `false-alarm`."),
    "IncidentDismissed.dismissed_at": act("it was found to be no emergency"),
    "holds_surveys": Meaning("True: surveys about affected contacts are held until it is restored, as its level demands."),
    "next_update_at": Meaning("Time until which those affected are to be told how things stand (UTC)."),
    "IncidentDeclared.declared_at": act("it was declared an emergency"),
    "from_level": Meaning("Level until now, 1 the gravest.", unit="levels"),
    "to_level": Meaning("Level from now on, 1 the gravest.", unit="levels"),
    "IncidentLevelChanged.reason": Meaning("Why the level changed, a code of the operator such as `all-lines-down`."),
    "changed_at": act("the level changed"),
    "EmergencyPlanActivated.plan": Meaning(
        "Emergency plan that work goes by, a code of the operator; no number, as in recoveries."
    ),
    "DrillPlanned.plan": Meaning("Emergency plan to be practised, a code of the operator; no number, as in recoveries."),
    "DrillHeld.plan": Meaning("Emergency plan that was practised, a code of the operator; no number, as in recoveries."),
    "plan_version": Meaning("Version of that emergency plan.", unit="versions"),
    "EmergencyPlanActivated.steps": Meaning("Steps of the checklist that the incident got from the plan.", unit="steps"),
    "activated_at": act("work by the plan began", "The limits of its steps count from here."),
    "IncidentStepCompleted.in_time": Meaning(
        "True: done by its due time, also where it was entered later.", null="the plan gives the step no limit."
    ),
    "IncidentStepCompleted.completed_at": act("the step was done"),
    "update": Meaning("Number of the update within the incident: counts from 1.", unit="updates"),
    "updated_at": act("those affected were told how things stand"),
    "IncidentUpdateMissed.due_at": Meaning("End of the interval without an update (UTC), not when it was noticed."),
    "in_a_row": Meaning("Intervals missed since the last update or change of level, this one included.", unit="updates"),
    "contained_at": act("it was found to spread no further"),
    "IncidentRestored.ended_at": Meaning(
        "End of the incident (UTC), the same as `restored_at`: complaints received from then on do not belong to it."
    ),
    "missed_updates": Meaning("Updates missed over the whole incident.", unit="updates"),
    "restored_at": act("service was as before"),
    "IncidentReviewed.cause": Meaning("Why it happened, a code of the reviewer's choice, not of the taxonomy of causes."),
    "reviewed_at": act("it was looked at afterwards"),
    "IncidentClosed.closed_at": act("the incident was closed"),
    "automatic": Meaning("True: time, touchpoint and category of the complaint fit the incident; false: somebody said so."),
    "IncidentLinkMade.made_at": when("the link was made", "The complaint may be older."),
    "removed_at": when("the link was taken back by hand"),
    "drill_id": Meaning("The drill: one plan practised once."),
    "planned_for": Meaning("When the drill is to be held (UTC)."),
    "DrillPlanned.planned_at": act("the drill was planned"),
    "participants": Meaning("People who took part, as reported.", unit="people"),
    "DrillHeld.held_at": act("the drill was held"),
    "DrillGapsRecorded.gaps": Meaning(
        "Gaps recorded now, by their codes; earlier ones are not repeated. Empty: none were found. At the end of the drill "
        "this name is a number."
    ),
    "DrillGapsRecorded.recorded_at": act("the gaps were found and written down"),
    "gap": Meaning("The gap, its code within the drill."),
    "DrillGapClosed.in_time": Meaning("True: mended by its due time, also where it was entered later."),
    "DrillGapClosed.closed_at": act("the gap was mended"),
    "DrillClosed.gaps": Meaning(
        "Number of gaps that the drill showed in all, every one mended; their codes came with `drill-gaps.recorded`.",
        unit="gaps",
    ),
    "DrillClosed.closed_at": act("the drill was done with"),
    "DrillCancelled.reason": Meaning("Why it will not be held, a code of the operator such as `real-incident`."),
    "DrillCancelled.cancelled_at": act("the drill was called off"),
}
"""Emergencies and drills."""

RECEIPTS: Mapping[str, Meaning] = {
    "reasons": Meaning(
        "Open cases of the customer that have to end before they can be forgotten, counted by kind: `open-complaint`, "
        "`open-recovery`, `open-repair`."
    ),
    "ComplaintsErasureHeld.held_at": when("the service found these cases open, after it was asked to forget the customer"),
}
"""The receipts, where Complaints has words of its own."""

MEASURES: Mapping[str, Meaning] = {**RECOVERY, **WIN_BACKS, **REPAIRS, **INCIDENTS, **RECEIPTS}
