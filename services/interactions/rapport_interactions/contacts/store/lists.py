"""Contacts as they are listed and shown, and as people act on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.filters import Dated, Is, Where, contains
from rapport_chassis.histories import HistoryStore
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.work import Work
from rapport_kernel.errors import NotFound
from sqlalchemy import Row, and_, select, text

from rapport_interactions.contacts.domain.life import Contact
from rapport_interactions.contacts.store.tables import interactions

_RECENT = Keyset({"started_at": [interactions.c.started_at, interactions.c.id]}, default="-started_at")
_HIDDEN = {"segments", "announced", "presented", "presented_count", "created_at"}
_SHOWN = [column for column in interactions.c if column.name not in _HIDDEN]
_Name = Annotated[str, Field(max_length=100)]
# The first condition is that of the index of flagged contacts.
_flagged = Where(lambda columns, flag: and_(text("flags <> '{}'"), columns.flags.contains([flag])), "flags")


class InteractionFilters(Dated):
    """Which interactions, by when they started."""

    at = "started_at"

    customer: Annotated[UUID | None, Is("customer_id")] = None
    channel: _Name | None = None
    touchpoint: _Name | None = None
    source: _Name | None = None
    agent: Annotated[_Name | None, contains("agents")] = Field(default=None, description="Any of the handlers.")
    queue: _Name | None = None
    state: _Name | None = None
    outcome: _Name | None = None
    contact_type: _Name | None = Field(default=None, alias="type")
    flag: Annotated[_Name | None, _flagged] = Field(default=None, description="e.g. `negative-ivr`.")


class Contacts(HistoryStore[Contact]):
    """Contacts and their histories. The fold and the links write the rows, with statements for sets; this store only loads
    and locks them, and logs what people did (`log`)."""

    table = interactions
    kind = Contact
    name = "interaction"

    def to_row(self, aggregate: Contact) -> dict[str, Any]:  # noqa: ARG002 - nothing of it is written here
        """Nothing: see the class."""
        return {}

    def from_row(self, row: Mapping[str, Any]) -> Contact:
        """What people act on."""
        return Contact(id=row["id"], state=row["state"], last_at=row["created_at"])


async def find_interactions(work: Work, filters: InteractionFilters, paging: Paging) -> Page[Row[Any]]:
    """A page of interactions by the time of their start, the latest first unless asked otherwise: one statement.
    Raises Invalid for a bad cursor or order."""
    statement = select(*_SHOWN).where(*filters.conditions(work, interactions))
    return await _RECENT.find(work, statement, paging, filters.asked)


async def find_interaction(work: Work, interaction_id: UUID) -> Mapping[str, Any]:
    """One interaction with its segments. Raises NotFound."""
    statement = select(*_SHOWN, interactions.c.segments).where(interactions.c.id == interaction_id)
    row = (await work.connection.execute(statement)).mappings().one_or_none()
    if row is None:
        raise NotFound
    return dict(row)
