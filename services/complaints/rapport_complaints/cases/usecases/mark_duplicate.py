"""Say that a complaint is a duplicate of another one."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, act_of, example
from rapport_chassis.work import Work
from rapport_contracts.fields import ComplaintId
from rapport_kernel.errors import Invalid

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints


class Duplicate(Command):
    """The complaint that is answered in its stead."""

    model_config = example({"duplicate_of": "018f6b1e-e1e6-7ad6-8bf9-10a6e0eb5bc8", "reason": "filed-twice"})

    duplicate_of: ComplaintId


async def mark_duplicate(work: Work, complaint_id: UUID, command: Duplicate) -> Complaint:
    """End it; its clocks stop. Both are held until the commit, so that no two become duplicates of one another.

    Raises NotFound, NotAllowed, DuplicateRefused, VersionConflict, Invalid.
    """
    both = await work.store(Complaints).get_many([complaint_id, command.duplicate_of], for_update=True)
    complaint = await work.store(Complaints).get(complaint_id, for_update=True)
    original = both.get(command.duplicate_of)
    if original is None:
        raise Invalid.at("duplicate_of", "unknown-complaint", "The other complaint is not known.")
    act = await act_of(work, complaint, command)
    complaint.mark_duplicate(act, original, has_duplicates=await work.store(Complaints).has_duplicates(complaint_id))
    return complaint
