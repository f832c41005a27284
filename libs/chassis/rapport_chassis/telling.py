"""How data in versions is told on the topic of a catalogue: each version as an event that says all of it.

    CALENDARS = VersionedKind(calendars, CalendarData, "calendar", tells=Telling(CalendarPublished, rows_of_calendar))
    GUIDES = VersionedKind(guides, Guide, "handling-guide", tells=Untold("Advice on dealing with people."))

A version is told in the transaction that makes it. What an installation had before it told such things, or told with fewer
fields, is told once, when a service starts (`tell_once`): the key of a version is always the same, so to tell it again
replaces what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel
from rapport_contracts.catalogue import entry_id
from rapport_contracts.event import Event
from rapport_contracts.schemas import bare, schema_of
from rapport_kernel.versions import Version

from rapport_chassis.editions import edition_of, once
from rapport_chassis.work import Work, WorkFactory

B_contra = TypeVar("B_contra", bound=BaseModel, contravariant=True)
W = TypeVar("W", bound=Work)
TOLD_BY = "catalogue"
"""The part of the system that tells what was never told; its editions begin with this."""


class Told(Protocol):
    """What a subject tells: a `VersionedKind`, or what keeps its versions otherwise."""

    @property
    def name(self) -> str:
        """Of the kind."""
        ...

    @property
    def shape(self) -> Any:
        """All that its events are made of, as plain JSON data: when it changes, everything is told anew."""
        ...

    async def tell(self, work: Work) -> None:
        """Record every version that there is."""
        ...


def whole(body: BaseModel) -> Mapping[str, Any]:
    """The fields of the event are those of the body; what the event does not have stays in the service."""
    return body.model_dump(mode="json")


def in_body(*, without: Mapping[str, Any] | None = None) -> Callable[[BaseModel], Mapping[str, Any]]:
    """The event has the whole as `body`. `without` as pydantic's `exclude`: what stays in the service."""

    def fields(body: BaseModel) -> Mapping[str, Any]:
        return {"body": body.model_dump(mode="json", exclude=dict(without or {}))}

    return fields


@dataclass(frozen=True, slots=True)
class Telling(Generic[B_contra]):
    """As which event a version is told (one with the fields of `rapport_contracts.catalogue.Entry`), and what it says of
    the body beside these."""

    event: type[Event]
    fields: Callable[[B_contra], Mapping[str, Any]] = whole

    def of(self, kind: str, version: Version[B_contra]) -> Event:
        """The event. Its key is of kind, code and version, which is its sequence."""
        return self.event.model_validate(
            {
                "kind": kind,
                **self.fields(version.body),
                "entry_id": entry_id(kind, version.code, version.version),
                "code": version.code,
                "version": version.version,
                "effective_from": version.effective_from,
                "published_at": version.recorded_at,
            }
        )

    def shape(self, kind: str, model: type[BaseModel]) -> Any:
        """See `Told.shape`."""
        return [kind, bare(schema_of(self.event)), bare(model.model_json_schema())]


@dataclass(frozen=True, slots=True)
class Untold:
    """Versions of this kind are told to nobody, and why."""

    why: str


async def tell_once(works: WorkFactory[W], told: Sequence[Told]) -> bool:
    """Record every version of these kinds, once for each shape that they have; False when that was done, which costs one
    statement. Nothing is missed when a version is made meanwhile by this version of the product: that tells itself."""

    async def tell(work: W) -> None:
        for kind in told:
            await kind.tell(work)

    return await once(works, TOLD_BY, f"{TOLD_BY} {edition_of([kind.shape for kind in told])}", tell)
