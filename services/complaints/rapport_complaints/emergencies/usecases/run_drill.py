"""A drill from its planning to its closing (S112). Each raises NotFound, NotAllowed, VersionConflict, Invalid."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_chassis.commands import Command, act_of, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.fields import Code, UtcTime
from rapport_kernel.ids import new_id

from rapport_complaints.emergencies.domain.drill import Drill, Gap
from rapport_complaints.emergencies.store.incidents import Drills
from rapport_complaints.emergencies.usecases.advance_incident import plan_in_force
from rapport_complaints.schema import next_number


class NewDrill(Command):
    """Which plan is practised, and when."""

    model_config = example({"plan": "general", "planned_for": "2026-12-10T01:00:00Z", "reason": "yearly"})

    plan: Code
    planned_for: UtcTime


class DrillReport(Command):
    """How many took part; what was seen is the note."""

    model_config = example({"participants": 12, "note": "The team stood after nine minutes."})

    participants: int = Field(ge=1, le=1_000_000)


class DrillCancellation(Command):
    """Why it will not be held."""

    model_config = example({"reason": "real-incident"})

    reason: Code


class NewGap(Body):
    """What was missing, who mends it, until when."""

    code: Code = Field(examples=["no-second-line"])
    owner: Code = Field(description="An opaque staff id or a unit.", examples=["unit-network"])
    due_at: UtcTime


class Gaps(Command):
    """What was missing; an empty list says that nothing was."""

    model_config = example({"gaps": [{"code": "no-second-line", "owner": "unit-network", "due_at": "2027-01-31T10:00:00Z"}]})

    gaps: list[NewGap] = Field(max_length=100)


class GapMended(Command):
    """Which gap was mended."""

    model_config = example({"gap": "no-second-line"})

    gap: Code


class DrillClosing(Command):
    """Nothing but the circumstances."""


async def plan_drill(work: Work, command: NewDrill) -> Drill:
    """Plan it, by the version of the plan that holds now. Raises Invalid `unknown-plan`."""
    plan = await plan_in_force(work, command.plan)
    drill = Drill(
        id=new_id(),
        number=await next_number(work, "D", work.now.year, "drill_numbers"),
        plan=plan.code,
        plan_version=plan.version,
        planned_for=command.planned_for,
        last_at=command.at if command.at is not None and command.at < work.now else work.now,
    )
    drill.schedule(await act_of(work, drill, command))
    return work.store(Drills).add(drill)


async def hold_drill(work: Work, drill_id: UUID, command: DrillReport) -> Drill:
    """It was held."""
    drill, act = await load_for_command(work, Drills, drill_id, command)
    drill.hold(act, command.participants)
    return drill


async def cancel_drill(work: Work, drill_id: UUID, command: DrillCancellation) -> Drill:
    """It will not be held."""
    drill, act = await load_for_command(work, Drills, drill_id, command)
    drill.cancel(act, command.reason)
    return drill


async def record_gaps(work: Work, drill_id: UUID, command: Gaps) -> Drill:
    """What was missing. Raises Invalid `gap-twice`."""
    drill, act = await load_for_command(work, Drills, drill_id, command)
    drill.record_gaps(act, [Gap(gap.code, gap.owner, gap.due_at) for gap in command.gaps])
    return drill


async def close_gap(work: Work, drill_id: UUID, command: GapMended) -> Drill:
    """A gap was mended. Raises Invalid `unknown-gap`, Conflict `gap-closed`."""
    drill, act = await load_for_command(work, Drills, drill_id, command)
    drill.close_gap(act, command.gap)
    return drill


async def close_drill(work: Work, drill_id: UUID, command: DrillClosing) -> Drill:
    """Done with it. Raises GapsOpen."""
    drill, act = await load_for_command(work, Drills, drill_id, command)
    drill.close(act)
    return drill
