"""Lists and single views: plain selects, one statement each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from rapport_chassis.lists import Keyset, Page, Paging
from rapport_kernel.errors import NotFound
from sqlalchemy import ColumnElement, select, text

from rapport_interactions.store.tables import interactions, quarantine

if TYPE_CHECKING:
    from rapport_chassis.work import Work

V = TypeVar("V")

_INTERACTIONS = Keyset({"started_at": [interactions.c.started_at, interactions.c.id]}, default="-started_at")
_QUARANTINE = Keyset({"quarantined_at": [quarantine.c.quarantined_at, quarantine.c.id]}, default="-quarantined_at")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters of the list of interactions; None is no filter. Times UTC, [since, until)."""

    customer: UUID | None = None
    channel: str | None = None
    agent: str | None = None
    queue: str | None = None
    state: str | None = None
    outcome: str | None = None
    contact_type: str | None = None
    flag: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def as_dict(self) -> dict[str, object]:
        """For the cursor: one made under other filters is refused."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class WantedItems:
    """Filters of the quarantine."""

    source: str | None = None
    reason: str | None = None
    state: str | None = None

    def as_dict(self) -> dict[str, object]:
        """For the cursor."""
        return {name: getattr(self, name) for name in self.__slots__}


async def list_interactions(work: Work, wanted: Wanted, paging: Paging, view: Callable[[Mapping[str, Any]], V]) -> Page[V]:
    """A page of interactions, by the time of their start, the latest first unless asked otherwise."""
    c = interactions.c
    conditions: list[ColumnElement[bool]] = []
    equal = {
        c.customer_id: wanted.customer,
        c.channel: wanted.channel,
        c.queue: wanted.queue,
        c.state: wanted.state,
        c.outcome: wanted.outcome,
        c.contact_type: wanted.contact_type,
    }
    conditions += [column == value for column, value in equal.items() if value is not None]
    if wanted.agent is not None:
        conditions.append(c.agents.contains([wanted.agent]))
    if wanted.flag is not None:
        # Said twice so that the index of flagged contacts fits.
        conditions += [text("flags <> '{}'"), c.flags.contains([wanted.flag])]  # type: ignore[list-item]
    if wanted.since is not None:
        conditions.append(c.started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(c.started_at < wanted.until)
    filters = wanted.as_dict()
    statement = _INTERACTIONS.select(select(*_SHOWN).where(*conditions), paging, filters)
    rows = (await work.connection.execute(statement)).all()
    return _INTERACTIONS.page(rows, paging, filters, lambda row: view(row._mapping))  # noqa: SLF001 - its public name


async def show_interaction(work: Work, interaction_id: UUID) -> Mapping[str, Any]:
    """One interaction with its segments. Raises NotFound."""
    statement = select(*_SHOWN, interactions.c.segments).where(interactions.c.id == interaction_id)
    row = (await work.connection.execute(statement)).mappings().one_or_none()
    if row is None:
        raise NotFound
    return dict(row)


async def list_quarantine(
    work: Work, wanted: WantedItems, paging: Paging, view: Callable[[Mapping[str, Any]], V]
) -> Page[V]:
    """A page of quarantined items, the latest first unless asked otherwise."""
    c = quarantine.c
    equal = {c.source: wanted.source, c.reason: wanted.reason, c.state: wanted.state}
    conditions = [column == value for column, value in equal.items() if value is not None]
    filters = wanted.as_dict()
    shown = [column for column in c if column.name not in {"content", "digest"}]
    statement = _QUARANTINE.select(select(*shown).where(*conditions), paging, filters)
    rows = (await work.connection.execute(statement)).all()
    return _QUARANTINE.page(rows, paging, filters, lambda row: view(row._mapping))  # noqa: SLF001 - its public name


_HIDDEN = {"segments", "announced", "presented", "presented_count", "created_at"}
_SHOWN = [column for column in interactions.c if column.name not in _HIDDEN]
