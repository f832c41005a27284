"""How a reader knows that they have everything: the fields of the events in which a service says what it has published.

Each service publishes its own on its own topic (the module `receipts` of its folder). A reader who has read all partitions
up to `next_offset` and dropped repeated ids holds at least `count` events of each type; fewer means that something was lost
on the way to them. A hole in `ce_sequence` means nothing (decision 0002).
"""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

from rapport_contracts.event import Payload
from rapport_contracts.fields import UtcTime

CHECKPOINT = "By the service itself: a minute after the last one when anything was published since, else after an hour."
"""When."""


class PublishedType(Payload):
    """So many events of a type were published since counting began."""

    topic: str
    type: str
    count: int


class PublishedPartition(Payload):
    """The records of a partition that were counted: from `first_offset` on and before `next_offset`."""

    topic: str
    partition: int
    first_offset: int
    next_offset: int


class Checkpoint(Payload):
    """What a service had published when it was recorded. `checkpoint_number` goes up by one each time."""

    checkpoint_id: UUID
    checkpoint_number: int
    complete_until: UtcTime
    withheld: int
    types: list[PublishedType]
    partitions: list[PublishedPartition]
    recorded_at: UtcTime


def checkpoint_id(service: str) -> UUID:
    """The key of all checkpoints of a service."""
    return uuid5(NAMESPACE_URL, f"rapport:{service}:checkpoint")
