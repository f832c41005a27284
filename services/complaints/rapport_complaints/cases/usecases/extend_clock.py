"""Approve that a clock gets more time."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.targets import pinned_basis


class Extension(Command):
    """Why, for whom, by how much. Who calls approves: a name in a body would prove nothing."""

    model_config = example({"reason": "expert-opinion", "requested_by": "agent-7", "by": 30, "note": "The lab is slow."})

    reason: Code
    requested_by: Code = Field(description="Who asked for it: an opaque staff id.")
    by: int | None = Field(
        default=None, ge=1, le=10_000, description="In the unit of the limit; null: as much as the policy allows."
    )


async def extend_clock(work: Work, complaint_id: UUID, clock_id: UUID, command: Extension) -> Complaint:
    """Extend it once, before it has run out, within what its policy version allows.

    Raises NotFound, NotAllowed, NoExtension, AlreadyExtended, TooLateToExtend, ApproverInvolved, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    clock = complaint.clock(clock_id)
    basis = await pinned_basis(work, complaint)
    complaint.extend(act, clock, basis, by=command.by, requested_by=command.requested_by)
    return complaint
