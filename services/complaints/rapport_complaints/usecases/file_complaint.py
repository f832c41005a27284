"""Take a complaint in."""

from __future__ import annotations

from datetime import timedelta
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from rapport_chassis.web import Body
from rapport_contracts.fields import Code, CustomerId, InteractionId, UtcTime
from rapport_contracts.vocabulary import Channel, Severity, Vulnerability
from rapport_kernel.errors import FieldError, Invalid
from rapport_kernel.ids import new_id

from rapport_complaints.domain.complaint import Complaint
from rapport_complaints.domain.history import Act
from rapport_complaints.domain.taxonomy import Kind
from rapport_complaints.store.interactions import KnownInteraction
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.command import VULNERABILITY, example
from rapport_complaints.usecases.link_incidents import link_at_filing
from rapport_complaints.usecases.targets import basis_for

SKEW = timedelta(minutes=5)
"""How far the clock of the one who files may be ahead of ours."""
OLDEST = timedelta(days=5 * 366)
"""What was received longer ago is history: it is imported, and no clock runs for it."""


class Contact(Body):
    """How the customer can be reached; stored encrypted. At least one way is needed."""

    name: str | None = Field(default=None, min_length=1, max_length=200, examples=["张小明"])
    phone: str | None = Field(default=None, min_length=3, max_length=40, examples=["13812345678"])
    email: str | None = Field(default=None, min_length=3, max_length=320, examples=["zhang@example.cn"])
    address: str | None = Field(default=None, min_length=1, max_length=500)

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.phone is None and self.email is None and self.address is None:
            raise ValueError("a phone number, an e-mail address or a postal address is needed")
        return self


class NewComplaint(Body):
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

    received_at: UtcTime = Field(description="When it reached the company; its clocks start here.")
    problem: str = Field(min_length=1, max_length=20_000, description="In the customer's words; stored encrypted.")
    contact: Contact
    channel: Channel
    category: Code = Field(
        examples=["delivery"], description="Of the taxonomy; another one is accepted and flagged `unknown-category`."
    )
    product: Code | None = Field(default=None, description="What it is about, by its code.", examples=["kettle-2"])
    remedy_sought: str | None = Field(default=None, min_length=1, max_length=5_000, description="Stored encrypted.")
    interaction_id: InteractionId | None = Field(default=None, description="The contact that it came out of.")
    customer_id: CustomerId | None = Field(default=None, description="Null: the interaction's customer, once known.")
    touchpoint: Code | None = None
    subject_staff: list[Code] = Field(
        default_factory=list, max_length=20, description="Whom it is about; may not handle it."
    )
    subject_unit: Code | None = Field(default=None, description="The shop, team or project that it is about.")
    severity: Severity | None = None
    vulnerability: Vulnerability | None = Field(
        default=None, description="Why the customer needs more care than others, never a diagnosis; stored encrypted."
    )
    recurrence_of: UUID | None = Field(default=None, description="An earlier complaint about the same.")


async def file_complaint(work: ComplaintsWork, said: NewComplaint) -> Complaint:
    """File it: number, encryption, clocks, and the customer of the interaction if he is known already.

    Raises Invalid `received-in-the-future`, `received-too-long-ago`, `unknown-complaint`.
    """
    if said.received_at > work.now + SKEW:
        raise _wrong("received_at", "received-in-the-future", "A complaint has been received before it is filed.")
    if said.received_at < work.now - OLDEST:
        raise _wrong(
            "received_at", "received-too-long-ago", "A complaint of more than five years ago is imported, not filed."
        )
    earlier = (await work.complaints.get_many([said.recurrence_of])).get(said.recurrence_of) if said.recurrence_of else None
    if said.recurrence_of is not None and earlier is None:
        raise _wrong("recurrence_of", "unknown-complaint", "The earlier complaint is not known.")
    known = await work.interactions.hold(said.interaction_id) if said.interaction_id is not None else None
    complaint = await _new(work, said, known)
    work.complaints.add(complaint)
    act = Act(at=complaint.received_at, recorded_at=work.now, by=str(work.actor))
    complaint.receive(act, await basis_for(work, complaint.traits, complaint.received_at), earlier)
    await link_at_filing(work, complaint)
    return complaint


async def _new(work: ComplaintsWork, said: NewComplaint, known: KnownInteraction | None) -> Complaint:
    complaint_id = new_id()
    received_at = min(said.received_at, work.now)
    customer_id = said.customer_id or (known.customer_id if known is not None else None)
    keyed_by = customer_id or complaint_id
    box = await work.vault.open_for([keyed_by])
    sought = said.remedy_sought
    complaint = Complaint(
        id=complaint_id,
        number=(await work.complaints.numbers(1, received_at))[0],
        channel=said.channel,
        category=said.category,
        received_at=received_at,
        last_at=received_at,
        keyed_by=keyed_by,
        problem=box.seal(keyed_by, "complaints.problem", said.problem),
        remedy_sought=box.seal(keyed_by, "complaints.remedy_sought", sought) if sought is not None else None,
        contact=box.seal(keyed_by, "complaints.contact", said.contact.model_dump_json(exclude_none=True)),
        customer_id=customer_id,
        interaction_id=said.interaction_id,
        product=said.product,
        touchpoint=said.touchpoint or (known.touchpoint if known is not None else None),
        severity=said.severity,
        subject_staff=sorted(set(said.subject_staff)),
        subject_unit=said.subject_unit,
    )
    found = await work.taxonomies.look_up(Kind.CATEGORIES, [said.category], work.now)
    complaint.classify(found[said.category])
    if said.vulnerability is not None:
        complaint.needs_care(box.seal(keyed_by, VULNERABILITY, said.vulnerability))
    return complaint


def _wrong(field: str, code: str, message: str) -> Invalid:
    return Invalid(code, message, [FieldError(field, code, message)])
