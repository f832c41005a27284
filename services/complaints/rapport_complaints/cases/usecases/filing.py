"""Take a complaint in: filed over HTTP, or handed over on the topic `rapport.complaints.inbound`; and give it its customer
once the one of its interaction is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from rapport_chassis.bodies import Body
from rapport_chassis.commands import example, system_act
from rapport_chassis.customers import reseal_parts
from rapport_chassis.listens import Message, Record
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode
from rapport_contracts.complaints.about import AboutComplaint
from rapport_contracts.complaints.intake import Contact, InboundComplaint, ToldComplaint
from rapport_contracts.interactions.contacts import InteractionLinked
from rapport_kernel.contact_points import email_of, phone_of
from rapport_kernel.errors import FieldError, Invalid
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id
from rapport_kernel.plain_text import is_clean

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import VULNERABILITY, Complaints
from rapport_complaints.cases.store.contact_points import ContactPoints
from rapport_complaints.cases.store.interactions import KnownInteraction, KnownInteractions
from rapport_complaints.cases.store.tables import complaints
from rapport_complaints.cases.usecases.timing import basis_for
from rapport_complaints.taxonomies.domain import TaxonomyKind
from rapport_complaints.taxonomies.store import Taxonomies

SKEW = timedelta(minutes=5)
"""How far the clock of the one who files may be ahead of ours."""
_REGION = "CN"
"""Of numbers without a country code; whether a text can be a phone number at all does not depend on it."""
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


def about(given: AboutComplaint) -> dict[str, Any]:
    """What was said of a complaint, as its fields."""
    return {name: getattr(given, name) for name in AboutComplaint.model_fields}


def demand_usable(contact: Contact, at: str = "") -> None:
    """Refuse a phone number that cannot be one and an e-mail address without the form of one: nobody could be reached there.
    `at` is where the contact stands in the body. Raises Invalid `invalid-body` with `bad-phone`, `bad-email`."""
    wrong = []
    if contact.phone is not None and phone_of(contact.phone, _REGION) is None:
        wrong.append(FieldError(f"{at}phone", "bad-phone"))
    if contact.email is not None and email_of(contact.email) is None:
        wrong.append(FieldError(f"{at}email", "bad-email"))
    if wrong:
        raise Invalid("invalid-body", fields=wrong)


async def file_complaint(work: Work, command: NewComplaint, origin: Origin | None = None) -> Complaint:
    """File it: number, encryption, clocks, and the customer of the interaction if known already.

    Raises Invalid `received-in-the-future`, `received-too-long-ago`, `unknown-complaint`.
    """
    if command.received_at > work.now + SKEW:
        raise Invalid.at("received_at", "received-in-the-future")
    if command.received_at < work.now - OLDEST:
        raise Invalid.at("received_at", "received-too-long-ago", years=5)
    earlier = (
        (await work.store(Complaints).get_many([command.recurrence_of])).get(command.recurrence_of)
        if command.recurrence_of
        else None
    )
    if command.recurrence_of is not None and earlier is None:
        raise Invalid.at("recurrence_of", "unknown-complaint")
    known = await work.store(KnownInteractions).hold(command.interaction_id) if command.interaction_id is not None else None
    complaint = await _new(work, command, known, origin)
    work.store(Complaints).add(complaint)
    work.store(ContactPoints).add(complaint.id, command.contact)
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
        subject_staff=sorted(set(command.subject_staff)),
        source=origin.source if origin is not None else None,
        external_ref=origin.ref if origin is not None else None,
        severity=command.severity,
        **about(command),
    )
    if complaint.touchpoint is None and known is not None:
        complaint.touchpoint = known.touchpoint
    found = await work.store(Taxonomies).look_up(TaxonomyKind.CATEGORIES, [command.category], work.now, complaint.source)
    complaint.classify(found[command.category])
    if command.vulnerability is not None:
        complaint.needs_care(box.seal(keyed_by, VULNERABILITY, command.vulnerability))
    return complaint


_SOURCE: TypeAdapter[str] = TypeAdapter(NewCode)


async def file_inbound(work: Work, records: list[Record]) -> None:
    """File each complaint once, by source and `ref`; what is known already, also from an import, stays as it is.

    Raises Invalid for a record that cannot be filed (`no-source`, `bad-json`, `invalid:<field>`, and what `file_complaint`
    refuses): the consumer parks that one, and the others are filed.
    """
    handed: dict[str, list[tuple[InboundComplaint, NewComplaint]]] = defaultdict(list)
    for record in records:
        handed[_source(record)].append(_read(record.value or b""))
    for source, told in handed.items():
        await _file(work, source, told)


async def _file(work: Work, source: str, told: Sequence[tuple[InboundComplaint, NewComplaint]]) -> None:
    known = set(await work.store(Complaints).known_refs(source, [inbound.ref for inbound, _ in told]))
    for inbound, new in told:
        if inbound.ref not in known:
            known.add(inbound.ref)
            await file_complaint(work, new, Origin(source, inbound.ref))


def _source(record: Record) -> str:
    for name, value in record.headers:
        if name == "source" and value is not None:
            try:
                return _SOURCE.validate_python(value.decode())
            except ValueError:
                break
    raise Invalid("no-source")


def _read(raw: bytes) -> tuple[InboundComplaint, NewComplaint]:
    """The complaint as handed over, and as it would be filed over HTTP: under the same rules of what text may hold."""
    try:
        inbound = InboundComplaint.model_validate_json(raw)
        new = NewComplaint.model_validate(inbound.model_dump(exclude={"ref"}), strict=False)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        if first["type"] == "json_invalid":
            raise Invalid("bad-json") from None
        field = str(first["loc"][0]) if first["loc"] else ""
        where = f":{field}" if field in InboundComplaint.model_fields else ""
        raise Invalid(f"invalid{where}", "A field is not as the contract says.") from None
    for text in (new.problem, new.remedy_sought, *new.contact.model_dump().values()):
        if text is not None and not is_clean(text):
            raise Invalid("control-character")
    return inbound, new


SEALED = ("problem", "remedy_sought", "contact", "vulnerability", "handling")


async def link_customer(work: Work, complaint_id: UUID, customer_id: UUID) -> None:
    """Link it, and put its texts under the customer's key: an erasure takes them along. Does nothing when it is linked."""
    complaint = await work.store(Complaints).get(complaint_id, for_update=True)
    if complaint.customer_id is not None:
        return
    complaint.link(customer_id, system_act(work, complaint, "customer-identified"))
    await _reseal(work, complaint, customer_id)


