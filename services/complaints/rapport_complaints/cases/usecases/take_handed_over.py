"""Complaints that other systems took in and hand over on the topic `rapport.complaints.inbound`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pydantic import TypeAdapter, ValidationError
from rapport_chassis.bodies import UNCLEAN
from rapport_chassis.listens import Record
from rapport_contracts.complaints.intake import InboundComplaint
from rapport_contracts.fields import Code
from rapport_kernel.errors import Invalid

from rapport_complaints.cases.usecases.file_complaint import NewComplaint, Origin, file_complaint
from rapport_complaints.work import ComplaintsWork

_SOURCE: TypeAdapter[str] = TypeAdapter(Code)


async def take_handed_over(work: ComplaintsWork, records: list[Record]) -> None:
    """File each complaint once, by source and `ref`; what is known already, also from an import, stays as it is.

    Raises Invalid for a record that cannot be filed (`no-source`, `bad-json`, `invalid:<field>`, and what `file_complaint`
    refuses): the consumer parks that one, and the others are filed.
    """
    handed: dict[str, list[tuple[InboundComplaint, NewComplaint]]] = defaultdict(list)
    for record in records:
        handed[_source(record)].append(_read(record.value or b""))
    for source, told in handed.items():
        await _file(work, source, told)


async def _file(work: ComplaintsWork, source: str, told: Sequence[tuple[InboundComplaint, NewComplaint]]) -> None:
    known = set(await work.complaints.known_refs(source, [inbound.ref for inbound, _ in told]))
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
    raise Invalid("no-source", "The header `source` names the system that took it in.")


def _read(raw: bytes) -> tuple[InboundComplaint, NewComplaint]:
    """The complaint as handed over, and as it would be filed over HTTP: under the same rules of what text may hold."""
    try:
        inbound = InboundComplaint.model_validate_json(raw)
        new = NewComplaint.model_validate(inbound.model_dump(exclude={"ref"}), strict=False)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        if first["type"] == "json_invalid":
            raise Invalid("bad-json", "The value is no JSON in UTF-8.") from None
        field = str(first["loc"][0]) if first["loc"] else ""
        where = f":{field}" if field in InboundComplaint.model_fields else ""
        raise Invalid(f"invalid{where}", "A field is not as the contract says.") from None
    for text in (new.problem, new.remedy_sought, *new.contact.model_dump().values()):
        if text is not None and UNCLEAN.search(text):
            raise Invalid("control-character", "Control characters are not accepted.")
    return inbound, new
