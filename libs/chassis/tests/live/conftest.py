"""Fixtures of the tests of live updates: a service on a topic of each test's own."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from pydantic import SecretStr
from rapport_chassis.database import Database
from rapport_chassis.settings import ServiceSettings
from rapport_testing.listening import Listening
from rapport_testing.topics import Topics
from rapport_testing.web import TokenMaker

sys.path.insert(0, str(Path(__file__).parent))
from live_lamps import PATH, Lamps, Listen, Publisher, Serve


@pytest_asyncio.fixture
async def topic(topics: Topics) -> str:
    (made,) = await topics.create("lamps", partitions=2)
    return made


@pytest_asyncio.fixture
async def publisher(topic: str, kafka: str) -> AsyncIterator[Publisher]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    yield Publisher(producer, topic)
    await producer.stop()


@pytest_asyncio.fixture
async def serve(topic: str, kafka: str, tokens: TokenMaker, tmp_path: Path) -> AsyncIterator[Serve]:
    """`serve(heartbeat=...)`: one process of the service; several are replicas."""
    made: list[Lamps] = []

    def make(bootstrap: str = kafka, database_url: str = "postgresql://nobody@127.0.0.1/none", **options: Any) -> Lamps:
        own = {name: options.pop(name) for name in ServiceSettings.model_fields if name in options}
        settings = ServiceSettings(
            database_url=SecretStr(database_url), kafka=bootstrap, home=tmp_path, **tokens.settings, **own
        )
        made.append(Lamps(settings, topic, Database(database_url, name="lamps"), **options))
        return made[-1]

    yield make
    for each in made:
        await each.feed.close()
        await each.database.close()


@pytest.fixture
def listen(tokens: TokenMaker) -> Listen:
    """`async with listen(service, "lamps:read", since=...) as heard: ...`."""

    def make(service: Lamps, *scopes: str, query: str = "", since: str | None = None, **token: Any) -> Listening:
        return Listening(service.app, PATH, tokens.bearer(*(scopes or ("lamps:read",)), **token), query, since)

    return make
