"""Routes that say how far merges and erasures are here, and what an erasure waits for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import Select, or_, select

from rapport_chassis.bodies import Params
from rapport_chassis.customers.tables import erasures, merges
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.security.scopes import Scope
from rapport_chassis.web.call import Call
from rapport_chassis.web.router import Router
from rapport_chassis.web.values import known
from rapport_chassis.work import Work


class ErasureView(BaseModel):
    """A customer who is to be forgotten here. Holds opaque ids and counts only."""

    erasure_id: UUID
    customer_id: UUID
    subjects: list[UUID] = Field(description="This customer and any merged into them.")
    state: Annotated[str, known("pending", "held", "erasing", "done")]
    held_by: dict[str, int] = Field(description="What has to end first, counted.", examples=[{"open-complaint": 1}])
    counts: dict[str, int] = Field(description="Rows by table.")
    keys: int = Field(description="Data keys destroyed.")
    taken_at: datetime
    checked_at: datetime | None = Field(description="When it was last looked at.")
    done_at: datetime | None


class MergeView(BaseModel):
    """A merge, and how far it is followed here."""

    merge_id: UUID
    survivor: UUID
    absorbed: UUID
    state: Annotated[str, known("moving", "moved", "returning", "returned", "void")] = Field(
        description="`void`: it changed nothing."
    )
    counts: dict[str, int] = Field(description="Rows by table, of the present state.")
    taken_at: datetime
    done_at: datetime | None


class Asked(Params):
    """Which; what is absent does not restrict."""

    state: str | None = Field(default=None, max_length=20)
    customer: UUID | None = None


_ERASURES = Keyset({"taken_at": [erasures.c.taken_at, erasures.c.erasure_id]}, default="-taken_at")
_MERGES = Keyset({"taken_at": [merges.c.taken_at, merges.c.merge_id]}, default="-taken_at")


def erasure_router(service: str) -> Router:
    """Lists of erasures and of merges."""
    router = Router(tags=["operation"], audience="operators")
    read = Scope(f"{service}:read-erasures")

    @router.get("/customer-erasures", allow=read, summary="Who is to be forgotten here, and what that waits for")
    async def list_erasures(asked: Asked, paging: Paging, call: Call[Work]) -> Page[ErasureView]:
        """The newest first. What is held completes by itself once its reasons have ended."""
        return await call.read(_erasures, asked, paging)

    @router.get("/customer-merges", allow=read, summary="Merges of customers, and how far they are followed here")
    async def list_merges(asked: Asked, paging: Paging, call: Call[Work]) -> Page[MergeView]:
        """The newest first. A split is a state of its merge."""
        return await call.read(_merges, asked, paging)

    return router


async def _erasures(work: Work, asked: Asked, paging: Paging) -> Page[ErasureView]:
    query = select(*(erasures.c[name] for name in ErasureView.model_fields))
    if asked.customer is not None:
        c = erasures.c
        query = query.where(or_(c.subjects.contains([asked.customer]), c.customer_id == asked.customer))
    return await _page(work, query, erasures.c.state, asked, paging, _ERASURES, ErasureView)


async def _merges(work: Work, asked: Asked, paging: Paging) -> Page[MergeView]:
    query = select(*(merges.c[name] for name in MergeView.model_fields))
    if asked.customer is not None:
        query = query.where(or_(merges.c.survivor == asked.customer, merges.c.absorbed == asked.customer))
    return await _page(work, query, merges.c.state, asked, paging, _MERGES, MergeView)


async def _page(
    work: Work, query: Select[Any], state: Any, asked: Asked, paging: Paging, keyset: Keyset, view: type[Any]
) -> Page[Any]:
    filters = asked.model_dump(exclude_none=True)
    if asked.state is not None:
        query = query.where(state == asked.state)
    rows = (await work.connection.execute(keyset.select(query, paging, filters))).all()
    return keyset.page(rows, paging, filters, lambda row: view.model_validate(row, from_attributes=True))
