"""The line that the timeline (S3) shows for each event: anchored at its subject, with a summary of codes and numbers only.

An entry is anchored at the contact or complaint it is about, or at the customer. Links tell which customer a contact or
complaint belongs to: `interaction.linked`, `customer.identified` and others. The newest link of the strongest kind counts,
so that entries and links may come in any order and give the same timeline.
"""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from rapport_contracts.envelope import Envelope
from rapport_contracts.event import Event, registry
from rapport_contracts.interactions.contacts import InteractionAmended, InteractionCompleted, InteractionLinked
from rapport_contracts.profiles.identity import CustomerIdentified, IdentityConflictResolved
from rapport_contracts.topics import TOPICS
from rapport_kernel.vocabularies import Vocabulary

KINDS: Mapping[str, str] = {
    "interaction_id": "interaction",
    "complaint_id": "complaint",
    "invitation_id": "survey",
    "follow_up_id": "follow_up",
    "customer_id": "profile",
    "conflict_id": "identity_conflict",
    "communication_id": "communication",
    "letter_id": "letter",
    "attachment_id": "attachment",
    "repair_id": "repair",
    "win_back_id": "win-back",
    "case_id": "major_case",
    "recovery_id": "recovery",
}
"""Kind of entry by the key of the event. Events with another key (quarantine, survey definitions, emergencies and drills,
trends, back-tests) do not concern a single customer."""

CONSENT = "consent"
ENTRY_KINDS = Vocabulary("timeline-kind", [*KINDS.values(), CONSENT])

NUMBERING = ("complaint.received.v1", "complaint.imported.v1")
"""Types of events that say the number of a complaint, with which people speak of it."""
INTERNAL = (
    "customer.identified.v1",
    "interaction.linked.v1",
    "survey.considered.v1",
)
"""Types of events that tell how the product works, not what happened to the customer; shown only when asked for."""

_ANCHORS = ("customer_id", "interaction_id", "complaint_id")
_NO_CODES = {"candidates", "durations"}
_TIMES = frozenset({datetime, AwareDatetime})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. `anchor` is the customer, or the contact or complaint that a link gives to a customer."""

    event_id: UUID
    type: str
    kind: str
    subject_id: UUID
    anchor: UUID
    occurred_at: datetime
    summary: dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """`subject_id` belongs to a customer. `rank` 1: the owner of the subject says so; 0: another service concluded it."""

    rank: int
    linked_at: datetime
    event_id: UUID
    subject_id: UUID
    customer_id: UUID


@dataclass(frozen=True, slots=True)
class Shape:
    """How events of one class are projected, derived once from the class. `codes` are the fields that the summary has."""

    kind: str
    codes: dict[str, Any]
    nested: str | None


@cache
def shape_of(event: type[Event]) -> Shape | None:
    """How this class is projected; None for events that do not concern a customer or are not public."""
    kind = KINDS.get(event.key_field)
    if kind is None or TOPICS[event.topic].visibility != "public":
        return None
    if event.event_type.startswith("consent."):
        kind = CONSENT
    fields = _fields(event)
    nested = next((n for n, types_ in fields.items() if any(_is_model(t) for t in types_)), None)
    codes: dict[str, Any] = dict.fromkeys(_codes(fields), True)
    if nested is not None:
        [model] = [one for one in fields[nested] if _is_model(one)]
        codes[nested] = set(_codes(_fields(model)))
    return Shape(kind, codes, nested)


def entry_of(envelope: Envelope, event: Event) -> Entry | None:
    """The line that an event adds, or None."""
    shape = shape_of(type(event))
    if shape is None:
        return None
    write = event.__pydantic_serializer__.to_python  # one call in Rust; a loop over the fields takes four times as long
    summary: dict[str, Any] = write(event, mode="json", include=shape.codes, exclude_none=True)
    happened = event.occurred_at
    if shape.nested is not None:
        summary |= summary.pop(shape.nested)
        if isinstance(event, InteractionCompleted | InteractionAmended):  # a contact counts on the day on which it began
            happened = event.summary.ended_at if isinstance(event, InteractionCompleted) else None
    return Entry(
        event_id=envelope.id,
        type=envelope.type,
        kind=shape.kind,
        subject_id=envelope.subject,
        anchor=_anchor(event, shape.kind),
        occurred_at=happened or envelope.time,
        summary=summary,
    )


@cache
def summaries() -> dict[str, Any]:
    """The schema of the summary for each type of event that a timeline shows: the fields of the event that it takes over.
    Each may be absent: what is null in the event is left out."""
    shapes = {event: shape for event in registry().values() if (shape := shape_of(event)) is not None}
    return {event.event_type: _summary(event.model_json_schema(), shape) for event, shape in shapes.items()}


def _summary(schema: dict[str, Any], shape: Shape) -> dict[str, Any]:
    held = {name: each for name, each in schema["properties"].items() if name in shape.codes}
    if shape.nested is not None:
        nested = held.pop(shape.nested)
        [name] = re.findall(r"#/\$defs/(\w+)", str(nested))
        held |= {code: schema["$defs"][name]["properties"][code] for code in shape.codes[shape.nested]}
    return {"type": "object", "properties": {name: _without_null(held[name]) for name in sorted(held)}}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in schema.items() if name not in {"title", "default", "anyOf"}}
    branches = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    return kept | (branches[0] if len(branches) == 1 else {"anyOf": branches} if branches else {})


def links_of(envelope: Envelope, event: Event) -> tuple[Link, ...]:
    """The links of an event: which customer a contact, a complaint or a conflict belongs to."""
    if event.key_field == "complaint_id":
        customer_id = getattr(event, "customer_id", None)
        return (Link(1, envelope.time, envelope.id, envelope.subject, customer_id),) if customer_id else ()
    if type(event) is InteractionLinked:
        return (Link(1, event.linked_at, envelope.id, event.interaction_id, event.customer_id),)
    if type(event) is CustomerIdentified:
        return (Link(0, event.identified_at, envelope.id, event.interaction_id, event.customer_id),)
    if type(event) is IdentityConflictResolved:
        subjects = (event.conflict_id, event.interaction_id)
        return tuple(Link(0, event.resolved_at, envelope.id, one, event.customer_id) for one in subjects if one)
    return ()


def _anchor(event: Event, kind: str) -> UUID:
    """Contacts and complaints are their own anchors, since their customer may change; other events name theirs."""
    if kind not in {"interaction", "complaint"}:
        for name in _ANCHORS:
            found = getattr(event, name, None)
            if found is not None:
                assert isinstance(found, UUID)  # noqa: S101 - ids of the contracts are UUIDs
                return found
    return event.key


def _fields(model: type[BaseModel]) -> dict[str, frozenset[Any]]:
    return {name: _bare(info.annotation) for name, info in model.model_fields.items()}


def _codes(fields: Mapping[str, frozenset[Any]]) -> tuple[str, ...]:
    """Fields that hold codes, numbers and flags: no ids, no times, no objects."""
    return tuple(
        name
        for name, types_ in fields.items()
        if name not in _NO_CODES and not types_ & {UUID, *_TIMES} and not any(_is_model(t) for t in types_)
    )


def _bare(hint: Any) -> frozenset[Any]:
    """The plain types inside an annotation."""
    origin = get_origin(hint)
    if origin is Annotated:
        return _bare(get_args(hint)[0])
    if origin in (Union, types.UnionType, list):
        return frozenset().union(*(_bare(part) for part in get_args(hint)))
    return frozenset({hint})


def _is_model(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, BaseModel)
