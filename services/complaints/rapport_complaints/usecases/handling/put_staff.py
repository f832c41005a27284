"""Add versions of who handles complaints, and of the rules by which they are assigned. Each raises VersionConflict."""

from __future__ import annotations

from pydantic import Field
from rapport_kernel.errors import FieldError, Invalid, NotFound

from rapport_complaints.domain.clocks.policies import EffectiveFrom, Version
from rapport_complaints.domain.handling.assignment import ASSIGNMENT, AssignmentRules, StaffMember
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.command import example


class NewStaffMember(StaffMember):
    """Somebody as he is from a time on."""

    model_config = example({"team": "parcels", "skills": ["en"], "capacity": 20, "calendar": "cn"})

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


class NewAssignmentRules(AssignmentRules):
    """The rules as they are from a time on; what was assigned stays."""

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


async def put_staff(work: ComplaintsWork, staff_id: str, said: NewStaffMember) -> Version[StaffMember]:
    """Add the version. Raises Invalid `unknown-calendar`."""
    body = StaffMember(**said.model_dump(exclude={"effective_from"}))
    try:
        await work.calendars.of(body.calendar)
    except NotFound:
        wrong = FieldError("calendar", "unknown-calendar", "There is no calendar of this code.")
        raise Invalid("unknown-calendar", "There is no calendar of this code.", [wrong]) from None
    made = await work.staff.add(staff_id, body, said.effective_from or work.now)
    await work.audit("staff.put", f"staff:{staff_id}", detail={"version": made.version})
    return made


async def put_assignment_rules(work: ComplaintsWork, code: str, said: NewAssignmentRules) -> Version[AssignmentRules]:
    """Add the version. Raises NotFound for another code than that of the one set of rules that counts."""
    if code != ASSIGNMENT:
        raise NotFound
    body = AssignmentRules(**{each: getattr(said, each) for each in AssignmentRules.model_fields})
    made = await work.assignment_rules.add(code, body, said.effective_from or work.now)
    await work.audit("assignment-rules.put", f"assignment-rules:{code}", detail={"version": made.version})
    return made
