"""Follow-up cases in the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.columns import table_of
from rapport_chassis.filters import Changing, Dated, Is, Many, OneCode, OneOf, before, given, open_in
from rapport_chassis.histories import HistoryStore
from rapport_chassis.lists import Keyset
from rapport_contracts.fields import Code, UtcTime
from sqlalchemy import Column, Index, SmallInteger, select

from rapport_satisfaction.follow_ups.domain import FOLLOW_UP_LIFE, FollowUp
from rapport_satisfaction.schema import metadata

follow_ups = table_of(
    FollowUp,
    "follow_ups",
    metadata,
    Column("invitation_id", unique=True),
    Column("keyed_by", comment="the customer whose key seals the notes; a merge reseals them"),
    Column("score", SmallInteger),
    Column("most_tries", SmallInteger),
    Column("tries", SmallInteger),
    Index("follow_ups_due", "due_at", "id"),
    Index("follow_ups_state", "state", "due_at", "id"),
    Index("follow_ups_customer", "customer_id"),
    comment="Closing the loop with unhappy customers.",
)
BY_DUE_TIME = Keyset({"due_at": follow_ups.c.due_at, "opened_at": follow_ups.c.opened_at}, follow_ups.c.id, default="due_at")


class FollowUps(HistoryStore[FollowUp]):
    """Cases by id, and by customer."""

    table = follow_ups
    kind = FollowUp
    name = "follow-up"
    check_timer = "follow-up.overdue"

    async def not_reached(self, customers: Iterable[UUID]) -> list[FollowUp]:
        """Cases of these customers in which nobody was reached, locked: two statements."""
        waiting = follow_ups.c.state.in_(["opened", "unreachable"])
        query = select(follow_ups.c.id).where(follow_ups.c.customer_id.in_(list(customers)), waiting)
        ids = list((await self.work.connection.execute(query)).scalars())
        return list((await self.get_many(ids, for_update=True)).values()) if ids else []


class FollowUpFilters(Changing, Dated):
    """Filters of the list, by when it was opened."""

    at = "opened_at"

    state: Annotated[Many[str] | None, OneOf(FOLLOW_UP_LIFE.states)] = None
    open: Annotated[bool | None, open_in(FOLLOW_UP_LIFE)] = Field(default=None, description="Not closed yet, or closed.")
    survey: Many[OneCode] | None = None
    assignee: Many[Code] | None = None
    customer: Annotated[UUID | None, Is("customer_id")] = None
    invitation: Annotated[UUID | None, Is("invitation_id")] = None
    overdue: Annotated[bool | None, given("escalated_at")] = Field(
        default=None, description="True: the due time passed before it was closed."
    )
    due_before: Annotated[UtcTime | None, before("due_at")] = Field(default=None, description="Due before this time.")
