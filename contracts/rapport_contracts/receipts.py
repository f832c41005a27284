"""What a service answers to a merge, a split or an erasure, once it has followed: the fields of its events.

Each service that holds customers publishes its own events with them on its own topic (the module `receipts` of its folder).
Counts are rows by table; a receipt names no person but by opaque id.
"""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.event import Payload
from rapport_contracts.fields import Code, CustomerId, UtcTime

AFTER_MERGE = "The service has moved every row of the absorbed customer, after `customer.merged`."
AFTER_SPLIT = "The service has given the rows of the restored customer back, after `customer.split`."
AFTER_ERASURE = (
    "The service has destroyed what it could read of the customer, after `customer-erasure.requested`; again when something"
    " of theirs arrived later."
)
"""When a receipt is published: the same for all services."""


class Counted(Payload):
    """So many of what."""

    what: Code
    count: int


class MergeReceipt(Payload):
    """`rows` went from the absorbed customer to the survivor; none when the merge changes nothing."""

    merge_id: UUID
    customer_id: CustomerId
    absorbed_id: CustomerId
    rows: list[Counted]
    applied_at: UtcTime


class SplitReceipt(Payload):
    """`rows` went from the survivor back to the restored customer."""

    merge_id: UUID
    customer_id: CustomerId
    restored_id: CustomerId
    rows: list[Counted]
    applied_at: UtcTime


class HoldReceipt(Payload):
    """What has to end before the customer can be forgotten here, such as `open-complaint`, and how many of it there are."""

    erasure_id: UUID
    customer_id: CustomerId
    reasons: list[Counted]
    held_at: UtcTime


class ErasureReceipt(Payload):
    """`rows` of the customer hold nothing readable any more; `keys` were destroyed."""

    erasure_id: UUID
    customer_id: CustomerId
    rows: list[Counted]
    keys: int
    erased_at: UtcTime
