"""The service as it runs: its facts on a real broker, and complaints that learn whose they are from Interactions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from pydantic import SecretStr
from rapport_chassis.actor import Actor
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.app import Settings, service
from rapport_contracts.catalogue import entry_id
from rapport_contracts.complaints import CATALOGUE
from rapport_contracts.envelope import Envelope
from rapport_contracts.event import Event, registry
from rapport_contracts.interactions.contacts import Durations, InteractionCompleted, InteractionLinked, Summary
from rapport_kernel.ids import new_id
from rapport_testing import eventually
from rapport_testing.databases import Database
from rapport_testing.listening import Listening
from rapport_testing.topics import dump
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def settings(database: Database, kafka: str, keys_dir: Path, tokens: TokenMaker) -> Settings:
    return Settings(database_url=SecretStr(database.url), kafka=kafka, keys=keys_dir, **tokens.settings)


@pytest_asyncio.fixture(scope="module")
async def served(settings: Settings) -> AsyncIterator[Service[Work]]:
    """The whole service, all roles."""
    made = service(settings)
    stop = asyncio.Event()
    running = asyncio.create_task(made.run(stop=stop))
    async with client_of(made.management) as client:

        async def ready() -> bool:
            return (await client.get("/complaints/health/ready")).status_code == 200

        await eventually(ready, within=60)
        yield made
    stop.set()
    await running


@pytest_asyncio.fixture
async def db(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """Beside a service that runs nothing is emptied: every test here has ids of its own."""
    connection = await database.connect()
    yield connection
    await connection.close()


async def records(kafka: str, complaint_id: str) -> list[ConsumerRecord]:
    """What the topic has about one complaint, in order."""
    found = await dump(kafka, "rapport.complaints")
    return [record for record in found if record.key == complaint_id.encode()]


async def publish(kafka: str, *events: tuple[Event, int]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        for event, sequence in events:
            envelope = Envelope(new_id(), event.event_type, "interactions", NOW, event.key, sequence)
            await producer.send_and_wait(
                event.topic, event.write(), key=str(event.key).encode(), headers=envelope.to_headers()
            )
    finally:
        await producer.stop()


def completed(interaction_id: UUID) -> InteractionCompleted:
    return InteractionCompleted(
        interaction_id=interaction_id,
        summary=Summary(
            channel="phone",
            direction="inbound",
            mode="remote",
            source="pbx",
            outcome="answered",
            customer_id=None,
            touchpoint="hotline",
            contact_type=None,
            queue="q",
            agents=["agent-7"],
            last_agent="agent-7",
            transfers=0,
            started_at=NOW,
            ended_at=NOW,
            durations=Durations(),
        ),
    )


def linked(interaction_id: UUID, customer_id: UUID) -> InteractionLinked:
    return InteractionLinked(interaction_id=interaction_id, customer_id=customer_id, rule="phone", linked_at=NOW)


async def test_every_fact_of_a_complaint_is_on_the_topic_in_order_and_as_its_contract_says(
    desk: Desk, kafka: str, served: Service[Work], tokens: TokenMaker
) -> None:
    """And whoever listens hears it in the same order."""
    async with Listening(served.asgi, "/complaints/v1/events", tokens.bearer("complaints:read", level=1)) as heard:
        await heard.begun()
        filed = await desk.until("closed")

        def own() -> list[Any]:
            found = [event.data for event in heard.events[1:] if event.data["subject"] == filed["id"]]
            return found if "complaint.closed.v1" in [data["type"] for data in found] else []

        told = await eventually(own, within=30)
        assert (told[-1]["state"], told[-1]["version"]) == ("closed", filed["version"])
        assert [data["version"] for data in told] == list(range(1, filed["version"] + 1))

    async def closed() -> list[ConsumerRecord]:
        found = await records(kafka, filed["id"])
        types = [dict(record.headers)["ce_type"] for record in found]
        return found if b"complaint.closed.v1" in types else []

    found = await eventually(closed, within=30)
    envelopes = [Envelope.from_headers(record.headers) for record in found]
    assert [envelope.sequence for envelope in envelopes] == list(range(1, len(found) + 1))
    assert len(found) == filed["version"]
    assert {envelope.actor for envelope in envelopes} >= {"person:clerk-1"}
    for record, envelope in zip(found, envelopes, strict=True):
        kind = registry()[envelope.type]
        assert kind.model_validate_json(record.value).write() == record.value
    everything = b"".join(record.value for record in found)
    for personal in ("13812345678", "张小明", "parcel"):
        assert personal.encode() not in everything


async def test_whoever_listens_is_let_go_at_once_when_the_service_stops(settings: Settings, tokens: TokenMaker) -> None:
    other, stop = service(settings), asyncio.Event()
    door = other.door()
    running = asyncio.create_task(other.run(["api"], stop=stop))
    await eventually(lambda: other._waits_for is None, within=30)
    async with Listening(door, "/complaints/v1/events", tokens.bearer("complaints:read")) as heard:
        await heard.begun()
        stop.set()
        await asyncio.wait_for(running, 10)
        assert heard.ended


async def test_a_complaint_gets_the_customer_of_its_interaction_once_he_is_known(
    desk: Desk, kafka: str, served: Service[Work], tokens: TokenMaker
) -> None:
    interaction_id, customer_id = new_id(), new_id()
    filed = await desk.file(interaction_id=str(interaction_id))
    await desk.act(filed, "acknowledge", method="phone", note="He was upset.")
    assert filed["customer_id"] is None
    await publish(kafka, (completed(interaction_id), 1), (linked(interaction_id, customer_id), 2))

    async def known() -> dict[str, Any] | None:
        shown = dict(await desk.get(f"/complaints/{filed['id']}"))
        return shown if shown["customer_id"] == str(customer_id) else None

    shown = await eventually(known, within=30)
    assert shown["contact"]["phone"] == "13812345678"
    assert (await desk.get(f"/complaints/{filed['id']}/history"))["items"][1]["note"] == "He was upset."
    own = await desk.db.fetch("SELECT subject, wrapped IS NULL AS gone FROM data_keys")
    assert {row["subject"]: row["gone"] for row in own} | {UUID(filed["id"]): True, customer_id: False} == {
        row["subject"]: row["gone"] for row in own
    }

    async def said() -> bool:
        types = [dict(record.headers)["ce_type"] for record in await records(kafka, filed["id"])]
        return b"complaint.linked.v1" in types

    await eventually(said, within=30)


async def test_a_complaint_filed_after_the_contact_has_its_customer_and_touchpoint_at_once(desk: Desk, kafka: str) -> None:
    interaction_id, customer_id = new_id(), new_id()
    await publish(kafka, (completed(interaction_id), 1), (linked(interaction_id, customer_id), 2))

    async def projected() -> bool:
        found = await desk.db.fetchval(
            "SELECT customer_id FROM interactions WHERE interaction_id = $1 AND touchpoint IS NOT NULL", interaction_id
        )
        return bool(found == customer_id)

    await eventually(projected, within=30)
    filed = await desk.file(interaction_id=str(interaction_id))
    assert (filed["customer_id"], filed["touchpoint"]) == (str(customer_id), "hotline")


async def test_news_that_came_twice_or_late_change_nothing(desk: Desk, kafka: str) -> None:
    interaction_id, customer_id, other = new_id(), new_id(), new_id()
    await publish(kafka, (linked(interaction_id, customer_id), 5), (linked(interaction_id, other), 3))
    marker = new_id()
    await publish(kafka, (linked(marker, other), 1))

    async def seen() -> bool:
        found = await desk.db.fetch(
            "SELECT customer_id FROM interactions WHERE interaction_id = ANY($1)", [interaction_id, marker]
        )
        return sorted(row["customer_id"] for row in found) == sorted([customer_id, other])

    await eventually(seen, within=30)


async def test_a_breach_is_published_by_the_running_timers(desk: Desk, kafka: str) -> None:
    filed = await desk.file(received_at="2026-11-02T02:00:00Z")

    async def breached() -> list[bytes]:
        found = await records(kafka, filed["id"])
        return [record.value for record in found if dict(record.headers)["ce_type"] == b"clock.breached.v1"]

    values = await eventually(breached, within=30)
    assert b'"breached_at":"2026-11-03T02:00:00.000000Z"' in values[0]


async def test_scopes_are_those_that_the_routes_ask_for(served: Service[Work]) -> None:
    asked = {route.allow.name for router in served.routers for route in router.routes if hasattr(route.allow, "name")}
    assert asked == set(SCOPES)


async def test_the_catalogue_is_compacted_and_has_what_the_api_answers_under_one_key_each(
    desk: Desk, served: Service[Work], kafka: str
) -> None:
    """The service told all that it found when it started; what is put meanwhile, and all of it again, comes after."""
    await desk.until("closed")
    body = (await desk.get("/calendars/cn"))["body"]
    await desk.put("/calendars/branch", body)
    async with served.works(Actor.system("test")) as work:
        for kind in served.told:
            await kind.tell(work)
    versions = {str(entry_id("calendar", "branch", 1))}
    for path, kind in (("calendars", "calendar"), ("sla-policies", "sla-policy"), ("taxonomies", "taxonomy")):
        versions |= {str(entry_id(kind, each["code"], each["version"])) for each in (await desk.get(f"/{path}"))["items"]}

    async def twice() -> list[ConsumerRecord]:
        found = await dump(kafka, CATALOGUE)
        keys = [record.key.decode() for record in found]
        return found if all(keys.count(key) >= 2 for key in versions) else []

    found = await eventually(twice, within=60)
    by_key: dict[bytes, set[bytes]] = {}
    for record in found:
        by_key.setdefault(record.key, set()).add(record.value)
        envelope = Envelope.from_headers(record.headers)
        event = registry()[envelope.type].model_validate_json(record.value)
        assert (str(event.key).encode(), event.write(), envelope.sequence) == (record.key, record.value, event.version)
    assert {key for key, values in by_key.items() if len(values) > 1} == set()
    everything = b"".join(record.value for record in found)
    for personal in ("13812345678", "张小明", "parcel", "clerk-1", "agent-7"):
        assert personal.encode() not in everything
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        asked = ConfigResource(ConfigResourceType.TOPIC, CATALOGUE)
        [(*_, entries)] = (await admin.describe_configs([asked]))[0].resources
    finally:
        await admin.close()
    config = {entry[0]: entry[1] for entry in entries}
    assert (config["cleanup.policy"], config["retention.ms"]) == ("compact", "-1")
