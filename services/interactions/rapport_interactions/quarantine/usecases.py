"""Put items aside; and what a person does with them: read, mend and replay, or drop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_chassis.commands import example, system_act
from rapport_chassis.security.kinds import Kind, seen
from rapport_chassis.security.masking import HIDDEN
from rapport_chassis.work import Recorded, Work
from rapport_contracts.codes import NewCode
from rapport_contracts.interactions.inbound import ItemResult
from rapport_contracts.interactions.quarantine import InboundEventQuarantined
from rapport_kernel.errors import FieldError, Invalid, TooMany
from rapport_kernel.history import Act

from rapport_interactions.contacts.store.notes import seals_of
from rapport_interactions.contacts.usecases.keep_events import keep_events
from rapport_interactions.quarantine.domain import CONFLICT, LIFE, QuarantinedEvent, Unusable, judge
from rapport_interactions.quarantine.store import NewItem, Quarantine

ERASED, EXPIRED = "customer-erased", "expired"
"""The reasons of the system for dropping an item."""
EXPIRED_AT_ONCE = 200
FULL_FOR = 600
"""Seconds after which a source may try again."""


class AsItCame(Body):
    """The item is tried again as it came."""


class Mended(Body):
    """The item as it should have been; without it, it is tried again as it came."""

    model_config = example(
        {
            "event": {
                "event_id": "e-1003",
                "call_id": "c-77",
                "type": "ended",
                "occurred_at": "2026-03-02T09:18:00+08:00",
            }
        }
    )

    event: dict[str, Any] | None = None

    def as_bytes(self) -> bytes | None:
        """The event as JSON; None without one."""
        if self.event is None:
            return None
        return self.model_dump_json(include={"event"}).encode()[len(b'{"event":') : -1]


class Dropped(Body):
    """Why nobody needs it. No free text: nobody knows whose data is in an item, so it could not be erased with them."""

    model_config = example({"reason": "test-traffic"})

    reason: Annotated[NewCode, Field(description="a code, e.g. `test-traffic`")]


@dataclass(frozen=True, slots=True)
class Shown:
    """An item and what it holds; `content` is None when it is settled, and `***` for those who may not see it."""

    item: QuarantinedEvent
    content: str | None


async def demand_room(work: Work, source: str, most: int) -> None:
    """Raises TooMany `quarantine-full` when `most` bytes of this source wait: somebody has to mend or drop them first."""
    if await work.store(Quarantine).bytes_waiting(source) >= most:
        raise TooMany("quarantine-full", retry_after=FULL_FOR)


def expiring(keep: timedelta) -> Callable[[Work], Awaitable[int]]:
    """One round of the loop that drops what has waited for longer than `keep`, published and in its history as any drop."""

    async def expire_items(work: Work) -> int:
        store = work.store(Quarantine)
        old = await store.get_many(await store.waiting_since(work.now - keep, EXPIRED_AT_ONCE), for_update=True)
        due = [item for item in old.values() if item.state == "waiting"]
        for item in due:
            item.drop(system_act(work, item, EXPIRED), EXPIRED)
        return len(due)

    return expire_items


async def put_aside(work: Work, source: str, items: Sequence[tuple[int, Unusable]]) -> list[UUID]:
    """Keep items that cannot be used, given with their positions in the batch, and publish the new ones: two statements for
    any number. Returns their ids, in order; the same item has the same id however often it comes."""
    seals = await seals_of(work)
    rows = [
        NewItem(item.reason, item.where, line, seals.digest(item.reason.encode() + b"\0" + item.raw), item.raw)
        for line, item in items
    ]
    kept = await work.store(Quarantine).put_aside(source, rows)
    new = {kept[row.digest].id: row.reason for row in rows if kept[row.digest].new}
    work.apart()
    work.record_many(
        [
            Recorded(
                InboundEventQuarantined(quarantine_id=item_id, source=source, reason=reason, quarantined_at=work.now),
                item_id,
                1,
            )
            for item_id, reason in new.items()
        ]
    )
    return [kept[row.digest].id for row in rows]


async def show_item(work: Work, item_id: UUID) -> Shown:
    """One item. Opened only for those who see something of it, and then it is audited (S115). Raises NotFound."""
    item = await work.store(Quarantine).get(item_id)
    if item.content is None:
        return Shown(item, None)
    if not seen(Kind.RAW, work.actor.level):
        return Shown(item, HIDDEN)
    raw = await work.store(Quarantine).read(item)
    await work.audit("quarantine.read", f"quarantine:{item_id}", detail={"level": work.actor.level})
    return Shown(item, None if raw is None else raw.decode("utf-8", "backslashreplace"))


async def replay_item(work: Work, item_id: UUID, command: Mended) -> QuarantinedEvent:
    """Take the item in, as it came or as mended. Repeating it changes nothing and answers as before.

    Raises NotFound, VersionConflict, NotAllowed when it was dropped, Invalid `still-unusable` with the reason.
    """
    store = work.store(Quarantine)
    item = await store.get(item_id, for_update=True)
    if item.state == "replayed":
        return item
    LIFE.target(item.state, "replay")  # a dropped one has nothing left to judge
    mended = command.as_bytes()
    event = judge(mended if mended is not None else await store.read(item) or b"")
    if isinstance(event, Unusable):
        raise _still_unusable(event.reason, event.where)
    (result,) = (await keep_events(work, item.source, [event])).results
    if result is ItemResult.QUARANTINED:
        raise _still_unusable(CONFLICT, "event_id")
    item.replay(_act(work, item), result.value, mended=mended is not None)
    return item


async def replay_as_it_came(work: Work, item_id: UUID, _command: AsItCame) -> QuarantinedEvent:
    """The same without mending, for many at once: one event cannot be what each of them should have been."""
    return await replay_item(work, item_id, Mended())


async def drop_item(work: Work, item_id: UUID, command: Dropped) -> QuarantinedEvent:
    """Nobody needs it: its content is destroyed. Repeating it changes nothing. Raises NotFound, VersionConflict, NotAllowed
    when it was replayed."""
    item = await work.store(Quarantine).get(item_id, for_update=True)
    if item.state != "dropped":
        item.drop(_act(work, item, command.reason), command.reason)
    return item


async def drop_for_erasure(work: Work, customers: list[UUID]) -> None:
    """Customers are erased: drop the items that name a contact of theirs, since they may say who the customers are. Each is
    published and audited like one that a person drops."""
    store = work.store(Quarantine)
    items = await store.get_many(await store.waiting_about(customers), for_update=True)
    for item in items.values():
        if item.state == "waiting":
            item.drop(system_act(work, item, ERASED), ERASED)


def _act(work: Work, item: QuarantinedEvent, reason: str | None = None) -> Act:
    """Somebody does it now."""
    return Act(at=max(work.now, item.last_at), recorded_at=work.now, by=str(work.actor), reason=reason)


def _still_unusable(reason: str, where: str) -> Invalid:
    return Invalid("still-unusable", fields=[FieldError(where or "*", reason)])
