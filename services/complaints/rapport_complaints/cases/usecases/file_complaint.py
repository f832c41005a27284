"""Take a complaint in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from rapport_chassis.bodies import Body
from rapport_chassis.commands import example
from rapport_chassis.work import Work
from rapport_contracts.complaints.intake import ToldComplaint
from rapport_kernel.errors import Invalid
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import VULNERABILITY, Complaints
from rapport_complaints.cases.store.interactions import KnownInteraction, KnownInteractions
from rapport_complaints.cases.usecases.targets import basis_for
from rapport_complaints.taxonomies.domain.taxonomy import Kind
from rapport_complaints.taxonomies.store.taxonomies import Taxonomies

SKEW = timedelta(minutes=5)
"""How far the clock of the one who files may be ahead of ours."""
OLDEST = timedelta(days=5 * 366)
"""What was received longer ago is history: it is imported, and no clock runs for it."""


class NewComplaint(ToldComplaint, Body):
    """A complaint as it comes in (S49: time, problem and contact are mandatory)."""

    model_config = example(
        {
            "received_at": "2026-11-20T02:00:00Z",
            "problem": "The parcel did not arrive, and nobody called back.",
            "contact": {"name": "张小明", "phone": "13812345678"},
            "channel": "phone",
            "category": "delivery",
            "remedy_sought": "A second parcel.",
        }
    )


@dataclass(frozen=True, slots=True)
class Origin:
    """The system that took the complaint in, and what it is called there."""

    source: str
    ref: str


async def file_complaint(work: Work, command: NewComplaint, origin: Origin | None = None) -> Complaint:
    """File it: number, encryption, clocks, and the customer of the interaction if known already.

    Raises Invalid `received-in-the-future`, `received-too-long-ago`, `unknown-complaint`.
    """
    if command.received_at > work.now + SKEW:
        raise Invalid.at("received_at", "received-in-the-future", "A complaint has been received before it is filed.")
    if command.received_at < work.now - OLDEST:
        raise Invalid.at(
            "received_at", "received-too-long-ago", "A complaint of more than five years ago is imported, not filed."
        )
    earlier = (
        (await work.store(Complaints).get_many([command.recurrence_of])).get(command.recurrence_of)
        if command.recurrence_of
        else None
    )
    if command.recurrence_of is not None and earlier is None:
        raise Invalid.at("recurrence_of", "unknown-complaint", "The earlier complaint is not known.")
    known = await work.store(KnownInteractions).hold(command.interaction_id) if command.interaction_id is not None else None
    complaint = await _new(work, command, known, origin)
    work.store(Complaints).add(complaint)
    act = Act(at=complaint.received_at, recorded_at=work.now, by=str(work.actor))
    complaint.receive(act, await basis_for(work, complaint.traits, complaint.received_at), earlier)
    return complaint


async def _new(work: Work, command: NewComplaint, known: KnownInteraction | None, origin: Origin | None) -> Complaint:
    complaint_id = new_id()
    received_at = min(command.received_at, work.now)
    customer_id = command.customer_id or (known.customer_id if known is not None else None)
    keyed_by = customer_id or complaint_id
    box = await work.vault.open_for([keyed_by])
    sought = command.remedy_sought
    complaint = Complaint(
        id=complaint_id,
        number=(await work.store(Complaints).numbers(1, received_at))[0],
        channel=command.channel,
        category=command.category,
        received_at=received_at,
        last_at=received_at,
        keyed_by=keyed_by,
        problem=box.seal(keyed_by, "complaints.problem", command.problem),
        remedy_sought=box.seal(keyed_by, "complaints.remedy_sought", sought) if sought is not None else None,
        contact=box.seal(keyed_by, "complaints.contact", command.contact.model_dump_json(exclude_none=True)),
        customer_id=customer_id,
        interaction_id=command.interaction_id,
        product=command.product,
        touchpoint=command.touchpoint or (known.touchpoint if known is not None else None),
        severity=command.severity,
        subject_staff=sorted(set(command.subject_staff)),
        subject_unit=command.subject_unit,
        source=origin.source if origin is not None else None,
        external_ref=origin.ref if origin is not None else None,
    )
    found = await work.store(Taxonomies).look_up(Kind.CATEGORIES, [command.category], work.now, complaint.source)
    complaint.classify(found[command.category])
    if command.vulnerability is not None:
        complaint.needs_care(box.seal(keyed_by, VULNERABILITY, command.vulnerability))
    return complaint