async def _reseal(work: Work, complaint: Complaint, customer_id: UUID) -> None:
    old = complaint.keyed_by
    box = await work.vault.open_for([old, customer_id])
    if box.erased(customer_id):
        return
    for name in SEALED:
        place = f"complaints.{name}"
        clear = box.read(old, place, getattr(complaint, name))
        setattr(complaint, name, None if clear is None else box.seal(customer_id, place, clear))
    await reseal_parts(work, complaints, {complaint.id: old}, customer_id)
    complaint.keyed_by = customer_id
    await work.vault.erase([old])


async def project_interactions(work: Work, messages: list[Message[Any]]) -> dict[UUID, KnownInteraction]:
    """Keep what is said, and nothing else: one statement. Answers what these messages say."""
    known: dict[UUID, KnownInteraction] = {}
    for message in sorted(messages, key=lambda one: one.envelope.sequence):  # one that comes twice may come late
        event = message.event
        each = known.setdefault(event.interaction_id, KnownInteraction(event.interaction_id, 0))
        each.sequence = message.envelope.sequence
        _learn(each, event)
    await work.store(KnownInteractions).put(known.values())
    return known


async def follow_interactions(work: Work, messages: list[Message[Any]]) -> None:
    """Project a batch: one statement for what is known, one to find complaints that wait for a customer."""
    known = await project_interactions(work, messages)
    customers = {each.interaction_id: each.customer_id for each in known.values() if each.customer_id is not None}
    if customers:
        for interaction_id, complaint_ids in (await work.store(Complaints).filed_out_of(customers)).items():
            for complaint_id in complaint_ids:
                await link_customer(work, complaint_id, customers[interaction_id])


def _learn(known: KnownInteraction, event: Any) -> None:
    if isinstance(event, InteractionLinked):
        known.customer_id = event.customer_id
        return
    summary = event.summary
    known.customer_id = summary.customer_id or known.customer_id
    known.touchpoint = summary.touchpoint
    known.channel = str(summary.channel)
    known.last_agent = summary.last_agent
    known.started_at = summary.started_at
