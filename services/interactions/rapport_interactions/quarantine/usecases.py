"""What a person does with items that could not be used: read, mend and replay, or drop."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from rapport_contracts.interactions.inbound import ItemResult
from rapport_contracts.interactions.quarantine import InboundEventDropped, InboundEventReplayed
from rapport_kernel.errors import FieldError, Invalid, NotAllowed
from rapport_kernel.states import Move, StateTable

from rapport_interactions.domain.judge import Unusable, judge
from rapport_interactions.store.quarantine import Item
from rapport_interactions.store.work import InteractionsWork
from rapport_interactions.usecases.receive_events import receive_events

LIFE = StateTable(initial="waiting", moves=[Move("replay", "waiting", "replayed"), Move("drop", "waiting", "dropped")])


@dataclass(frozen=True, slots=True)
class Shown:
    """An item and what it holds; `content` is None when it is settled or may not be seen."""

    item: Item
    content: str | None


async def show_item(work: InteractionsWork, item_id: UUID, *, clear: bool) -> Shown:
    """One item. In clear only for who may see personal data, and then it is audited (S115). Raises NotFound."""
    item = await work.quarantine.get(item_id)
    if not clear or item.content is None:
        return Shown(item, None)
    raw = await work.quarantine.read(item)
    await work.audit("quarantine.read", f"quarantine:{item_id}")
    return Shown(item, None if raw is None else raw.decode("utf-8", "backslashreplace"))


async def replay_item(work: InteractionsWork, item_id: UUID, mended: bytes | None) -> Item:
    """Take the item in, as it came or as mended. Done again it changes nothing and answers as it did.

    Raises NotFound, NotAllowed when it was dropped, Invalid `still-unusable` with the reason when it is no event still.
    """
    item = await work.quarantine.lock(item_id)
    if item.state == "replayed":
        return item
    if item.state != "waiting":
        raise NotAllowed(item.state, "replay", LIFE.allowed(item.state))
    event = judge(mended if mended is not None else await work.quarantine.read(item) or b"")
    if isinstance(event, Unusable):
        raise _still_unusable(event.reason, event.where)
    (taken,) = await receive_events(work, item.source, [event])
    if taken.result is ItemResult.QUARANTINED:
        raise _still_unusable(taken.reason or "", taken.where or "")
    result = taken.result.value
    await work.quarantine.settle(item_id, "replayed", result)
    work.record(
        InboundEventReplayed(quarantine_id=item_id, source=item.source, result=result, replayed_at=work.now), sequence=2
    )
    await work.audit("quarantine.replay", f"quarantine:{item_id}", detail={"mended": mended is not None, "result": result})
    return await work.quarantine.get(item_id)


async def drop_item(work: InteractionsWork, item_id: UUID, reason: str) -> Item:
    """Nobody needs it: its content is destroyed. Done again it changes nothing.

    `reason` is a code. Raises NotFound, NotAllowed when it was replayed.
    """
    item = await work.quarantine.lock(item_id)
    if item.state == "dropped":
        return item
    if item.state != "waiting":
        raise NotAllowed(item.state, "drop", LIFE.allowed(item.state))
    await work.quarantine.settle(item_id, "dropped", reason)
    work.record(
        InboundEventDropped(quarantine_id=item_id, source=item.source, reason=reason, dropped_at=work.now), sequence=2
    )
    await work.audit("quarantine.drop", f"quarantine:{item_id}", reason=reason)
    return await work.quarantine.get(item_id)


def _still_unusable(reason: str, where: str) -> Invalid:
    return Invalid(
        "still-unusable", "This is no event that can be used.", [FieldError(where or "*", reason, "See the reason's code.")]
    )
