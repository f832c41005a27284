from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from rapport_chassis.actor import Actor
from rapport_chassis.database import Database
from rapport_chassis.listens import Message
from rapport_chassis.vault import Transport
from rapport_chassis.work import WorkFactory
from rapport_contracts.envelope import Envelope
from rapport_contracts.event import Event
from rapport_contracts.interactions.contacts import CallerPresented, SealedIdentifier
from rapport_kernel.ids import new_id
from rapport_profiles.work import ProfilesWork
from rapport_testing.databases import empty
from rapport_testing.web import client_of

from .asking import ALL

CLERK = Actor(
    "person", "clerk-1", frozenset({"profiles:read", "profiles:write", "profiles:resolve", "profiles:look-up"}), level=4
)
LONG_AGO = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest_asyncio.fixture
async def http(served, tokens) -> AsyncIterator[httpx.AsyncClient]:
    """Everything allowed, level 4."""
    async with client_of(served.asgi, headers=tokens.bearer(*ALL)) as client:
        yield client


@pytest.fixture
def as_level(served, tokens) -> Callable[..., Any]:
    """`as_level(2)`: a client of that level; with scopes, only these."""
    return lambda level, *scopes: client_of(served.asgi, headers=tokens.bearer(*(scopes or ALL), level=level))


@pytest_asyncio.fixture(scope="module")
async def works(database, keys) -> AsyncIterator[WorkFactory[ProfilesWork]]:
    opened = Database(database.url, name="profiles-test")
    yield WorkFactory(opened, ProfilesWork, source="profiles", keys=keys)
    await opened.close()


@pytest_asyncio.fixture
async def clean(database) -> None:
    connection = await database.connect()
    try:
        await empty(
            connection,
            "customers",
            "identifiers",
            "consents",
            "conflicts",
            "conflict_identifiers",
            "conflict_interactions",
            "timeline_entries",
            "timeline_links",
            "outbox",
            "data_keys",
            "inbox",
            "parked",
            "customer_merges",
            "customer_moves",
            "customer_erasures",
        )
    finally:
        await connection.close()


@pytest.fixture
def presented(keys) -> Callable[..., Message[CallerPresented]]:
    """`presented(("phone", "138..."), source=...)`: a contact with these identifiers, sealed as Interactions does."""
    transport = Transport(keys)

    def make(*identifiers: tuple[str, str], source: str = "pbx", interaction: UUID | None = None):
        interaction = interaction or new_id()
        context = f"rapport.interactions.private:{interaction}"
        sealed = [SealedIdentifier(kind=kind, sealed=transport.seal(value, context)) for kind, value in identifiers]
        event = CallerPresented(
            interaction_id=interaction, channel="phone", source=source, identifiers=sealed, presented_at=LONG_AGO
        )
        return message(event)

    return make


def message(event: Event, *, time: datetime = LONG_AGO, event_id: UUID | None = None, sequence: int = 1) -> Message:
    envelope = Envelope(event_id or new_id(), event.event_type, event.publisher, time, event.key, sequence)
    return Message(event, envelope, event.topic, 0, next(_offsets))


_offsets = itertools.count()


async def published(works) -> list[tuple[str, str]]:
    """What waits in the outbox, in order: type and payload."""
    connection = await works.database.dedicated()
    try:
        rows = await connection.fetch(_OUTBOX)
    finally:
        await connection.close()
    return [(row["type"], bytes(row["payload"]).decode()) for row in rows]


_OUTBOX = "SELECT type, payload FROM outbox ORDER BY position"
