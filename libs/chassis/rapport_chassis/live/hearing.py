"""Which types of events can be listened to, who may, and what is told of an event: ids and codes, nothing personal.

Whoever may read a thing may hear of it: the type of an event is heard with the right that `GET .../{complaint_id}` asks
for, where `complaint_id` is the key of the event. Where there is no such route, its subject says the right (`heard`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from aiokafka import ConsumerRecord
from rapport_contracts.envelope import BadEnvelope, Envelope
from rapport_contracts.event import Event, registry
from rapport_contracts.fields import written

from rapport_chassis.checkpoints import counted_topics
from rapport_chassis.keys import Keys
from rapport_chassis.observability import get_logger
from rapport_chassis.provenance import foreign
from rapport_chassis.security.scopes import Scope
from rapport_chassis.web.router import Router

log = get_logger(__name__)
CUSTOMER = "customer_id"
_ENDS_WITH_ID = re.compile(r"/{(\w+)}$")


@dataclass(frozen=True, slots=True)
class Heard:
    """A type of event that can be listened to, and what a caller must hold for it."""

    event: type[Event]
    allow: Scope


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told of one event. `about` are all ids that it names, that of its subject and its customer included; `data` is
    the JSON that is sent."""

    type: str
    customer: UUID | None
    about: frozenset[UUID]
    data: bytes


def hearing(service: str, routers: Iterable[Router], declared: Mapping[str, Scope]) -> dict[str, Heard]:
    """The types that can be listened to, by name. `declared` gives the right by the first part of a type (`attachment`),
    for things without a route of their own. What services tell each other (`complaints-merge.applied`) is left out.

    Raises ValueError for a type without a right, or with two, and for a declared kind that is not published.
    """
    shown = _shown(routers)
    events = _published(service)
    kinds = {name: name.partition(".")[0] for name in events}
    if unknown := declared.keys() - set(kinds.values()):
        raise ValueError(f"{service} publishes nothing of {', '.join(sorted(unknown))}")
    found: dict[str, Heard] = {}
    for name, event in events.items():
        rights = {declared[kinds[name]]} if kinds[name] in declared else shown.get(event.key_field, set())
        if len(rights) != 1:
            raise ValueError(f"{name}: {len(rights)} rights to hear it; its subject should say one (`heard`)")
        found[name] = Heard(event, *rights)
    return found


def _published(service: str) -> dict[str, type[Event]]:
    topics = set(counted_topics(service))
    return {
        name: event
        for name, event in registry().items()
        if event.topic in topics and event.__module__.startswith("rapport_contracts.") and not name.startswith(f"{service}-")
    }


def _shown(routers: Iterable[Router]) -> dict[str, set[Scope]]:
    """By the name of an id, what the routes ask for that show the thing."""
    found: dict[str, set[Scope]] = {}
    for route in (route for router in routers for route in router.routes):
        named = _ENDS_WITH_ID.search(route.path)
        if route.method == "GET" and named and isinstance(route.allow, Scope):
            found.setdefault(named[1], set()).add(route.allow)
    return found


def noticing(heard: Mapping[str, Heard], keys: Keys | None) -> Callable[[ConsumerRecord], Notice | None]:
    """Reads a record of the service's own log; None for what cannot be listened to, or is no event of its own."""
    ids = {name: _ids(each.event) for name, each in heard.items()}

    def notice(record: ConsumerRecord) -> Notice | None:
        named = next((value for name, value in record.headers if name == "ce_type"), b"")
        event = heard.get(named.decode("latin-1"))
        if event is None:
            return None
        try:
            envelope = Envelope.from_headers(record.headers)
            if foreign(event.event, record.topic, record, envelope, keys) is None:
                return _notice(event.event, ids[event.event.event_type], envelope, record.value)
        except (BadEnvelope, ValueError, KeyError, TypeError):
            pass
        log.warning("live.left-out", topic=record.topic, partition=record.partition, offset=record.offset)
        return None

    return notice


def _notice(event: type[Event], ids: Iterable[str], envelope: Envelope, value: bytes) -> Notice:
    data = orjson.loads(value)
    named = {name: UUID(data[name]) for name in ids if data.get(name) is not None}
    customer = named.get(CUSTOMER)
    told: dict[str, Any] = {
        "type": envelope.type,
        "subject": envelope.subject,
        "version": envelope.sequence,
        "state": _state(event, data),
        "time": written(envelope.time),
        CUSTOMER: customer,
        "ids": {name: found for name, found in named.items() if name not in {event.key_field, CUSTOMER}},
    }
    return Notice(envelope.type, customer, frozenset({envelope.subject, *named.values()}), orjson.dumps(told))


def _state(event: type[Event], data: Mapping[str, Any]) -> str | None:
    """In which state the event leaves what it is about, where it does."""
    state = event.publication.state
    if state is None or not state.startswith("{"):
        return state
    found: str | None = data[state.strip("{}")]
    return found


def _ids(event: type[Event]) -> list[str]:
    """The fields that hold an id, each of one thing."""
    kinds = (UUID, UUID | None)
    return [name for name, field in event.model_fields.items() if name.endswith("_id") and field.annotation in kinds]
