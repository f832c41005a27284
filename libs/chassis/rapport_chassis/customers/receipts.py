"""The answers of a service: a fact on its topic for each merge, split and erasure that it has followed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rapport_contracts.event import Event
from rapport_contracts.receipts import Counted
from sqlalchemy import Row, text

from rapport_chassis.actor import Cause
from rapport_chassis.customers.declaring import Customers
from rapport_chassis.work import Recorded, Work


async def confirm_merge(work: Work, customers: Customers, merge_id: UUID, counts: Mapping[str, int]) -> None:
    """It is applied: `counts` are rows by table."""
    row = await _done(work, merge_id, "moving", "moved")
    made = customers.receipts.merged(
        merge_id=merge_id,
        customer_id=row.survivor,
        absorbed_id=row.absorbed,
        rows=counted(counts),
        applied_at=work.now,
    )
    _say(work, made, 1, row)
    await work.audit("customer.merge-applied", f"customer:{row.survivor}", detail={"merge": str(merge_id), **counts})


async def confirm_split(work: Work, customers: Customers, merge_id: UUID, counts: Mapping[str, int]) -> None:
    """It is taken back."""
    row = await _done(work, merge_id, "returning", "returned")
    made = customers.receipts.split(
        merge_id=merge_id,
        customer_id=row.survivor,
        restored_id=row.absorbed,
        rows=counted(counts),
        applied_at=work.now,
    )
    _say(work, made, 2, row)
    await work.audit("customer.split-applied", f"customer:{row.absorbed}", detail={"merge": str(merge_id), **counts})


async def say_held(work: Work, customers: Customers, erasure: Row[Any], reasons: Mapping[str, int]) -> None:
    """It waits for these. `erasure` is its row."""
    kind = customers.receipts.held
    assert kind is not None  # noqa: S101 - what declares a hold declares its receipt, proved when the service is put together
    made = kind(erasure_id=erasure.erasure_id, customer_id=erasure.customer_id, reasons=counted(reasons), held_at=work.now)
    _say(work, made, erasure.sequence + 1, erasure)
    await _audit(work, "customer.erasure-held", erasure, dict(reasons))


async def confirm_erasure(work: Work, customers: Customers, erasure: Row[Any], counts: Mapping[str, int], keys: int) -> None:
    """Nothing readable of them is left here."""
    made = customers.receipts.erased(
        erasure_id=erasure.erasure_id,
        customer_id=erasure.customer_id,
        rows=counted(counts),
        keys=keys,
        erased_at=work.now,
    )
    _say(work, made, erasure.sequence + 1, erasure)
    await _audit(work, "customer.erased", erasure, {**counts, "keys": keys})


def counted(counts: Mapping[str, int]) -> list[Counted]:
    """As a receipt has them: what is there, in order of the name."""
    return [Counted(what=name, count=count) for name, count in sorted(counts.items()) if count]


async def _audit(work: Work, action: str, erasure: Row[Any], detail: dict[str, Any]) -> None:
    """The loop does it; who asked for it, and why, is written down with it."""
    asked = {"requested_by": erasure.requested_by} if erasure.requested_by is not None else {}
    await work.audit(action, f"customer:{erasure.customer_id}", reason=erasure.reason, detail={**detail, **asked})


async def _done(work: Work, merge_id: UUID, before: str, after: str) -> Row[Any]:
    values = {"id": merge_id, "before": before, "after": after}
    return (await work.connection.execute(_DONE, values)).one()


def _say(work: Work, event: Event, sequence: int, row: Row[Any]) -> None:
    """A receipt is caused by the event that asked for it, however much later it comes."""
    cause = Cause(row.correlation_id, row.causation_id) if row.correlation_id else work.cause
    work.record_many([Recorded(event, event.key, sequence, cause)])


_DONE = text(
    """
    UPDATE customer_merges SET state = CASE WHEN state = :before THEN :after ELSE state END, done_at = now()
    WHERE merge_id = :id RETURNING survivor, absorbed, correlation_id, causation_id
    """
)
