"""Contacts as they are listed and shown, and as people act on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.filters import Changing, Dated, Is, Many, OneOf, Where, contains, open_in
from rapport_chassis.histories import HistoryStore
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.work import Work
from rapport_contracts.fields import Code
from rapport_contracts.interactions.vocabulary import ContactOutcome
from rapport_contracts.vocabulary import Channel, Direction
from rapport_kernel.errors import NotFound
from sqlalchemy import Row, and_, select, text

from rapport_interactions.contacts.domain.fold import FLAGS
from rapport_interactions.contacts.domain.life import LIFE, Contact
from rapport_interactions.contacts.store.tables import interactions

RECENT = Keyset({"started_at": interactions.c.started_at}, interactions.c.id, default="-started_at")
_HIDDEN = {"segments", "announced", "presented", "presented_count", "created_at"}
_SHOWN = [column for column in interactions.c if column.name not in _HIDDEN]
# The first condition is that of the index of flagged contacts.
_flagged = Where(lambda columns, flags: and_(text("flags <> '{}'"), columns.flags.overlap(flags)), "flags")


class InteractionFilters(Changing, Dated):
    """Which interactions, by when they started."""

    at = "started_at"

    customer: Annotated[UUID | None, Is("customer_id")] = None
    source: Many[Code] | None = None
    call_id: Code | None = Field(default=None, description="What the source calls it; with `source` exactly one.")
    state: Annotated[Many[str] | None, OneOf(LIFE.states)] = None
    open: Annotated[bool | None, open_in(LIFE)] = Field(
        default=None, description="Still going on, as far as we know, or over."
    )
    channel: Many[Channel] | None = None
    direction: Many[Direction] | None = None
    touchpoint: Many[Code] | None = None
    agent: Annotated[Many[Code] | None, contains("agents")] = Field(default=None, description="Any of the handlers.")
    queue: Many[Code] | None = None
    outcome: Many[ContactOutcome] | None = None
    contact_type: Many[Code] | None = Field(default=None, alias="type")
    flag: Annotated[Many[str] | None, OneOf(FLAGS), _flagged] = None


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
    return await RECENT.find(work, statement, paging, filters.asked)


async def find_interaction(work: Work, interaction_id: UUID) -> Mapping[str, Any]:
    """One interaction with its segments. Raises NotFound."""
    statement = select(*_SHOWN, interactions.c.segments).where(interactions.c.id == interaction_id)
    row = (await work.connection.execute(statement)).mappings().one_or_none()
    if row is None:
        raise NotFound
    return dict(row)
