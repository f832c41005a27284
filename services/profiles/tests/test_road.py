"""Over real Kafka: contacts become customers, events become timelines, and a rebuild gives the same rows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from rapport_chassis.projections import rebuild
from rapport_contracts.topics import TOPICS
from rapport_kernel.ids import new_id
from rapport_testing.topics import dump
from rapport_testing.waiting import eventually

from .story import story

PHONE = "13612345678"


@pytest_asyncio.fixture
async def running(served) -> AsyncIterator[object]:
    """The service with its consumers and its relay."""
    stop = asyncio.Event()
    task = asyncio.create_task(served.run(["worker", "relay"], stop=stop))
    yield served
    stop.set()
    await task


async def send(kafka: str, *messages) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        for one in messages:
            key = str(one.envelope.subject).encode()
            await producer.send_and_wait(one.topic, one.event.write(), key=key, headers=one.envelope.to_headers())
    finally:
        await producer.stop()


async def rows_of(works, messages) -> str:
    """All that the timeline has of these events, as one text."""
    connection = await works.database.dedicated()
    try:
        ids = [one.envelope.id for one in messages]
        subjects = [one.envelope.subject for one in messages]
        entries = await connection.fetch(
            "SELECT e::text AS line FROM timeline_entries e WHERE event_id = ANY ($1) ORDER BY event_id", ids
        )
        links = await connection.fetch(
            "SELECT l::text AS line FROM timeline_links l WHERE subject_id = ANY ($1) ORDER BY subject_id", subjects
        )
    finally:
        await connection.close()
    return f"{len(entries)}: " + "\n".join(row["line"] for row in [*entries, *links])


@pytest.mark.usefixtures("clean")
async def test_the_road_from_a_contact_to_a_timeline_and_its_rebuild(running, works, kafka, presented):
    contacts = [presented(("phone", PHONE)), presented(("phone", PHONE)), presented(("phone", "anonymous"))]
    await eventually(lambda: _ready(running), within=60)
    await send(kafka, *contacts)

    async def identified():
        found = [json.loads(r.value) for r in await dump(kafka, "rapport.profiles") if _type(r) == "customer.identified.v1"]
        mine = {str(one.event.interaction_id) for one in contacts}
        found = [fact for fact in found if fact["interaction_id"] in mine]
        return found if len(found) == 2 else None

    found = await eventually(identified, within=60)
    assert len({fact["customer_id"] for fact in found}) == 1

    facts = [one for _ in range(20) for one in story(new_id(), new_id(), new_id())]
    await send(kafka, *facts, *facts[:30])

    async def projected():
        rows = await rows_of(works, facts)
        return rows if rows.startswith(f"{len(facts)}: ") else None

    before = await eventually(projected, within=60)
    rebuilt = await rebuild(running, running.projections[0])
    assert rebuilt.events >= len(facts) + 30
    assert await rows_of(works, facts) == before

    for topic in TOPICS:
        if topic.startswith("rapport.profiles"):
            for record in await dump(kafka, topic):
                seen = b"".join([record.key, record.value, *(value for _, value in record.headers)])
                assert PHONE.encode() not in seen


def _type(record) -> str:
    return next(value.decode() for name, value in record.headers if name == "ce_type")


async def _ready(running) -> bool:
    return all(check.ok for check in await running.ready())
