"""What handling does when something happens to a complaint: the ladder is watched, escalations are kept, major cases end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from rapport_chassis.work import Reactions, Work
from rapport_contracts.complaints import cases as facts
from rapport_contracts.complaints import side_ways as ways
from rapport_contracts.complaints.clocks import ClockBreached, ClockResumed, ClockWarned
from rapport_contracts.complaints.escalation import ComplaintEscalated, EscalationEnded
from rapport_contracts.complaints.finding import RootCauseIdentified
from rapport_kernel.history import Act

from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.handling.store import escalations
from rapport_complaints.handling.store.escalations import CLIMB
from rapport_complaints.handling.store.majors import MajorCases

Occasion = (
    facts.ComplaintReceived
    | facts.ComplaintReopened
    | facts.ComplaintAssessed
    | facts.ComplaintResumed
    | facts.ResolutionRejected
    | RootCauseIdentified
    | ClockWarned
    | ClockBreached
    | ClockResumed
)
Ending = facts.ComplaintClosed | facts.ComplaintWithdrawn | ways.ComplaintMarkedDuplicate | ways.ComplaintTransferred


async def watch_ladder(work: Work, facts: Sequence[Occasion]) -> None:
    """After these facts a step of the ladder may be due, or come to be by age, or the complaint be a major one."""
    for fact in facts:
        await work.timers.set(CLIMB, fact.complaint_id, work.now)


async def watch_original(work: Work, facts: Sequence[ways.ComplaintMarkedDuplicate]) -> None:
    """A complaint has one more duplicate: it may be a major one."""
    for fact in facts:
        await work.timers.set(CLIMB, fact.duplicate_of, work.now)


async def end_handling(work: Work, facts: Sequence[Ending]) -> None:
    """The complaint is over: no step is due any more, and so is its major case, if it has one. Raises ChecklistIncomplete
    for one that is closed while steps of its checklist are to be done."""
    found = await work.store(Complaints).get_many([fact.complaint_id for fact in facts], for_update=True)
    for complaint in found.values():
        await work.timers.cancel(CLIMB, complaint.id)
        case = await work.store(MajorCases).open_of(complaint.id) if complaint.was_major else None
        if case is not None:
            act = Act(at=complaint.last_at, recorded_at=work.now, by=str(work.actor))
            case.close(act, complaint.outcome or complaint.state, complete=complaint.state == "closed")


async def keep_escalations(work: Work, facts: Sequence[ComplaintEscalated]) -> None:
    """Write down what was raised."""
    found = await work.store(Complaints).get_many([fact.complaint_id for fact in facts], for_update=True)
    await escalations.write_escalations(work, found.values())


async def end_escalations(work: Work, facts: Sequence[EscalationEnded]) -> None:
    """End those of complaints that are over."""
    await escalations.end_escalations(work, facts)


REACTIONS: Reactions = {
    **{kind: [watch_ladder] for kind in get_args(Occasion)},
    **{kind: [end_handling] for kind in get_args(Ending)},
    ways.ComplaintMarkedDuplicate: [end_handling, watch_original],
    ComplaintEscalated: [keep_escalations],
    EscalationEnded: [end_escalations],
}
