"""Drills (S112): the bodies of their actions, and planning one."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_chassis.commands import Command, act_of, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode, NewStaffId
from rapport_contracts.fields import UtcTime
from rapport_kernel.ids import new_id

from rapport_complaints.emergencies.domain.drill import Drill, Gap
from rapport_complaints.emergencies.store import Drills, drill_numbers, next_number
from rapport_complaints.emergencies.usecases.incidents import plan_in_force


class NewDrill(Command):
    """The plan to practise, and when."""

    model_config = example({"plan": "general", "planned_for": "2026-12-10T01:00:00Z", "reason": "yearly"})

    plan: NewCode
    planned_for: UtcTime


class DrillReport(Command):
    """How many took part; the note is what was observed."""

    model_config = example({"participants": 12, "note": "The team was ready after nine minutes."})

    participants: int = Field(ge=1, le=1_000_000)


class DrillCancellation(Command):
    """Why it will not be held."""

    model_config = example({"reason": "real-incident"})

    reason: NewCode


class NewGap(Body):
    """Something that was missing, who closes the gap, and by when."""

    code: NewCode = Field(examples=["no-second-line"])
    owner: NewStaffId = Field(description="An opaque staff id or a unit.", examples=["unit-network"])
    due_at: UtcTime


class Gaps(Command):
    """The gaps it showed; an empty list records that there were none."""

    model_config = example({"gaps": [{"code": "no-second-line", "owner": "unit-network", "due_at": "2027-01-31T10:00:00Z"}]})

    gaps: list[NewGap] = Field(max_length=100)


class GapClosing(Command):
    """The gap that was closed."""

    model_config = example({"gap": "no-second-line"})

    gap: NewCode


class DrillClosing(Command):
    """Reason, note and time only."""


async def plan_drill(work: Work, command: NewDrill) -> Drill:
    """Plan one, by the version of the plan that is in force now. Raises Invalid `unknown-plan`."""
    plan = await plan_in_force(work, command.plan)
    drill = Drill(
        id=new_id(),
        number=await next_number(work, "D", work.now.year, drill_numbers),
        plan=plan.code,
        plan_version=plan.version,
        planned_for=command.planned_for,
        last_at=command.at if command.at is not None and command.at < work.now else work.now,
    )
    drill.schedule(await act_of(work, drill, command))
    return work.store(Drills).add(drill)


async def record_gaps(work: Work, drill_id: UUID, command: Gaps) -> Drill:
    """Record the gaps it showed. Raises NotFound, NotAllowed, VersionConflict, Invalid, also `gap-twice`."""
    drill, act = await load_for_command(work, Drills, drill_id, command)
    drill.record_gaps(act, [Gap(gap.code, gap.owner, gap.due_at) for gap in command.gaps])
    return drill
