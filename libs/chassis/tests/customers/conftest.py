"""A small service whose rows belong to customers: orders with a sealed wish and sealed remarks, wishes by channel, hints."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from rapport_chassis.actor import Actor
from rapport_chassis.customers import (
    DIGEST_OF_ID,
    Customers,
    Owned,
    Part,
    Receipts,
    listening,
    looping,
)
from rapport_chassis.database import Database, Limits
from rapport_chassis.keys import Keys
from rapport_chassis.listens import Message
from rapport_chassis.migrations.triggers import following
from rapport_chassis.work import Work, WorkFactory
from rapport_contracts.complaints.receipts import (
    ComplaintsErasureConfirmed,
    ComplaintsErasureHeld,
    ComplaintsMergeApplied,
    ComplaintsSplitApplied,
)
from rapport_contracts.envelope import Envelope
from rapport_contracts.event import Event, registry
from rapport_contracts.profiles.customers import CustomerErasureRequested, CustomerMerged, CustomerSplit
from rapport_kernel.ids import new_id
from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, MetaData, Table, Text, Uuid, text

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
metadata = MetaData()
orders = Table(
    "orders",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("customer_id", Uuid, index=True),
    Column("contact_id", Uuid),
    Column("keyed_by", Uuid, nullable=False),
    Column("wish", LargeBinary),
    Column("digest", LargeBinary, nullable=False, unique=True),
)
remarks = Table(
    "remarks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, ForeignKey("orders.id"), nullable=False),
    Column("words", LargeBinary),
)
wishes = Table(
    "wishes",
    metadata,
    Column("said_by", Uuid, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
)
hints = Table("hints", metadata, Column("id", Uuid, primary_key=True), Column("customer_id", Uuid, nullable=False))


async def open_orders(work: Work, subjects: list[UUID]) -> Mapping[str, int]:
    count = text("SELECT count(*) FROM orders WHERE state = 'open' AND customer_id = ANY (CAST(:subjects AS uuid[]))")
    return {"open-order": (await work.connection.execute(count, {"subjects": subjects})).scalar_one()}


CUSTOMERS = Customers(
    receipts=Receipts(ComplaintsMergeApplied, ComplaintsSplitApplied, ComplaintsErasureConfirmed, ComplaintsErasureHeld),
    tables=[
        Owned(
            orders,
            known_by=("id", "contact_id"),
            keyed_by="keyed_by",
            sealed=("wish",),
            blanked={"digest": DIGEST_OF_ID},
            moves_with=("contact_id", orders, "id"),
            parts=[Part(remarks, "order_id", sealed=("words",))],
        ),
        Owned(wishes, key="said_by"),
        Owned(hints, deleted=True),
    ],
    holds=open_orders,
    parked=("rapport.interactions.private",),
)


@pytest_asyncio.fixture(scope="module")
async def pool(database: Any) -> AsyncIterator[Database]:
    made = Database(database.url, name="test", limits=Limits(pool_size=6))
    async with made.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        for table, key in (("orders", "id"), ("wishes", "said_by"), ("hints", "id")):
            for statement in following(table, key):
                await connection.execute(text(statement))
    yield made
    await made.close()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys.create(tmp_path_factory.mktemp("keys") / "keys")


class Shop:
    """The service: takes orders, hears of customers, does the rounds."""

    def __init__(self, works: WorkFactory[Work], db: asyncpg.Connection) -> None:
        self.works, self.db = works, db
        self.loop, self.batch = looping(CUSTOMERS), listening(CUSTOMERS)

    async def order(self, customer: UUID | None, *, state: str = "done", contact: UUID | None = None) -> UUID:
        """Sealed under the key of who is said to have ordered, or its own."""
        order_id = new_id()
        async with self.works(Actor.system("shop")) as work:
            subject = customer or order_id
            box = await work.vault.open_for([subject])
            connection = await work.raw()
            await connection.execute(
                "INSERT INTO orders (id, version, state, customer_id, contact_id, keyed_by, wish, digest)"
                " VALUES ($1, 1, $2, $3, $4, $5, $6, $7)",
                *(order_id, state, customer, contact, subject),
                *(box.seal(subject, "orders.wish", f"wish {order_id}"), order_id.bytes),
            )
            words = box.seal(subject, "remarks.words", f"remark {order_id}")
            await connection.execute("INSERT INTO remarks VALUES ($1, $2, $3)", new_id(), order_id, words)
        return order_id

    async def read(self, order_id: UUID) -> tuple[str | None, str | None]:
        """Wish and remark in clear; None for what was erased."""
        async with self.works(Actor.system("shop")) as work:
            row = await self.db.fetchrow("SELECT o.*, r.words FROM orders o JOIN remarks r ON r.order_id = o.id"
                                         " WHERE o.id = $1", order_id)  # fmt: skip
            box = await work.vault.open_for([row["keyed_by"]], create=False)
            places = (("orders.wish", row["wish"]), ("remarks.words", row["words"]))
            wish, remark = (box.read(row["keyed_by"], place, sealed) for place, sealed in places)
            return wish, remark

    async def of(self, customer: UUID) -> set[UUID]:
        """His orders."""
        return {row["id"] for row in await self.db.fetch("SELECT id FROM orders WHERE customer_id = $1", customer)}

    async def hear(self, *events: Event) -> None:
        """All in one batch, as a consumer hands them over."""
        found = []
        for place, event in enumerate(events):
            envelope = Envelope(new_id(), event.event_type, "profiles", NOW, event.key, place + 1)
            found.append(Message(event, envelope, event.topic, 0, place))
        async with self.works(Actor.system("rapport.shop.customers")) as work:
            await self.batch.handler(work, found)

    async def rounds(self) -> int:
        """Until nothing is left to do; how many it took."""
        count = 0
        while True:
            async with self.works(Actor.system("loop:customers")) as work:
                if not await self.loop.round(work):
                    return count
            count += 1

    async def follow(self, *events: Event) -> list[Event]:
        """Hear of it, do the rounds; the receipts."""
        await self.hear(*events)
        await self.rounds()
        return await self.receipts()

    async def receipts(self) -> list[Event]:
        """What waits in the outbox. Emptied."""
        rows = await self.db.fetch("DELETE FROM outbox RETURNING position, type, payload")
        types = registry()
        return [types[row["type"]].read(row["payload"]) for row in sorted(rows, key=lambda row: int(row["position"]))]


@pytest_asyncio.fixture
async def shop(pool: Database, database: Any, keys: Keys) -> AsyncIterator[Shop]:
    connection = await database.connect()
    await connection.execute(
        "TRUNCATE orders, remarks, wishes, hints, outbox, parked, data_keys, customer_merges, customer_moves,"
        " customer_erasures CASCADE"
    )
    yield Shop(WorkFactory(pool, Work, source="shop", keys=keys), connection)
    await connection.close()


def merged(survivor: UUID, absorbed: UUID, merge_id: UUID | None = None) -> CustomerMerged:
    return CustomerMerged(customer_id=survivor, absorbed_id=absorbed, merge_id=merge_id or new_id(), merged_at=NOW)


def split(merge: CustomerMerged, returned: tuple[UUID, ...] = (), kept: tuple[UUID, ...] = ()) -> CustomerSplit:
    return CustomerSplit(
        customer_id=merge.customer_id,
        restored_id=merge.absorbed_id,
        merge_id=merge.merge_id,
        returned=list(returned),
        kept=list(kept),
        split_at=NOW,
    )


def forget(customer: UUID) -> CustomerErasureRequested:
    return CustomerErasureRequested(customer_id=customer, erasure_id=new_id(), requested_at=NOW)
