"""A small service for the tests of the data side: tickets with a life, in a database with the chassis tables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import pytest
import pytest_asyncio
import structlog
from rapport_chassis.actor import Actor
from rapport_chassis.database import Database, Limits
from rapport_chassis.keys import Keys
from rapport_chassis.observability import describe_errors
from rapport_chassis.store import AggregateStore
from rapport_chassis.work import Work, WorkFactory
from rapport_contracts.complaints.cases import ComplaintAcknowledged
from rapport_kernel.aggregate import Aggregate
from rapport_kernel.ids import new_id
from rapport_kernel.states import Move, StateTable
from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, MetaData, Numeric, Table, Text, Uuid, event
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

LIFE = StateTable("note", "open", [Move("close", "open", "closed"), Move("reopen", "closed", "open")])


@dataclass(kw_only=True)
class Ticket(Aggregate, life=LIFE):
    """Something with every type of column that a service uses."""

    words: bytes | None = None
    labels: list[str] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)
    cost: Decimal | None = None
    opened_at: datetime | None = None

    def acknowledge(self, now: datetime) -> None:
        self.record(ComplaintAcknowledged(complaint_id=self.id, customer_id=None, acknowledged_at=now))


class TicketStore(AggregateStore[Ticket]):
    table = Table(
        "tickets",
        MetaData(),
        Column("id", Uuid, primary_key=True),
        Column("version", BigInteger, nullable=False),
        Column("state", Text, nullable=False),
        Column("words", LargeBinary),
        Column("labels", ARRAY(Text), nullable=False),
        Column("notes", JSONB, nullable=False),
        Column("cost", Numeric(12, 2)),
        Column("opened_at", DateTime(timezone=True)),
    )
    fields = ("state", "words", "labels", "notes", "cost", "opened_at")

    def to_row(self, aggregate: Ticket) -> dict[str, Any]:
        return {name: getattr(aggregate, name) for name in self.fields}

    def from_row(self, row: Mapping[str, Any]) -> Ticket:
        return Ticket(id=row["id"], **{name: row[name] for name in self.fields})


class TicketWork(Work):
    @cached_property
    def tickets(self) -> TicketStore:
        return TicketStore(self)


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """One line for an error: structlog's own picture of a traceback takes a second on a busy machine."""
    render = structlog.processors.JSONRenderer(default=str)
    structlog.configure(processors=[structlog.processors.add_log_level, describe_errors, render])
    yield
    structlog.reset_defaults()


@pytest_asyncio.fixture(scope="module")
async def db(database: Any) -> AsyncIterator[Database]:
    """The chassis' Database on a fresh database with the chassis tables and one of its own."""
    made = Database(database.url, name="test", limits=Limits(pool_size=6))
    async with made.engine.begin() as connection:
        await connection.run_sync(TicketStore.table.metadata.create_all)
    yield made
    await made.close()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys.create(tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture
def factory(db: Database, keys: Keys) -> WorkFactory[TicketWork]:
    return WorkFactory(db, TicketWork, source="tickets", keys=keys)


@pytest.fixture
def actor() -> Actor:
    return Actor("person", "agent-7", level=2)


@pytest.fixture
def new_ticket() -> Callable[..., Ticket]:
    """A new ticket; arguments are its fields."""
    return lambda **fields: Ticket(id=new_id(), **fields)


@pytest.fixture
def statements(db: Database) -> Callable[[], Any]:
    """`with statements() as sent:` lists what goes to the database, BEGIN, COMMIT and what `work.raw()` sends included."""

    @contextmanager
    def watch() -> Iterator[list[str]]:
        sent: list[str] = []
        engine = db.engine.sync_engine

        def executed(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
            sent.append(" ".join(statement.split()))

        def by_driver(query: Any) -> None:
            statement = " ".join(query.query.split()).rstrip(";")
            # SQLAlchemy tells of a statement before it sends the BEGIN that goes ahead of it.
            sent.insert(len(sent) - 1 if statement == "BEGIN" else len(sent), statement)

        def taken(dbapi_connection: Any, *_: Any) -> None:
            dbapi_connection.driver_connection.add_query_logger(by_driver)

        def given_back(dbapi_connection: Any, *_: Any) -> None:
            dbapi_connection.driver_connection.remove_query_logger(by_driver)

        hooks = (("before_cursor_execute", executed), ("checkout", taken), ("checkin", given_back))
        for name, hook in hooks:
            event.listen(engine, name, hook)
        try:
            yield sent
        finally:
            for name, hook in hooks:
                event.remove(engine, name, hook)

    return watch
