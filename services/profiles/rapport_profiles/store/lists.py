"""Lists: one statement each, in order of a key, page after page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from rapport_chassis.lists import Keyset, Paging
from rapport_kernel.errors import NotFound
from sqlalchemy import func, select, union_all

from rapport_profiles.store.tables import conflicts, customers, timeline_entries, timeline_links
from rapport_profiles.store.work import ProfilesWork

CUSTOMERS = Keyset({"registered_at": [customers.c.registered_at, customers.c.id]}, default="-registered_at")
CONFLICTS = Keyset({"detected_at": [conflicts.c.detected_at, conflicts.c.id]}, default="-detected_at")
TIMELINE = Keyset({"occurred_at": [timeline_entries.c.occurred_at, timeline_entries.c.event_id]}, default="-occurred_at")


async def list_customers(work: ProfilesWork, paging: Paging, filters: dict[str, Any]) -> Sequence[Any]:
    """Customers by `stage` and `kind` (None: any). Rows without anything personal."""
    query = select(
        customers.c.id,
        customers.c.version,
        customers.c.kind,
        customers.c.stage,
        customers.c.source,
        customers.c.registered_at,
    )
    for name in ("stage", "kind"):
        if filters[name] is not None:
            query = query.where(customers.c[name] == filters[name])
    rows: Sequence[Any] = (await work.connection.execute(CUSTOMERS.select(query, paging, filters))).all()
    return rows


async def list_conflicts(work: ProfilesWork, paging: Paging, filters: dict[str, Any]) -> Sequence[Any]:
    """Identity conflicts by `state` (None: any)."""
    query = select(
        conflicts.c.id,
        conflicts.c.version,
        conflicts.c.state,
        conflicts.c.candidates,
        conflicts.c.rules,
        conflicts.c.detected_at,
        conflicts.c.resolved_at,
        conflicts.c.customer_id,
    )
    if filters["state"] is not None:
        query = query.where(conflicts.c.state == filters["state"])
    rows: Sequence[Any] = (await work.connection.execute(CONFLICTS.select(query, paging, filters))).all()
    return rows


async def list_timeline(work: ProfilesWork, customer_id: UUID, paging: Paging, filters: dict[str, Any]) -> Sequence[Any]:
    """The lines of one customer by `kind` (None: all): his own and of whom he absorbed, and those of subjects that links say
    are his.

    Raises NotFound for a customer who does not exist.
    """
    his = union_all(
        select(timeline_links.c.subject_id).where(timeline_links.c.customer_id == customer_id),
        select(func.customer_family(customer_id).column_valued("absorbed")),
    )
    query = select(
        timeline_entries.c.event_id,
        timeline_entries.c.type,
        timeline_entries.c.kind,
        timeline_entries.c.subject_id,
        timeline_entries.c.occurred_at,
        timeline_entries.c.summary,
    ).where(timeline_entries.c.anchor.in_(his))
    if filters["kind"] is not None:
        query = query.where(timeline_entries.c.kind.in_(filters["kind"]))
    rows: Sequence[Any] = (await work.connection.execute(TIMELINE.select(query, paging, filters))).all()
    if not rows and customer_id not in await work.customers.get_many([customer_id]):
        raise NotFound
    return rows
