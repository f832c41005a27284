"""Anchors of the audit trail: its head, published time after time on a topic to which the service can only add."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from rapport_contracts.anchors import AuditAnchor, anchor_id
from rapport_contracts.event import Event, registry
from sqlalchemy import text

from rapport_chassis.auditing import Anchor
from rapport_chassis.bus import Bus
from rapport_chassis.loops import Loop
from rapport_chassis.replay import replay
from rapport_chassis.work import Work

EVERY = timedelta(minutes=10)
"""Between two anchors of a trail that goes on: what is added and removed between two of them leaves no trace outside."""
LOOK = timedelta(seconds=10)
READ_WITHIN = 30.0


def kind_of(service: str) -> type[Event] | None:
    """The fact of this service; None when it declares none, and so has no anchors."""
    return registry().get(f"{service}-audit.anchored.v1")


def anchoring(service: str, *, every: timedelta = EVERY) -> Loop | None:
    """The loop that publishes them. It remembers what it published last in memory only: an anchor too many does no harm."""
    kind = kind_of(service)
    if kind is None:
        return None
    seen, due = 0, 0.0

    def published(rows: int) -> None:
        nonlocal seen, due
        seen, due = rows, time.monotonic() + every.total_seconds()

    async def anchor(work: Work) -> int:
        if time.monotonic() < due:
            return 0
        head = (await work.connection.execute(_HEAD)).one()
        if head.seq > seen:
            facts = AuditAnchor(
                anchor_id=anchor_id(service), audit_rows=head.seq, audit_hash=head.hash.hex(), anchored_at=work.now
            )
            work.record(kind.model_validate(facts.model_dump()), sequence=head.seq)
            work.after.append(lambda: published(head.seq))
        return 0

    return Loop("audit-anchor", anchor, every=LOOK)


async def read(bus: Bus, service: str) -> list[Anchor]:
    """All anchors that are on the topic now. Raises IncompleteLog when the topic is not there or was cut at its beginning,
    KafkaError, TimeoutError when the broker takes longer than half a minute."""
    kind = kind_of(service)
    if kind is None:
        return []
    found = []
    async with asyncio.timeout(READ_WITHIN):
        async for messages in replay(bus, [kind], keys=None):
            for message in messages:
                fact = AuditAnchor.model_validate(message.event.model_dump())
                found.append(Anchor(fact.audit_rows, bytes.fromhex(fact.audit_hash), fact.anchored_at))
    return found


_HEAD = text("SELECT seq, hash FROM audit_head WHERE one = 1")
