"""Over real Kafka: from a finished call to a follow-up case, with every event twice and a broken one between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from aiokafka import AIOKafkaProducer
from rapport_chassis.bus import Bus
from rapport_chassis.consumer import Runner
from rapport_chassis.metrics import Metrics
from rapport_chassis.relay import Relay
from rapport_contracts.event import registry
from rapport_contracts.topics import TOPICS
from rapport_kernel.ids import new_id
from rapport_testing.topics import dump
from rapport_testing.waiting import eventually

from .world import API, closed, completed, linked, received

TOPIC = "rapport.satisfaction"


@asynccontextmanager
async def running(stop: asyncio.Event, part) -> AsyncIterator[None]:
    task = asyncio.create_task(part(stop))
    yield
    stop.set()
    await task


async def test_the_road_from_a_call_to_a_follow_up(world, public, topics, kafka) -> None:
    bus = Bus(kafka, client="satisfaction-test")
    await bus.ensure_topics([TOPICS[TOPIC]])
    await topics.create("rapport.interactions", "rapport.complaints", "rapport.profiles")
    customer, quiet, complaint = new_id(), new_id(), new_id()
    call, held = completed(), completed(customer=quiet)
    story = [call, linked(call.interaction_id, customer), received(complaint, quiet), held, closed(complaint, quiet)]
    messages = [world.message(event) for event in story]
    async with AsyncExitStack() as parts:
        for one in world.served.subscriptions:
            named = replace(one, name=topics.name(one.name), topics=tuple(topics.name(t) for t in one.topics))
            runner = Runner(bus, world.served.works, named, metrics=Metrics())
            await parts.enter_async_context(running(asyncio.Event(), runner.run))
        relay = Relay(world.served.database, bus, service="satisfaction", metrics=Metrics(), wakes=world.served.works.wakes)
        await parts.enter_async_context(running(asyncio.Event(), relay.run))
        await send(topics, messages)
        await send(topics, messages)

        async def decided() -> bool:
            found = {(one["subject"], one["state"]) for one in await invitations(world)}
            return {("interaction", "scheduled"), ("complaint", "scheduled")} <= found

        await eventually(decided, within=60)
        [mine] = [one for one in await invitations(world) if one["customer_id"] == str(customer)]
        link = (await world.send(mine["id"])).json()["link"]
        answer = await public.post(
            link.removeprefix("https://ask.example"), json={"answers": {"score": 2, "comment": "canary"}}
        )
        assert answer.status_code == 200

        async def drained() -> bool:
            return not await world.rows("SELECT 1 FROM outbox")

        await eventually(drained, within=60)
        await eventually(lambda: world.rows("SELECT 1 FROM parked WHERE reason = 'invalid'"), within=60)
    records = [one for one in await dump(kafka, TOPIC) if str(customer).encode() in one.value]
    kinds = [dict(one.headers)["ce_type"].decode().rpartition(".")[0] for one in records]
    assert [kind for kind in kinds if kind != "follow-up.opened"] == [
        "survey.considered",
        "survey-invitation.sent",
        "survey-response.received",
        "satisfaction.scored",
        "detractor.detected",
    ]
    assert "follow-up.opened" in kinds
    for one in records:
        registry()[dict(one.headers)["ce_type"].decode()].read(one.value)
        assert b"canary" not in one.value
        assert link.rpartition("/")[2].encode() not in one.value
    of_invitation = [one for one in records if one.key == mine["id"].encode()]
    sequences = [int(dict(one.headers)["ce_sequence"]) for one in of_invitation]
    assert sequences == sorted(set(sequences))
    linked_by = json.loads(of_invitation[0].value)
    assert linked_by["decision"] == "scheduled"


async def invitations(world) -> list[dict]:
    found: list[dict] = (await world.http.get(f"{API}/invitations")).json()["items"]
    return found


async def send(topics, messages) -> None:
    """Send them, and one that cannot be read before each."""
    producer = AIOKafkaProducer(bootstrap_servers=topics.bootstrap)
    await producer.start()
    try:
        for one in messages:
            broken = replace(one.envelope, id=new_id(), subject=new_id())
            for envelope, value in ((broken, b'{"interaction_id": 7}'), (one.envelope, one.event.write())):
                key = str(envelope.subject).encode()
                await producer.send_and_wait(topics.name(one.topic), value, key=key, headers=envelope.to_headers())
    finally:
        await producer.stop()
