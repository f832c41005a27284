"""Hearing of a merge, a split or an erasure: it is written down; the rounds of the loop do the rest in portions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from rapport_contracts.profiles.customers import CustomerErasureRequested, CustomerMerged, CustomerSplit
from rapport_kernel.errors import Conflict, NotFound
from sqlalchemy import select, text

from rapport_chassis.actor import Cause
from rapport_chassis.customers.declaring import Customers
from rapport_chassis.customers.receipts import confirm_merge, confirm_split
from rapport_chassis.customers.tables import BARRIER
from rapport_chassis.listens import Batch, Message
from rapport_chassis.work import Work

LOOP = "customers"
"""Name of the consumer group's end, and of the loop."""


class AbsorbedAlready(Conflict):
    """The customer was merged into another one before, and that merge stands."""

    code = "customer-absorbed-already"


def listening(customers: Customers) -> Batch:
    """The consumer group `rapport.<service>.customers`."""
    return Batch(LOOP, [CustomerMerged, CustomerSplit, CustomerErasureRequested], taker(customers))


def taker(customers: Customers) -> Callable[[Work, list[Message[Any]]], Awaitable[None]]:
    """The handler. A few statements for each message, none for each row. Duplicates and any order end in the same."""

    async def take(work: Work, messages: list[Message[Any]]) -> None:
        if any(not isinstance(message.event, CustomerErasureRequested) for message in messages):
            await work.connection.execute(_BARRIER)
        for message in messages:
            cause = Cause.of(message.envelope)
            match message.event:
                case CustomerMerged() as merged:
                    await _merge(work, customers, merged, cause)
                case CustomerSplit() as split:
                    await _split(work, customers, split, cause)
                case CustomerErasureRequested() as asked:
                    why = {"by": asked.requested_by, "reason": asked.reason}
                    values = {"id": asked.erasure_id, "customer": asked.customer_id, **_said(cause), **why}
                    await work.connection.execute(_ERASE, values)
        work.wake(LOOP)

    return take


async def _merge(work: Work, customers: Customers, event: CustomerMerged, cause: Cause) -> None:
    """Raises AbsorbedAlready for one who follows somebody else, NotFound for a survivor who is not there."""
    if customers.people is not None:
        there = select(customers.people.c.id).where(customers.people.c.id == event.customer_id)
        if (await work.connection.execute(there)).first() is None:
            raise NotFound
    values = {"id": event.merge_id, "survivor": event.customer_id, "absorbed": event.absorbed_id, **_said(cause)}
    row = (await work.connection.execute(_MERGE, values)).one()
    if row.elsewhere:
        raise AbsorbedAlready
    if row.fresh and row.state == "void":
        await confirm_merge(work, customers, event.merge_id, {})


async def _split(work: Work, customers: Customers, event: CustomerSplit, cause: Cause) -> None:
    values: dict[str, Any] = {
        "id": event.merge_id,
        "survivor": event.customer_id,
        "absorbed": event.restored_id,
        "returned": event.returned,
        "kept": event.kept,
        **_said(cause),
    }
    state = (await work.connection.execute(_SPLIT, values)).scalar_one_or_none()
    if state == "returned":  # there was nothing to take back
        await confirm_split(work, customers, event.merge_id, {})


def _said(cause: Cause) -> dict[str, UUID | None]:
    return {"correlation": cause.correlation_id, "causation": cause.causation_id}


_BARRIER = text(f"SELECT pg_advisory_xact_lock({BARRIER})")
_MERGE = text(
    """
    WITH known AS (
        SELECT customer_root(CAST(:survivor AS uuid)) AS onward, customer_root(CAST(:absorbed AS uuid)) AS present,
            EXISTS (SELECT FROM customer_merges WHERE merge_id = :id) AS heard
    ), verdict AS (
        -- Into themselves, by whatever way, or said again under another id: it changes nothing.
        SELECT CASE WHEN onward = present THEN 'void' ELSE 'moving' END AS state,
            NOT heard AND onward <> present AND present <> :absorbed AS elsewhere
        FROM known
    ), taken AS (
        INSERT INTO customer_merges (merge_id, survivor, absorbed, state, correlation_id, causation_id, done_at)
        SELECT CAST(:id AS uuid), CAST(:survivor AS uuid), CAST(:absorbed AS uuid), state,
            CAST(:correlation AS uuid), CAST(:causation AS uuid),
            CASE WHEN state = 'void' THEN now() END
        FROM verdict WHERE NOT elsewhere
        ON CONFLICT (merge_id) DO NOTHING RETURNING 1
    )
    SELECT state, elsewhere, EXISTS (SELECT FROM taken) AS fresh FROM verdict
    """
)
_SPLIT = text(
    """
    INSERT INTO customer_merges AS m
        (merge_id, survivor, absorbed, state, returned, kept, correlation_id, causation_id, done_at)
    VALUES (:id, :survivor, :absorbed, 'returned', CAST(:returned AS uuid[]), CAST(:kept AS uuid[]), :correlation,
        :causation, now())
    ON CONFLICT (merge_id) DO UPDATE SET
        state = CASE WHEN m.state = 'void' THEN 'returned' ELSE 'returning' END, counts = '{}',
        returned = excluded.returned, kept = excluded.kept, correlation_id = excluded.correlation_id,
        causation_id = excluded.causation_id, taken_at = now(), done_at = NULL
    WHERE m.state = ANY ('{moving,moved,void}'::text[])
    RETURNING state
    """
)
_ERASE = text(
    """
    INSERT INTO customer_erasures (erasure_id, customer_id, correlation_id, causation_id, requested_by, reason)
    VALUES (:id, :customer, :correlation, :causation, :by, :reason) ON CONFLICT (erasure_id) DO NOTHING
    """
)
