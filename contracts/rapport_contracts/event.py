"""The base of every event: a payload class is the fact, the schema and the documentation at once."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, ClassVar, Literal, Self, cast, get_args
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from rapport_contracts.topics import TOPICS

TYPE_GRAMMAR = re.compile(r"^[a-z][a-z0-9-]*\.[a-z][a-z-]*\.v[1-9][0-9]*$")

IRREGULAR = {
    *("begun", "given", "held", "kept", "made", "met", "paid"),
    *("refrozen", "sent", "split", "unfrozen", "upheld", "withdrawn"),
}
"""Past tenses that do not end in -ed; extend it when the language does."""

_registry: dict[str, type[Event]] = {}
_inbound: dict[str, type[Inbound]] = {}


Often = Literal["once", "again"]


@dataclass(frozen=True, slots=True)
class Publication:
    """What a reader has to know about a type beside its fields.

    `when` says what has to happen, and who does it. `often`: `once` for a key, or it may come `again`; None is not said.
    `state` is the state of what it is about after it, `{name}` where the field of that name says it, None where it stays as
    it was. `undone_by` are the types that take it back.
    """

    when: str = ""
    often: Often | None = None
    state: str | None = None
    undone_by: tuple[str, ...] = ()


class Payload(BaseModel):
    """Any object on the wire: frozen; a reader ignores fields it does not know; NaN and infinities are refused."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, ser_json_inf_nan="null")


class Event(Payload):
    """A fact in the past tense. Subclass with its type, topic and the field that is its key:

    `class ComplaintResolved(Event, type="complaint.resolved.v1", topic="rapport.complaints", key="complaint_id")`.
    The docstring of the class is its meaning in every generated document. The business time of the fact is the field that
    bears the verb (`resolved_at`); where it is another one, `time="summary.ended_at"` names it. `when`, `often`, `state` and
    `undone_by` are those of `Publication`. A fact that destroys is `signed=True`: its owner signs it, and nobody follows one
    whose signature does not hold.
    """

    event_type: ClassVar[str] = ""
    topic: ClassVar[str] = ""
    publisher: ClassVar[str] = ""
    """The service that owns the topic: the only one that says such a fact (`ce_source`)."""
    key_field: ClassVar[str] = ""
    time_field: ClassVar[str] = ""
    """Where its business time stands: a field, or the path to one. The envelope says when the fact was recorded."""
    publication: ClassVar[Publication] = Publication()
    signed: ClassVar[bool] = False

    def __init_subclass__(cls, *, type: str = "", topic: str = "", key: str = "", time: str = "", **_: object) -> None:  # noqa: A002
        """See the class; `type` is `<subject>.<past-tense>.v<major>`."""
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(
        cls,
        *,
        type: str = "",  # noqa: A002
        topic: str = "",
        key: str = "",
        time: str = "",
        when: str = "",
        often: Often | None = None,
        state: str | None = None,
        undone_by: tuple[str, ...] = (),
        signed: bool = False,
        **kwargs: object,
    ) -> None:
        """Register the class. Raises ValueError for a malformed or doubled type, a key that is no field, and a business time
        that is none. That each event of the language has one, and says when it is published, is held by tests."""
        super().__pydantic_init_subclass__(**kwargs)
        if not TYPE_GRAMMAR.match(type):
            raise ValueError(f"event type '{type}' is not <subject>.<past-tense>.v<major>")
        verb = type.split(".")[1].split("-", maxsplit=1)[0]
        if not verb.endswith("ed") and verb not in IRREGULAR:
            raise ValueError(f"event type '{type}' is not in the past tense")
        _stands_with_owner(cls, topic)
        if type in _registry and _registry[type].__qualname__ != cls.__qualname__:
            raise ValueError(f"event type '{type}' is defined twice")
        if key not in cls.model_fields:
            raise ValueError(f"key '{key}' of '{type}' is not a field")
        named = time or _named_by(type, cls.model_fields)
        if named and not _is_time(cls, named):
            raise ValueError(f"'{named}' of '{type}' is no time")
        cls.event_type, cls.topic, cls.key_field, cls.time_field = type, topic, key, named
        cls.publication = Publication(when, often, state, undone_by)
        cls.publisher, cls.signed = TOPICS[topic].owner, signed
        _registry[type] = cls

    @property
    def key(self) -> UUID:
        """The aggregate id: Kafka key and CloudEvents subject."""
        value = getattr(self, self.key_field)
        assert isinstance(value, UUID)  # noqa: S101 - every key field is a UUID, proved by a test over the registry
        return value

    @property
    def occurred_at(self) -> datetime | None:
        """When it happened (UTC), as the business means it; None where the field may be null and is."""
        value: Any = self if self.time_field else None
        for name in self.time_field.split(".") if self.time_field else ():
            value = getattr(value, name)
        return cast("datetime | None", value)

    @classmethod
    def read(cls, value: bytes | str) -> Self:
        """The event from its JSON value. Raises pydantic.ValidationError."""
        return cls.model_validate_json(value)

    def write(self) -> bytes:
        """The JSON value of the Kafka record."""
        return self.__pydantic_serializer__.to_json(self)


