"""Releasing and dropping parked messages: in order per key, each once, audited. For `rapport parked` and operators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aiokafka import ConsumerRecord
from rapport_contracts.envelope import SEQUENCE_DIGITS, Envelope
from rapport_kernel.errors import Conflict, NotFound
from sqlalchemy import ColumnElement, case, func, select, text, update

from rapport_chassis import outbox, parked, parked_content
from rapport_chassis.actor import Actor
from rapport_chassis.applying import Applier, decode
from rapport_chassis.listens import Subscription
from rapport_chassis.parked import Group, Lane, ParkedMessage, Selection
from rapport_chassis.provenance import FOREIGN
from rapport_chassis.tables import parked as table
from rapport_chassis.work import Work, WorkFactory

W = TypeVar("W", bound=Work)
AT_ONCE = 200
"""Messages released in one transaction."""


@dataclass(slots=True)
class Released:
    """What a release did. `failed` are the messages that failed again: each stays at the head of its key."""

    released: int = 0
    failed: list[int] | None = None

    def add(self, released: int, failed: int | None) -> None:
        """One more round."""
        self.released += released
        self.failed = self.failed or []
        if failed is not None:
            self.failed.append(failed)


class Park(Generic[W]):
    """The parked messages of one service, with what is needed to apply them again."""

    def __init__(self, works: WorkFactory[W], subscriptions: Sequence[Subscription]) -> None:
        """`subscriptions` are those of the service (`Listens.subscriptions`)."""
        self._works = works
        self._appliers = {each.name: Applier(works, each) for each in subscriptions}

    async def messages(self, which: Selection, actor: Actor, *, after: int = 0, limit: int = 100) -> list[ParkedMessage]:
        """In the order of parking, beginning behind the id `after`."""
        async with self._works(actor) as work:
            return await parked.messages(work.connection, which, after=after, limit=limit)

    async def show(self, message_id: int, actor: Actor) -> ParkedMessage:
        """One message with its raw bytes, which may hold personal data: written into the audit trail. Raises NotFound."""
        async with self._works(actor) as work:
            box = await parked_content.box_of(work.vault)
            found = await parked.messages(work.connection, Selection(id=message_id, state=None), box=box)
            if not found:
                raise NotFound
            await work.audit("parked.shown", f"parked:{message_id}")
            return found[0]

    async def groups(self, which: Selection, actor: Actor) -> list[Group]:
        """The messages counted by consumer, type and reason."""
        async with self._works(actor) as work:
            return await parked.groups(work.connection, which)

    async def release(self, which: Selection, actor: Actor) -> Released:
        """Apply again: one message (`id`; it must be the first of its key), or all of every key that the selection touches.

        A key stops at the first message that fails again. Doing it twice applies nothing twice. Raises NotFound, Conflict,
        and what passes by itself (nothing of the key in hand has happened then).
        """
        done = Released(0, [])
        if which.id is not None:
            first = await self._first(which, actor)
            if first.lane is not None and first.id != which.id:
                raise Conflict("earlier-parked")
            done.add(*await self._release(first.consumer, first.lane, which.id, actor, limit=1))
            return done
        for consumer, lane, message_id in await self._lanes(which, actor):
            while True:
                released, failed = await self._release(consumer, lane, message_id, actor, limit=AT_ONCE)
                done.add(released, failed)
                if failed is not None or released < AT_ONCE:
                    break
        return done

    async def drop(self, which: Selection, actor: Actor, *, reason: str) -> int:
        """Give messages up for good: they will not be applied. Followers that the selection does not hold stay parked.

        Their bytes are removed. How many were dropped; none the second time.
        """
        async with self._works(actor) as work:
            chosen = which.of(select(table.c.id)).where(table.c.state == "parked")
            gone = update(table).where(table.c.id.in_(chosen)).values(**_SETTLED, state="dropped", settled_by=str(actor))
            ids = sorted((await work.connection.execute(gone.returning(table.c.id))).scalars())
            for message_id in ids:
                await work.audit("parked.dropped", f"parked:{message_id}", reason=reason)
            if ids:
                work.wake(outbox.RELAY)
            return len(ids)

    async def _first(self, which: Selection, actor: Actor) -> ParkedMessage:
        """The first parked message of the lane in which the selected one lies."""
        async with self._works(actor) as work:
            found = await parked.messages(work.connection, which)
            if not found:
                raise NotFound
            if found[0].lane is None:
                return found[0]
            rows = select(table).where(*_in_lane(found[0].consumer, found[0].lane)).order_by(table.c.id).limit(1)
            return parked.message((await work.connection.execute(rows)).mappings().one())

    async def _lanes(self, which: Selection, actor: Actor) -> list[tuple[str, Lane | None, int]]:
        """Every lane that the selection touches, and every message without a key, in order of parking."""
        async with self._works(actor) as work:
            first = func.min(table.c.id)
            # Null for those that keep the order of a key, which fall together.
            one_by_one = case((table.c.key.is_(None) | table.c.reason.in_(FOREIGN), table.c.id))
            grouped = select(table.c.consumer, table.c.topic, table.c.key, first, one_by_one)
            grouped = grouped.group_by(table.c.consumer, table.c.topic, table.c.key, one_by_one)
            rows = await work.connection.execute(which.of(grouped).order_by(first))
            return [
                (consumer, (topic, key) if alone is None and key else None, first_id)
                for consumer, topic, key, first_id, alone in rows
            ]

    async def _release(
        self, consumer: str, lane: Lane | None, message_id: int, actor: Actor, *, limit: int
    ) -> tuple[int, int | None]:
        """Apply the first messages of a lane (or the one without a key) in one transaction: how many, and which failed."""
        async with self._works(actor) as work:
            if lane is not None:
                await work.connection.execute(_LOCK, {"lane": parked.lock(consumer, lane)})
            mine = _in_lane(consumer, lane) if lane is not None else (table.c.id == message_id, table.c.state == "parked")
            rows = select(table).where(*mine).order_by(table.c.id).limit(limit).with_for_update()
            box = await parked_content.box_of(work.vault)
            released: list[int] = []
            failed: int | None = None
            for row in (await work.connection.execute(rows)).mappings().all():
                message = parked.message(row, box)
                refused = await self._again(work, message)
                if refused is not None:
                    failed = message.id
                    await self._failed_again(work, message, refused)
                    break
                released.append(message.id)
            if released:
                gone = update(table).where(table.c.id.in_(released))
                await work.connection.execute(gone.values(**_SETTLED, state="released", settled_by=str(actor)))
            for each in released:
                await work.audit("parked.released", f"parked:{each}", detail={"consumer": consumer})
            return len(released), failed

    async def _again(self, work: W, message: ParkedMessage) -> tuple[str, str] | None:
        """Apply one message: None when it went well, else reason and detail."""
        if message.consumer == outbox.RELAY:
            await _back_to_outbox(work, message)
            return None
        applier = self._appliers.get(message.consumer)
        if applier is None:
            return "no-consumer", "the service no longer has this consumer"
        item = applier.read(_record(message))
        if item is None:
            return "not-listened", "the consumer no longer listens to this type"
        if item.reason is None:
            decode(item)
        if item.invalid is not None:
            item.refuse("invalid", item.invalid)
        if item.reason is not None:
            return item.reason, item.detail
        return await applier.try_one(work, item)

    async def _failed_again(self, work: W, message: ParkedMessage, refused: tuple[str, str]) -> None:
        reason, detail = refused
        again = update(table).where(table.c.id == message.id)
        await work.connection.execute(again.values(reason=reason, detail=detail, attempts=table.c.attempts + 1))
        await work.audit("parked.failed-again", f"parked:{message.id}", reason=reason)


def _in_lane(consumer: str, lane: Lane) -> tuple[ColumnElement[bool], ...]:
    return (
        *(table.c.consumer == consumer, table.c.topic == lane[0], table.c.key == lane[1]),
        *(table.c.state == "parked", table.c.reason.not_in(FOREIGN)),
    )


def _record(message: ParkedMessage) -> ConsumerRecord:
    """The record as it was read."""
    return ConsumerRecord(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp=0,
        timestamp_type=0,
        key=message.key,
        value=message.value,
        checksum=None,
        serialized_key_size=len(message.key or b""),
        serialized_value_size=len(message.value or b""),
        headers=message.headers,
    )


async def _back_to_outbox(work: Work, message: ParkedMessage) -> None:
    """A fact that could not be sent goes back to its old position, before the rows of its key that waited for it."""
    envelope = Envelope.from_headers(message.headers)
    await work.connection.execute(
        _BACK,
        {
            "position": message.offset,
            "id": envelope.id,
            "topic": message.topic,
            "key": envelope.subject,
            "type": envelope.type,
            "source": envelope.source,
            "time": envelope.time,
            "sequence": f"{envelope.sequence:0{SEQUENCE_DIGITS}d}",
            "actor": envelope.actor,
            "correlation": envelope.correlation_id,
            "causation": envelope.causation_id,
            "trace": envelope.traceparent,
            "payload": message.value,
            "signature": envelope.signature,
        },
    )
    work.wake(outbox.RELAY)


_SETTLED: dict[str, Any] = {"settled_at": func.now(), "value": None, "headers": [], "mentions": []}
_LOCK = text("SELECT pg_advisory_xact_lock(:lane)")
_BACK = text(
    """
    INSERT INTO outbox (position, id, aggregatetype, aggregateid, type, source, time, sequence, actor, correlationid,
                        causationid, traceparent, payload, signature)
    VALUES (:position, :id, :topic, :key, :type, :source, :time, :sequence, :actor, :correlation,
            :causation, :trace, :payload, :signature)
    """
)
