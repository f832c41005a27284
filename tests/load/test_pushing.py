"""Call events pushed over HTTP: answered once they are durable (P1), and until their facts are on the topic (P2).

The product is pushed to by several call-centre systems at once, as it is when there is much to take in, each sending its
next batch when the one before was answered. The reference is one connection that copies the very rows that the product
writes into a table like the product's, indexes included, 500 in a transaction.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest_asyncio
from rapport_chassis.actor import Actor
from rapport_chassis.security.machine_keys import create_machine_key
from rapport_cli.services import build
from rapport_testing import eventually
from rapport_testing.databases import Database
from rapport_testing.topics import dump

from .calls import BATCH, EVENTS_OF_A_CALL, batches, told
from .processes import serving
from .rounds import Figure, Report, by_turns, ratio

CALLS = 2000
PUSHERS = 4
EVENTS = CALLS * EVENTS_OF_A_CALL
OPERATOR = Actor("person", "bench", frozenset({"interactions:push"}), level=4)
COLUMNS = (
    "source",
    "event_id",
    "interaction_id",
    "call_id",
    "type",
    "occurred_at",
    "received_at",
    "digest",
    "data",
    "identifiers",
)


@dataclass
class Pushing:
    """A call-centre system with its key, and the database beside it."""

    client: httpx.AsyncClient
    db: asyncpg.Connection
    environment: dict[str, str]

    async def push(self, bodies: Sequence[bytes]) -> None:
        """All batches, each pusher's one after the other."""
        waiting = iter(bodies)

        async def pusher() -> None:
            for body in waiting:
                answer = await self.client.post("/interactions/v1/interaction-events:batch", content=body)
                assert answer.status_code == 200, answer.text
                head = answer.content[:200]  # work after the call comes late, since the call was over; nothing else is odd
                assert b'"duplicate":0' in head and b'"quarantined":0' in head, head

        async with asyncio.TaskGroup() as pushing:
            for _ in range(PUSHERS):
                pushing.create_task(pusher())

    async def copy(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """The reference: the rows that the service would write, ready made, 500 in a transaction."""
        for at in range(0, len(rows), BATCH):
            async with self.db.transaction():
                await self.db.copy_records_to_table("raw_events", records=rows[at : at + BATCH], columns=COLUMNS)

    async def rows(self, name: str) -> list[tuple[Any, ...]]:
        """What the service has written for the calls of that name."""
        found = await self.db.fetch(f"SELECT {', '.join(COLUMNS)} FROM call_events WHERE call_id LIKE $1", f"{name}-%")
        return [tuple(row) for row in found]

    async def idle(self) -> bool:
        """Nothing waits to be folded, and all facts have been acknowledged by the broker."""
        return not await self.db.fetchval("SELECT EXISTS (SELECT FROM fold_queue) OR EXISTS (SELECT FROM outbox)")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pushing(database: Database, kafka: str, keys: Path, tmp_path_factory: Any) -> AsyncIterator[Pushing]:
    log = tmp_path_factory.mktemp("logs") / "api.log"
    service = build("interactions", database_url=database.url, kafka=kafka, keys=keys)
    async with service.works(OPERATOR) as work:
        _, key = await create_machine_key(work, name="switch", source="switch", scopes=["interactions:push"])
    await service.database.close()
    environment = {
        "RAPPORT_DATABASE_URL": database.url,
        "RAPPORT_KAFKA": kafka,
        "RAPPORT_KEYS": str(keys),
        "RAPPORT_LOG_LEVEL": "warning",
    }
    db = await database.connect()
    await db.execute("CREATE TABLE raw_events (LIKE call_events INCLUDING DEFAULTS INCLUDING INDEXES)")
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    async with AsyncExitStack() as opened:
        url = await opened.enter_async_context(serving("interactions", "api", environment=environment, log=log))
        client = await opened.enter_async_context(httpx.AsyncClient(base_url=url, headers=headers, timeout=60))
        yield Pushing(client, db, environment)
    await db.close()


async def prepared(pushing: Pushing, name: str) -> list[tuple[Any, ...]]:
    """Rows for the reference: those that the product writes."""
    await pushing.db.execute("TRUNCATE call_events, fold_queue, raw_events")
    await pushing.push(batches(told(CALLS, name)))
    rows = await pushing.rows(name)
    await pushing.db.execute("TRUNCATE call_events, fold_queue")
    return rows


async def test_answered_once_durable(pushing: Pushing, report: Report) -> None:
    template = await prepared(pushing, "template")

    async def ours(turn: int) -> float:
        bodies = batches(told(CALLS, f"p1-{turn}"))
        began = time.perf_counter()
        await pushing.push(bodies)
        return EVENTS / (time.perf_counter() - began)

    async def reference(turn: int) -> float:
        rows = [(f"raw-{turn}", *row[1:]) for row in template]
        began = time.perf_counter()
        await pushing.copy(rows)
        return EVENTS / (time.perf_counter() - began)

    mine, raw = await by_turns(ours, reference)
    report.add(
        Figure(
            "P1",
            "pushed, durable and deduplicated, as a part of COPY",
            ratio(mine, raw),
            0.35,
            True,
            ours=mine,
            reference=raw,
            of="events/s",
        )
    )


async def test_folded_and_published(pushing: Pushing, report: Report, tmp_path: Path, kafka: str) -> None:
    template = await prepared(pushing, "template")

    async def ours(turn: int) -> float:
        bodies = batches(told(CALLS, f"p2-{turn}"))
        began = time.perf_counter()
        await pushing.push(bodies)
        await eventually(pushing.idle, within=60, every=0.02)
        return EVENTS / (time.perf_counter() - began)

    async def reference(turn: int) -> float:
        rows = [(f"raw-{turn}", *row[1:]) for row in template]
        began = time.perf_counter()
        await pushing.copy(rows)
        return EVENTS / (time.perf_counter() - began)

    async with AsyncExitStack() as opened:
        for role in ("worker", "relay"):
            process = serving("interactions", role, environment=pushing.environment, log=tmp_path / f"{role}.log")
            await opened.enter_async_context(process)
        mine, raw = await by_turns(ours, reference)
    report.add(
        Figure(
            "P2",
            "pushed, folded, published in order, as a part of COPY",
            ratio(mine, raw),
            0.2,
            True,
            ours=mine,
            reference=raw,
            of="events/s",
        )
    )
    await check_the_topic(kafka, calls=CALLS * (len(mine) + 1))


async def check_the_topic(kafka: str, *, calls: int) -> None:
    """It was worth measuring only if all of it is there, each call's facts in their order."""
    places: dict[bytes, list[int]] = {}
    completed = 0
    for record in await dump(kafka, "rapport.interactions"):
        headers = dict(record.headers)
        places.setdefault(record.key, []).append(int(headers["ce_sequence"]))
        completed += headers["ce_type"] == b"interaction.completed.v1"
    assert completed == calls
    assert all(order == list(range(1, len(order) + 1)) for order in places.values())
