"""Say of what kind a complainant is, so that whoever handles the complaint finds the guide for it (S58).

No free text, no event, no history: a judgement about a person stands sealed with that person's key and nowhere else. The
audit says that somebody set or removed a tag, and why, but not which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_chassis.commands import example
from rapport_chassis.security.scopes import Level
from rapport_chassis.vault import Box
from rapport_chassis.work import Work
from rapport_contracts.fields import Code
from rapport_kernel.errors import Invalid
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.guides import Guide, Tag
from rapport_complaints.cases.domain.life import ENDED
from rapport_complaints.cases.domain.refusals import ComplaintOver, ConflictOfInterest
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.store.versions import GUIDES

HANDLING = "complaints.handling"
"""The place that tags are sealed for."""
SCOPE, LEVEL = "complaints:handle", Level.CLUE
"""Who is shown tags: those who handle complaints."""


class HandlingTag(Body):
    """A tag, by the code of its guide, and why; no free text."""

    model_config = example({"tag": "emotional", "reason": "call-of-today"})

    tag: Code
    reason: Code = Field(description="A code; goes to the audit.")


@dataclass(frozen=True, slots=True)
class Advice:
    """A tag with the newest version of its guide that is in force."""

    tag: Tag
    guide: Version[Guide]


async def tag_handling(work: Work, complaint_id: UUID, command: HandlingTag) -> Complaint:
    """Set a tag; set again it has the new reason. Somebody whom the complaint is about, or who is barred from it, judges
    nobody there: the attempt is audited (回避).

    Raises NotFound, ComplaintOver, Invalid `unknown-tag`, VersionConflict; answers ConflictOfInterest.
    """
    complaint = await work.store(Complaints).get(complaint_id, for_update=True)
    if complaint.state in ENDED:
        raise ComplaintOver
    guides = {each.code: each.body for each in await work.store(GUIDES).in_force(work.now)}
    if command.tag not in guides or not guides[command.tag].in_use:
        raise Invalid.at("tag", "unknown-tag", "There is no guide in use of this code.")
    tag = Tag(command.tag, str(work.actor), work.now, command.reason)
    return await _change(work, complaint, command, "handling-tagged", [tag])


async def untag_handling(work: Work, complaint_id: UUID, command: HandlingTag) -> Complaint:
    """Take a tag back, at any time, also when the complaint is over. Raises as above, and Invalid `not-tagged`."""
    complaint = await work.store(Complaints).get(complaint_id, for_update=True)
    return await _change(work, complaint, command, "handling-untagged", [])


async def advice_on(work: Work, complaint: Complaint, box: Box) -> list[Advice] | None:
    """The tags with their guides, for those who handle complaints; None for everybody else. One statement when there are
    some; none that can be read is left once the customer is erased."""
    if SCOPE not in work.actor.scopes or work.actor.level < LEVEL:
        return None
    tags = _read(box, complaint)
    guides = {each.code: each for each in await work.store(GUIDES).in_force(work.now)} if tags else {}
    return [Advice(tag, guides[tag.tag]) for tag in tags if tag.tag in guides]


async def _change(work: Work, complaint: Complaint, command: HandlingTag, action: str, add: Sequence[Tag]) -> Complaint:
    if complaint.may_not_handle(work.actor.id):
        await work.audit(f"complaint.{action}-refused", f"complaint:{complaint.id}", reason=command.reason)
        work.refuse(ConflictOfInterest())
        return complaint
    box = await work.vault.open_for([complaint.keyed_by])
    tags = _read(box, complaint)
    left = [each for each in tags if each.tag != command.tag]
    if not add and len(left) == len(tags):
        raise Invalid.at("tag", "not-tagged", "The complaint has no such tag.")
    complaint.handling = _seal(box, complaint, [*left, *add])
    await work.audit(f"complaint.{action}", f"complaint:{complaint.id}", reason=command.reason)
    return complaint


def _read(box: Box, complaint: Complaint) -> list[Tag]:
    clear = box.read(complaint.keyed_by, HANDLING, complaint.handling)
    rows = orjson.loads(clear) if clear is not None else []
    return [Tag(row["tag"], row["by"], datetime.fromisoformat(row["at"]), row["reason"]) for row in rows]


def _seal(box: Box, complaint: Complaint, tags: Sequence[Tag]) -> bytes | None:
    return box.seal(complaint.keyed_by, HANDLING, orjson.dumps(tags).decode()) if tags else None
