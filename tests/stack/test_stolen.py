"""Who steals a dump of every database, every record of the broker and every log reads nothing of anybody in them, before
and after a customer is forgotten. Who has the password of a service at the broker, but not its key, has nobody forgotten."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError
from rapport_chassis.security.kinds import Kind
from rapport_cli.services import SERVICES
from rapport_contracts.profiles.customers import CustomerErasureRequested
from rapport_contracts.topics import TOPICS
from rapport_kernel.ids import new_id
from rapport_testing.facts import of_owner
from rapport_testing.plants import Garden, plant
from rapport_testing.topics import dump
from rapport_testing.waiting import wait_for

METRICS = "import os, urllib.request as u; print(u.urlopen(f'http://127.0.0.1:8081/{os.environ[\"RAPPORT_SERVICE\"]}/metrics').read().decode())"


def forms(text: str) -> Iterator[bytes]:
    """How a text may lie in a dump: as it is, as the bytes of a column, in base64 wherever it begins."""
    yield text.encode()
    yield text.encode().hex().encode()
    for before in range(3):
        inside = base64.b64encode(b"?" * before + text.encode())
        yield inside[4 if before else 0 : len(inside) // 4 * 4 - 4]


def found_in(dump: bytes, texts: list[str]) -> list[str]:
    return [text for text in texts if any(form in dump for form in forms(text))]


@pytest.mark.parametrize(
    "kept", [b"zxqwords", b"..7a7871776f726473..", base64.b64encode(b"a zxqwords b"), base64.b64encode(b"zxqwords, said")]
)
def test_the_search_finds_what_lies_open(kept: bytes) -> None:
    assert found_in(b"before" + kept + b"after", ["zxqwords", "wxqother"]) == ["zxqwords"]


def stolen(stack: Any) -> bytes:
    """Every row, every record with its headers, every line that a container said."""
    rows = stack.compose("exec", "-T", "-u", "postgres", "postgres", "pg_dumpall", within=180)
    records = asyncio.run(dump(stack.watcher, *TOPICS))
    parts = [part for one in records for part in (one.key, one.value, *(value for _, value in one.headers)) if part]
    return b"\n".join([rows.encode(), *parts, stack.compose("logs", "--no-color").encode()])


@pytest.fixture(scope="module")
def garden(stack: Any) -> Iterator[Garden]:
    with stack.client() as client:
        made = Garden(client, wait_for)
        plant(made)
        yield made


def test_nothing_of_anybody_can_be_read_in_what_was_stolen(stack: Any, garden: Garden) -> None:
    client, customer, complaint = garden.client, garden.ids["customer_id"], garden.ids["complaint_id"]
    planted = [each for each in garden.plants if each.kind is not Kind.CARE]  # a code of a list, which stands in that list
    texts = sorted({part.strip() for each in planted for part in each.text.split("|") if part.strip()})
    assert len(planted) >= 30
    number = client.get(f"/complaints/v1/complaints/{complaint}").raise_for_status().json()["number"]
    before = stolen(stack)
    assert number.encode() in before and customer.encode() in before and garden.ids["letter_id"].encode() in before
    assert found_in(before, texts) == []

    client.post(f"/complaints/v1/complaints/{complaint}:withdraw", json={"reason": "customer-wish"}).raise_for_status()
    who = ("--requested-by", "agent-7", "--reason", "customer-wish")
    stack.compose("run", "--rm", "-T", "profiles-worker", "forget", customer, *who)

    def forgotten() -> bool:
        states = [client.get(f"/{name}/v1/customer-erasures").raise_for_status().json()["items"] for name in SERVICES]
        return all(any(one["customer_id"] == customer and one["state"] == "done" for one in items) for items in states)

    wait_for(forgotten)
    shown = client.get(f"/profiles/v1/customers/{customer}").raise_for_status().json()
    assert (shown["personal"]["name"], shown["identifiers"]) == (None, [])
    after = stolen(stack)
    assert number.encode() in after
    assert found_in(after, texts) == []


def test_the_broker_password_of_a_service_is_not_enough_to_have_somebody_forgotten(stack: Any, garden: Garden) -> None:
    body = {"personal": {"name": "Kvzan Stays"}, "identifiers": [{"kind": "phone", "value": "13876540999"}]}
    victim = garden.post("/profiles/v1/customers", body)["id"]
    event = CustomerErasureRequested(customer_id=victim, erasure_id=new_id(), requested_at=datetime.now(UTC))
    told = of_owner(event)

    async def write(user: str) -> None:
        password = (stack.folder / "deploy/secrets/kafka" / user / "rapport_kafka_password").read_text()
        producer = AIOKafkaProducer(**stack.reached_as(user, password))
        await producer.start()
        try:
            await producer.send_and_wait(event.topic, event.write(), key=str(event.key).encode(), headers=told.to_headers())
        finally:
            await producer.stop()

    with pytest.raises(TopicAuthorizationFailedError):
        asyncio.run(write("rapport.complaints.relay"))
    rows = customers(stack)
    asyncio.run(write("rapport.profiles.relay"))
    for name in SERVICES:
        wait_for(lambda name=name: reasons(garden.client, name, told.id) == {"signature-missing"})
        wait_for(lambda name=name: alarmed(stack, name))
    assert customers(stack) == rows
    shown = garden.client.get(f"/profiles/v1/customers/{victim}").raise_for_status().json()
    assert shown["personal"]["name"] == "Kvzan Stays"


def customers(stack: Any) -> str:
    """A digest of the rows of customers, with their identifiers."""
    rows = "SELECT c::text FROM customers c UNION ALL SELECT i::text FROM identifiers i"
    query = f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM ({rows}) t"  # noqa: S608 - ours
    return str(
        stack.compose("exec", "-T", "-u", "postgres", "postgres", "psql", "-At", "-d", "rapport_profiles", "-c", query)
    )


def reasons(client: httpx.Client, service: str, event_id: Any) -> set[str]:
    parked = client.get(f"/{service}/v1/parked", params={"state": "parked"}).raise_for_status().json()["items"]
    return {one["reason"] for one in parked if one["event_id"] == str(event_id)}


def alarmed(stack: Any, service: str) -> bool:
    lines = stack.compose("exec", "-T", f"{service}-worker", "python", "-c", METRICS).splitlines()
    return any(line.startswith("rapport_foreign_facts") and float(line.rpartition(" ")[2]) > 0 for line in lines)