class Inbound(Payload):
    """What another system may write to a topic of ours; it is no event of ours. Subclass with its topic and what it is:

    `class CallEvent(Inbound, topic="rapport.interactions.inbound", meaning="A pushed call-centre event")`.
    """

    topic: ClassVar[str] = ""
    meaning: ClassVar[str] = ""

    def __init_subclass__(cls, *, topic: str, meaning: str) -> None:
        """See the class. Raises ValueError for a topic that is not in the catalogue or belongs to another owner."""
        super().__init_subclass__()
        _stands_with_owner(cls, topic)
        cls.topic, cls.meaning = topic, meaning
        _inbound[topic] = cls


def registry() -> Mapping[str, type[Event]]:
    """All event classes by their type, those of every module of this package."""
    load()
    return dict(sorted(_registry.items()))


def inbound() -> Mapping[str, type[Inbound]]:
    """What other systems may write, by topic, in the order of the catalogue."""
    load()
    return {topic: _inbound[topic] for topic in TOPICS if topic in _inbound}


@cache
def load() -> None:
    """Import every module of this package, so that its classes register."""
    for module in walk_packages([str(Path(__file__).parent)], "rapport_contracts."):
        if not module.name.endswith(".__main__"):
            import_module(module.name)


def _named_by(type: str, fields: Container[str]) -> str:  # noqa: A002
    """The field that bears the verb: `interaction.timed-out.v1` at `timed_out_at`, `incident.declared-major.v1` at
    `declared_at`."""
    verb = type.split(".")[1]
    return next((f"{each}_at" for each in (verb.replace("-", "_"), verb.split("-")[0]) if f"{each}_at" in fields), "")


def _is_time(model: type[BaseModel], path: str) -> bool:
    name, _, rest = path.partition(".")
    kind = model.model_fields[name].annotation if name in model.model_fields else None
    if rest:
        return isinstance(kind, type) and issubclass(kind, BaseModel) and _is_time(kind, rest)
    inner = [each for branch in (kind, *get_args(kind)) for each in (branch, *get_args(branch))]
    return any(each in (datetime, AwareDatetime) for each in inner)


def _stands_with_owner(cls: type, topic: str) -> None:
    """Raises ValueError for a topic outside of the catalogue, and for a class outside of the folder of its topic's owner."""
    if topic not in TOPICS:
        raise ValueError(f"topic '{topic}' of '{cls.__name__}' is not in the catalogue")
    package, _, rest = cls.__module__.partition(".")
    if package == "rapport_contracts" and not rest.startswith(f"{TOPICS[topic].owner}."):
        raise ValueError(f"'{cls.__name__}' is on '{topic}': it belongs in the folder '{TOPICS[topic].owner}'")
