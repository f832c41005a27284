"""Complaints that other systems hand over on their topic: filed once, whatever comes twice, late or broken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from pydantic import SecretStr
from rapport_complaints.app import Settings, service
from rapport_contracts.complaints.intake import TOPIC
from rapport_testing import eventually
from rapport_testing.databases import Database
from rapport_testing.web import TokenMaker, client_of

from .desk import Desk

TOLD: dict[str, Any] = {
    "received_at": "2026-11-20T10:00:00+08:00",
    "problem": "包裹没有到，也没有人回电话。",
    "contact": {"phone": "13812345678"},
    "channel": "letter",
    "category": "delivery",
}


@pytest_asyncio.fixture(scope="module")
async def consumer(database: Database, kafka: str, keys_dir: Path, tokens: TokenMaker) -> AsyncIterator[None]:
    """The workers of the service."""
    made = service(Settings(database_url=SecretStr(database.url), kafka=kafka, keys=keys_dir, **tokens.settings))
    stop = asyncio.Event()
    running = asyncio.create_task(made.run(stop=stop))
    async with client_of(made.management) as client:

        async def ready() -> bool:
            return (await client.get("/complaints/health/ready")).status_code == 200

        await eventually(ready, within=60)
        yield
    stop.set()
    await running


async def hand_over(kafka: str, *values: bytes, source: bytes | None = b"city-hall") -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        for number, value in enumerate(values):
            headers = [] if source is None else [("source", source)]
            await producer.send_and_wait(TOPIC, value, key=f"{source!r}-{number}".encode(), headers=headers)
    finally:
        await producer.stop()


def told(ref: str, **other: Any) -> bytes:
    return orjson.dumps(TOLD | {"ref": ref} | other)


async def filed(desk: Desk, source: str) -> dict[str, Any]:
    rows = await desk.db.fetch("SELECT id, external_ref FROM complaints WHERE source = $1", source)
    return {row["external_ref"]: row["id"] for row in rows}


async def parked(desk: Desk) -> list[str]:
    """Our own code of each refusal."""
    rows = await desk.db.fetch("SELECT detail FROM parked WHERE consumer = 'rapport.complaints.inbound'")
    return sorted(row["detail"].split(" ")[1] for row in rows)


async def test_a_complaint_that_is_handed_over_is_filed_once_with_its_clocks(desk: Desk, kafka: str, consumer: None) -> None:
    await hand_over(kafka, told("L-1"), told("L-1"), told("L-2", severity="high"))

    async def both() -> dict[str, Any] | None:
        found = await filed(desk, "city-hall")
        return found if len(found) == 2 else None

    found = await eventually(both, within=30)
    shown = await desk.get(f"/complaints/{found['L-1']}")
    assert (shown["state"], shown["channel"], shown["source"], shown["external_ref"]) == (
        "received",
        "letter",
        "city-hall",
        "L-1",
    )
    assert shown["problem"] == TOLD["problem"]
    assert shown["received_at"] == "2026-11-20T02:00:00.000000Z"
    clocks = (await desk.get(f"/complaints/{found['L-1']}/clocks"))["items"]
    assert {clock["kind"] for clock in clocks} >= {"acknowledgement", "resolution"}
    await hand_over(kafka, told("L-1", problem="Something else."), told("L-3"))  # known already: it stays as it is

    async def third() -> bool:
        return "L-3" in await filed(desk, "city-hall")

    await eventually(third, within=30)
    assert (await desk.get(f"/complaints/{found['L-1']}"))["problem"] == TOLD["problem"]
    again = {
        "ref": "L-2",
        "received_at": TOLD["received_at"],
        "state": "received",
        "channel": "letter",
        "category": "delivery",
    }
    answer = await desk.post("/complaints:import", {"source": "city-hall", "complaints": [again]}, 200)
    assert answer["results"][0]["result"] == "duplicate"


async def test_what_cannot_be_filed_is_parked_with_its_reason_and_spoils_nothing(
    desk: Desk, kafka: str, consumer: None
) -> None:
    await hand_over(
        kafka,
        b"\xff no json",
        b"",
        told("B-1", contact={}),
        told("B-2", received_at="2199-01-01T00:00:00Z"),
        told("B-3", received_at="1999-01-01T00:00:00Z"),
        told("B-4", problem="a\x00b"),
        told("B-5", anything="else"),
        told("B-6", recurrence_of="00000000-0000-7000-8000-000000000000"),
        told("good"),
        source=b"old-crm",
    )
    await hand_over(kafka, told("N-1"), source=None)
    await hand_over(kafka, told("N-2"), source=b"\xff")
    wanted = "bad-json bad-json invalid:contact received-in-the-future received-too-long-ago control-character invalid"
    wanted = sorted(f"{wanted} unknown-complaint no-source no-source".split())

    async def all_parked() -> bool:
        return await parked(desk) == wanted

    await eventually(all_parked, within=30)
    assert set(await filed(desk, "old-crm")) == {"good"}
    details = await desk.db.fetch("SELECT detail FROM parked WHERE consumer = 'rapport.complaints.inbound'")
    assert not any("13812345678" in row["detail"] for row in details)
