"""Merge, split and erasure, once for all services: a store declares its tables (`declaring`), the rest happens here.

`taking` hears of them, `moving` lets rows follow, `erasing` forgets, `receipts` confirms; `tables` holds the memory and
the trigger. docs/customers.md says what that means for whoever writes or reads rows of customers.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from rapport_chassis.alarms import Alarm
from rapport_chassis.customers.declaring import DIGEST_OF_ID, Customers, Owned, Part, Receipts, undeclared_columns
from rapport_chassis.customers.erasing import erase_portion
from rapport_chassis.customers.moving import follow_again, move_portion
from rapport_chassis.customers.resealing import reseal_parts
from rapport_chassis.customers.taking import LOOP, listening
from rapport_chassis.loops import Loop
from rapport_chassis.work import Work

__all__ = [
    "DIGEST_OF_ID",
    "ERASURES_PENDING",
    "Customers",
    "Owned",
    "Part",
    "Receipts",
    "follow_again",
    "listening",
    "looping",
    "present",
    "reseal_parts",
    "undeclared_columns",
]


def looping(customers: Customers) -> Loop:
    """The loop that does what was heard of: rows first, so that an erasure finds all of a person."""

    async def round_(work: Work) -> int:
        return await move_portion(work, customers) or await erase_portion(work, customers)

    return Loop(LOOP, round_)


async def _count_pending(work: Work) -> int:
    return int((await work.connection.execute(_PENDING)).scalar_one())


ERASURES_PENDING = Alarm(
    "erasures-pending",
    "rapport_erasures_pending",
    "Customers who are to be forgotten and are not yet, without those whom an open case holds",
    _count_pending,
    every=timedelta(seconds=30),
)


async def present(work: Work, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Who these customers are at present: themselves, or the survivor. For whoever looks something up by an id that an event
    or a caller gave. One statement."""
    rows = await work.connection.execute(_PRESENT, {"ids": sorted(set(ids))})
    return {row.id: row.root for row in rows}


_PENDING = text("SELECT count(*) FROM customer_erasures WHERE state IN ('pending', 'erasing')")
_PRESENT = text("SELECT id, customer_root(id) AS root FROM unnest(CAST(:ids AS uuid[])) AS c(id)")
