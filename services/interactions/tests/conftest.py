"""Real PostgreSQL, migrated; keys of this run; a road from a batch to the facts in the outbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import asyncpg
import httpx
import orjson
import pytest
import pytest_asyncio
from rapport_chassis.actor import Actor, Cause
from rapport_chassis.database import Database as Pool
from rapport_chassis.keys import Keys
from rapport_chassis.security.machine_keys import create_machine_key
from rapport_chassis.service import Service
from rapport_chassis.work import Work, WorkFactory
from rapport_contracts.event import Event, registry
from rapport_contracts.interactions.inbound import CallEvent
from rapport_interactions.contacts.usecases.fold_calls import fold_calls
from rapport_interactions.pushing.usecases import Taken, receive_events
from rapport_interactions.quarantine.domain import Judged
from rapport_testing.databases import Database, empty
from rapport_testing.web import TokenMaker, client_of

MACHINE = Actor("machine", "key-1", frozenset({"interactions:push"}), source="pbx")
SCOPES = ("interactions:push", "interactions:read", "interactions:write", "interactions:quarantine")
PERSON = Actor(
    "person",
    "u-1",
    frozenset(SCOPES),
    level=4,
)


@pytest_asyncio.fixture(scope="module")
async def pool(database: Database) -> AsyncIterator[Pool]:
    made = Pool(database.url, name="interactions-test")
    yield made
    await made.close()


@pytest.fixture(scope="module")
def works(pool: Pool, keys: Keys) -> WorkFactory[Work]:
    return WorkFactory(pool, Work, source="interactions", keys=keys)


@pytest_asyncio.fixture
async def db(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A plain connection beside the service's own."""
    connection = await database.connect()
    yield connection
    await connection.close()


class Road:
    """From pushed events to published facts, without HTTP and Kafka."""

    def __init__(self, works: WorkFactory[Work], db: asyncpg.Connection) -> None:
        self.works = works
        self.db = db

    async def receive(self, items: Sequence[Judged], source: str = "pbx") -> list[Taken]:
        async with self.works(MACHINE, Cause()) as work:
            return await receive_events(work, source, items)

    async def fold(self) -> int:
        """Until nothing waits; how much was folded."""
        total = 0
        while True:
            async with self.works(Actor.system("loop:fold-calls")) as work:
                did = await fold_calls(work)
            if not did:
                return total
            total += did

    async def push(self, events: Sequence[CallEvent], source: str = "pbx") -> list[str]:
        taken = await self.receive(events, source)
        await self.fold()
        return [one.result.value for one in taken]

    async def facts(self) -> list[tuple[int, Event]]:
        """What is in the outbox, in order: sequence and event. Emptied afterwards."""
        rows = await self.db.fetch("DELETE FROM outbox RETURNING position, type, sequence, payload")
        types = registry()
        return [
            (int(row["sequence"]), types[row["type"]].read(row["payload"]))
            for row in sorted(rows, key=lambda row: int(row["position"]))
        ]

    async def names(self) -> list[str]:
        """The types of these facts, short."""
        return [event.event_type.removesuffix(".v1") for _, event in await self.facts()]

    async def row(self, call_id: str) -> dict[str, object]:
        """The interaction of a call as it is stored."""
        found = await self.db.fetchrow("SELECT * FROM interactions WHERE call_id = $1", call_id)
        assert found is not None
        return {**dict(found), "segments": orjson.loads(found["segments"])}


@pytest_asyncio.fixture
async def road(works: WorkFactory[Work], db: asyncpg.Connection) -> Road:
    """On an empty database."""
    await empty(db, "call_events", "fold_queue", "interactions", "quarantine", "notes", "outbox", "timers")
    return Road(works, db)


@pytest_asyncio.fixture
async def person(served: Service[Work], tokens: TokenMaker, road: Road) -> AsyncIterator[httpx.AsyncClient]:
    """All scopes, level 4."""
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES)) as client:
        yield client


@pytest_asyncio.fixture
async def machine(served: Service[Work], road: Road) -> AsyncIterator[httpx.AsyncClient]:
    """A call-centre system with the key of source `pbx`."""
    async with served.works(PERSON) as work:
        _, key = await create_machine_key(work, name="the switch", source="pbx", scopes=["interactions:push"])
    async with client_of(served.asgi, headers={"Authorization": f"Bearer {key}"}) as client:
        yield client
