"""What handling does when something happens to a complaint: it checks the ladder, stores escalations, ends major cases."""

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

from rapport_complaints.cases.domain.life import ENDED
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.handling.store.escalations import CLIMB, store_ends, store_escalations
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
"""After these facts a step of the ladder can be due, or become due by age, or a rule can declare the complaint major."""
Ending = facts.ComplaintClosed | facts.ComplaintWithdrawn | ways.ComplaintMarkedDuplicate | ways.ComplaintTransferred
"""After these no step is due any more."""


async def check_ladder(work: Work, recorded: Sequence[Occasion]) -> None:
    """Check these complaints right after the commit; not those that have ended, whose clocks can still have breached."""
    found = await work.store(Complaints).get_many(fact.complaint_id for fact in recorded)
    for complaint in found.values():
        if complaint.state not in ENDED:
            await work.timers.set(CLIMB, complaint.id, work.now)


async def check_original(work: Work, recorded: Sequence[ways.ComplaintMarkedDuplicate]) -> None:
    """Check the originals: a rule can declare a complaint with one more duplicate major."""
    for fact in recorded:
        await work.timers.set(CLIMB, fact.duplicate_of, work.now)


async def end_handling(work: Work, recorded: Sequence[Ending]) -> None:
    """These complaints have ended: no step of the ladder is due any more, and their major cases end. Raises
    ChecklistIncomplete for one that is closed with steps of its checklist open."""
    found = await work.store(Complaints).get_many(fact.complaint_id for fact in recorded)
    for complaint in found.values():
        await work.timers.cancel(CLIMB, complaint.id)
        case = await work.store(MajorCases).open_of(complaint.id) if complaint.was_major else None
        if case is not None:
            act = Act(at=complaint.last_at, recorded_at=work.now, by=str(work.actor))
            case.close(act, complaint.outcome or complaint.state, complete=complaint.state == "closed")


async def keep_escalations(work: Work, recorded: Sequence[ComplaintEscalated]) -> None:
    """Store the escalations."""
    found = await work.store(Complaints).get_many(fact.complaint_id for fact in recorded)
    await store_escalations(work, found.values())


async def end_escalations(work: Work, recorded: Sequence[EscalationEnded]) -> None:
    """The escalations of these complaints end."""
    await store_ends(work, recorded)


REACTIONS: Reactions = {
    **{kind: [check_ladder] for kind in get_args(Occasion)},
    **{kind: [end_handling] for kind in get_args(Ending)},
    ways.ComplaintMarkedDuplicate: [end_handling, check_original],
    ComplaintEscalated: [keep_escalations],
    EscalationEnded: [end_escalations],
}
