"""Work on a complaint between filing and decision: acknowledge, assess, promise, wait, go on, give it more time; and tag
how to deal with the complainant, so that whoever handles the complaint finds the guide for it (S58).

A tag is a judgement about a person: it stands sealed with that person's key and nowhere else, in no event and no history.
The audit says that somebody set or removed one, and why, but never which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import orjson
from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.security.kinds import Kind, seen
from rapport_chassis.vault import Box
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode, NewStaffId
from rapport_contracts.complaints.vocabulary import CommunicationKind, PauseReason, Severity, Vulnerability
from rapport_contracts.fields import UtcTime
from rapport_contracts.vocabulary import Channel, named
from rapport_kernel.errors import Invalid
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.data import Guide, Tag
from rapport_complaints.cases.domain.life import ENDED
from rapport_complaints.cases.domain.refusals import ComplaintOver, ConflictOfInterest
from rapport_complaints.cases.store.complaints import VULNERABILITY, Complaints
from rapport_complaints.cases.store.versions import GUIDES
from rapport_complaints.cases.usecases.communications import record_outbound
from rapport_complaints.cases.usecases.timing import assessed_basis, pinned_basis
from rapport_complaints.clocks.usecases import calendars_of
from rapport_complaints.taxonomies.domain import TaxonomyKind
from rapport_complaints.taxonomies.store import Taxonomies


class Acknowledgement(Command):
    """How the customer was told."""

    model_config = example({"method": "phone", "note": "Told them that we look into it today."})

    method: Channel


async def acknowledge(work: Work, complaint_id: UUID, command: Acknowledgement) -> Complaint:
    """The customer was told (S48). Meets the acknowledgement clock.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.acknowledge(act, command.method)
    await record_outbound(work, complaint, act, command.method, CommunicationKind.ACKNOWLEDGEMENT)
    return complaint


class Assessment(Command):
    """The judgement (ISO 10002: assess). `subject_staff` adds people whom the complaint turns out to be about."""

    model_config = example({"severity": "high", "category": "delivery", "complex": False, "subject_staff": ["agent-9"]})

    severity: Severity
    category: NewCode | None = Field(
        default=None, description="Null: as it is. One that the taxonomy does not have is flagged `unknown-category`."
    )
    complex: bool = False
    subject_staff: list[NewStaffId] = Field(default_factory=list, max_length=20)
    subject_unit: NewCode | None = Field(default=None, description="Null: as it is.")
    vulnerability: Vulnerability | None = Field(default=None, description="Null: as it is; stored encrypted.")


async def assess(work: Work, complaint_id: UUID, command: Assessment) -> Complaint:
    """Assess, or assess anew. Clocks follow what the pinned policy version says about such a complaint.

    Raises NotFound, NotAllowed, ConflictOfInterest, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    if command.category is not None:
        found = await work.store(Taxonomies).look_up(TaxonomyKind.CATEGORIES, [command.category], work.now)
        complaint.classify(found[command.category])
    traits = replace(complaint.traits, severity=command.severity, complex=command.complex)
    complaint.assess(
        act,
        severity=command.severity,
        category=complaint.category,
        complex_=command.complex,
        subject_staff=command.subject_staff,
        basis=await assessed_basis(work, complaint, traits),
        subject_unit=command.subject_unit,
    )
    if command.vulnerability is not None:
        box = await work.vault.open_for([complaint.keyed_by])
        complaint.needs_care(box.seal(complaint.keyed_by, VULNERABILITY, command.vulnerability))
    return complaint


class Commitment(Command):
    """What the customer was promised (S50, 处理承诺)."""

    model_config = example({"due_at": "2026-12-01T10:00:00Z", "method": "phone"})

    due_at: UtcTime
    method: Channel


async def promise(work: Work, complaint_id: UUID, command: Commitment) -> Complaint:
    """Write down the promise.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.promise(act, command.due_at, command.method)
    await record_outbound(work, complaint, act, command.method, CommunicationKind.PROMISE)
    return complaint


class InvestigationStart(Command):
    """Facts are being gathered from now on."""

    model_config = example({"reason": "file-complete"})


class Pause(Command):
    """For whom the complaint waits."""

    model_config = example({"reason": "awaiting_customer", "note": "Asked for the delivery note."})

    reason: Annotated[Literal[PauseReason.AWAITING_CUSTOMER, PauseReason.AWAITING_THIRD_PARTY], named("pause-reason")]


class Resumption(Command):
    """The wait is over; the resolution clock runs again."""

    model_config = example({"note": "The delivery note is here."})


async def resume(work: Work, complaint_id: UUID, command: Resumption) -> Complaint:
    """The resolution clock runs again, with a new due time.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.resume(act, await calendars_of(work, {clock.calendar for clock in complaint.running_clocks}))
    return complaint


class Extension(Command):
    """Why, for whom, by how much. Who calls approves: a name in a body would prove nothing."""

    model_config = example({"reason": "expert-opinion", "requested_by": "agent-7", "by": 30, "note": "The lab is slow."})

    reason: NewCode
    requested_by: NewStaffId = Field(description="Who asked for it: an opaque staff id.")
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


HANDLING = "complaints.handling"
"""The place that tags are sealed for."""
SCOPE = "complaints:handle"
"""Who is shown tags: those who handle complaints."""


class HandlingTag(Body):
    """A tag, by the code of its guide, and why; no free text."""

    model_config = example({"tag": "emotional", "reason": "call-of-today"})

    tag: NewCode
    reason: NewCode = Field(description="A code; goes to the audit.")


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
        raise Invalid.at("tag", "unknown-tag")
    tag = Tag(command.tag, str(work.actor), work.now, command.reason)
    return await _change(work, complaint, command, "handling-tagged", [tag])


async def untag_handling(work: Work, complaint_id: UUID, command: HandlingTag) -> Complaint:
    """Take a tag back, at any time, also when the complaint is over. Raises as above, and Invalid `not-tagged`."""
    complaint = await work.store(Complaints).get(complaint_id, for_update=True)
    return await _change(work, complaint, command, "handling-untagged", [])


async def advice_on(work: Work, complaint: Complaint, box: Box) -> list[Advice] | None:
    """The tags with their guides, for those who handle complaints; None for everybody else. One statement when there are
    some; none that can be read is left once the customer is erased."""
    if SCOPE not in work.actor.scopes or not seen(Kind.CARE, work.actor.level):
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
        raise Invalid.at("tag", "not-tagged")
    complaint.handling = _seal(box, complaint, [*left, *add])
    await work.audit(f"complaint.{action}", f"complaint:{complaint.id}", reason=command.reason)
    return complaint


def _read(box: Box, complaint: Complaint) -> list[Tag]:
    clear = box.read(complaint.keyed_by, HANDLING, complaint.handling)
    rows = orjson.loads(clear) if clear is not None else []
    return [Tag(row["tag"], row["by"], datetime.fromisoformat(row["at"]), row["reason"]) for row in rows]


def _seal(box: Box, complaint: Complaint, tags: Sequence[Tag]) -> bytes | None:
    return box.seal(complaint.keyed_by, HANDLING, orjson.dumps(tags).decode()) if tags else None
