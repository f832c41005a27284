"""Escalation: by a person, and by the steps of the ladder that are due; all open complaints again after it was edited."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command, system_act
from rapport_chassis.timers import Timer
from rapport_chassis.versions import Since
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.data import Addressee, Ladder, Level
from rapport_complaints.cases.domain.refusals import ConflictOfInterest
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.handling.store.escalations import CLIMB, LADDERS, open_after
from rapport_complaints.handling.usecases.majors import judge_by_rules
from rapport_complaints.shipped import shipped

CLIMB_ALL = "escalation.follow"
"""The kind of timer that carries the portions after the ladder was edited; its key is the version."""
PORTION = 1000


class Escalated(Command):
    """Whom it is brought before, why, and the level: one higher than it is by default."""

    model_config = example({"to": {"kind": "role", "code": "complaints-manager"}, "reason": "press-interest"})

    to: Addressee
    reason: NewCode
    level: Level | None = None


class NewLadder(Since, Ladder):
    """The next version of the ladder, for all open complaints."""

    model_config = example(shipped("escalation_policies", Ladder)["standard"].model_dump(mode="json", exclude_defaults=True))


async def escalate(work: Work, complaint_id: UUID, command: Escalated) -> Complaint:
    """Escalate by hand. A person whom the complaint is about, or who handled it before an appeal was upheld, is refused, and
    the attempt is recorded (回避).

    Raises NotFound, NotAllowed, VersionConflict, Invalid; answers ConflictOfInterest.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    if complaint.is_partial(command.to):
        complaint.block(act, command.to.code, "escalate")
        work.refuse(ConflictOfInterest())
    else:
        complaint.escalate(act, command.to, command.level)
    return complaint


async def climb_ladder(work: Work, timers: list[Timer]) -> None:
    """Check the complaints of a set of timers: first whether rules declare them major, then which steps of the ladder in
    force are due. Nothing is due for a complaint that has ended."""
    ladder = await work.store(LADDERS).current()
    ids = [UUID(timer.key) for timer in timers]
    found = await work.store(Complaints).get_many(ids, for_update=True)
    await judge_by_rules(work, found.values())
    for complaint in found.values():
        complaint.climb(system_act(work, complaint, "escalation-policy"), ladder)
        again = complaint.next_climb(ladder.body, work.now)
        if again is not None:
            await work.timers.set(CLIMB, complaint.id, again)


async def put_ladder(work: Work, code: str, data: NewLadder) -> Version[Ladder]:
    """Add a version; all open complaints are checked when it comes into force.

    Raises NotFound for any code but that of the one ladder that counts, VersionConflict.
    """
    made = await work.store(LADDERS).put(code, data)
    await ladder_edited(work, made.version, made.effective_from)
    return made


async def ladder_edited(work: Work, version: int, at: datetime) -> None:
    """Have all open complaints checked when this version comes into force."""
    await work.timers.set(CLIMB_ALL, version, max(at, work.now))


async def climb_portion(work: Work, timer: Timer) -> None:
    """Have one portion of the open complaints checked; the next one is due at once."""
    last = timer.payload.get("after")
    ids = await open_after(work, UUID(last) if last is not None else None, PORTION)
    await work.timers.set_many(Timer(CLIMB, str(one), work.now) for one in ids)
    if len(ids) == PORTION:
        await work.timers.set(CLIMB_ALL, timer.key, work.now, {"after": str(ids[-1])})
