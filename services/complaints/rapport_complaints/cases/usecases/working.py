"""Work on a complaint between filing and decision: acknowledge, assess, promise, wait, go on, give it more time."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal
from uuid import UUID

from pydantic import Field
from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import CommunicationKind, PauseReason, Severity, Vulnerability
from rapport_contracts.fields import Code, UtcTime
from rapport_contracts.vocabulary import Channel

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import VULNERABILITY, Complaints
from rapport_complaints.cases.usecases.record_communication import told
from rapport_complaints.cases.usecases.targets import assessed_basis, pinned_basis
from rapport_complaints.clocks.usecases.calendars import calendars_of
from rapport_complaints.taxonomies.domain.taxonomy import Kind
from rapport_complaints.taxonomies.store.taxonomies import Taxonomies


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
    await told(work, complaint, act, command.method, CommunicationKind.ACKNOWLEDGEMENT)
    return complaint


class Assessment(Command):
    """The judgement (ISO 10002: assess). `subject_staff` adds people whom the complaint turns out to be about."""

    model_config = example({"severity": "high", "category": "delivery", "complex": False, "subject_staff": ["agent-9"]})

    severity: Severity
    category: Code | None = Field(
        default=None, description="Null: as it is. One that the taxonomy does not have is flagged `unknown-category`."
    )
    complex: bool = False
    subject_staff: list[Code] = Field(default_factory=list, max_length=20)
    subject_unit: Code | None = Field(default=None, description="Null: as it is.")
    vulnerability: Vulnerability | None = Field(default=None, description="Null: as it is; stored encrypted.")


async def assess(work: Work, complaint_id: UUID, command: Assessment) -> Complaint:
    """Assess, or assess anew. Clocks follow what the pinned policy version says about such a complaint.

    Raises NotFound, NotAllowed, ConflictOfInterest, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    category = command.category or complaint.category
    traits = replace(complaint.traits, category=category, severity=command.severity, complex=command.complex)
    complaint.assess(
        act,
        severity=command.severity,
        category=category,
        complex_=command.complex,
        subject_staff=command.subject_staff,
        basis=await assessed_basis(work, complaint, traits),
        subject_unit=command.subject_unit,
    )
    if command.category is not None:
        found = await work.store(Taxonomies).look_up(Kind.CATEGORIES, [command.category], work.now)
        complaint.classify(found[command.category])
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
    await told(work, complaint, act, command.method, CommunicationKind.PROMISE)
    return complaint


class InvestigationStart(Command):
    """Facts are being gathered from now on."""

    model_config = example({"reason": "file-complete"})


class Pause(Command):
    """For whom the complaint waits."""

    model_config = example({"reason": "awaiting_customer", "note": "Asked for the delivery note."})

    reason: Literal[PauseReason.AWAITING_CUSTOMER, PauseReason.AWAITING_THIRD_PARTY]


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
