"""Routes that say how far merges and erasures are here, and what an erasure waits for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field
from rapport_contracts.vocabulary import named
from sqlalchemy import ColumnElement, Table, or_

from rapport_chassis.customers.tables import erasures, merges
from rapport_chassis.filters import Dated, Many, Where, find, unset
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.security.scopes import Scope
from rapport_chassis.web.call import Call
from rapport_chassis.web.router import Router
from rapport_chassis.web.values import known
from rapport_chassis.work import Work

V = TypeVar("V", bound=BaseModel)
ErasureState = Literal["pending", "held", "erasing", "done"]
MergeState = Literal["moving", "moved", "returning", "returned", "void"]


class ErasureView(BaseModel):
    """A customer who is to be forgotten here. Holds opaque ids and counts only."""

    erasure_id: UUID
    customer_id: UUID
    subjects: list[UUID] = Field(description="This customer and any merged into them.")
    state: Annotated[str, known(ErasureState, name="erasure-state")]
    held_by: dict[str, int] = Field(description="What has to end first, counted.", examples=[{"open-complaint": 1}])
    counts: dict[str, int] = Field(description="Rows by table.")
    keys: int = Field(description="Data keys destroyed.")
    taken_at: datetime
    checked_at: datetime | None = Field(description="When it was last looked at.")
    done_at: datetime | None
    requested_by: str | None = Field(default=None, description="Who asked for it, by an opaque id.")
    reason: str | None = Field(default=None, description="Why, as a code.")


class MergeView(BaseModel):
    """A merge, and how far it is followed here."""

    merge_id: UUID
    survivor: UUID
    absorbed: UUID
    state: Annotated[str, known(MergeState, name="merge-state")] = Field(description="`void`: it changed nothing.")
    counts: dict[str, int] = Field(description="Rows by table, of the present state.")
    taken_at: datetime
    done_at: datetime | None


def _about(columns: Any, customer: UUID) -> ColumnElement[bool]:
    if "subjects" in columns:
        return or_(columns.subjects.contains([customer]), columns.customer_id == customer)
    return or_(columns.survivor == customer, columns.absorbed == customer)


class Asked(Dated):
    """Which, by when it came here; what is absent does not restrict."""

    at = "taken_at"

    customer: Annotated[UUID | None, Where(_about)] = Field(
        default=None, description="Whom it is about, also under the id they had before."
    )


class AskedErasures(Asked):
    """Which erasures."""

    state: Many[Annotated[ErasureState, named("erasure-state")]] | None = None
    open: Annotated[bool | None, unset("done_at")] = Field(default=None, description="Not done yet, or done.")


class AskedMerges(Asked):
    """Which merges."""

    state: Many[Annotated[MergeState, named("merge-state")]] | None = None
    open: Annotated[bool | None, unset("done_at")] = Field(default=None, description="Not followed to the end, or done.")


_ERASURES = Keyset({"taken_at": erasures.c.taken_at}, erasures.c.erasure_id, default="-taken_at")
_MERGES = Keyset({"taken_at": merges.c.taken_at}, merges.c.merge_id, default="-taken_at")


def erasure_router(service: str) -> Router:
    """Lists of erasures and of merges."""
    router = Router(tags=["operation"], audience="operators")
    read = Scope(f"{service}:read-erasures")

    @router.get("/customer-erasures", allow=read, summary="Who is to be forgotten here, and what that waits for")
    async def list_erasures(
        asked: AskedErasures, paging: Annotated[Paging, _ERASURES], call: Call[Work]
    ) -> Page[ErasureView]:
        """The newest first. What is held completes by itself once its reasons have ended."""
        return await call.read(_page, erasures, asked, paging, _ERASURES, ErasureView)

    @router.get("/customer-merges", allow=read, summary="Merges of customers, and how far they are followed here")
    async def list_merges(asked: AskedMerges, paging: Annotated[Paging, _MERGES], call: Call[Work]) -> Page[MergeView]:
        """The newest first. A split is a state of its merge."""
        return await call.read(_page, merges, asked, paging, _MERGES, MergeView)

    return router


async def _page(work: Work, table: Table, asked: Asked, paging: Paging, order: Keyset, view: type[V]) -> Page[V]:
    page = await find(work, table, order, asked, paging)
    return page.map(lambda row: view.model_validate(row, from_attributes=True))
