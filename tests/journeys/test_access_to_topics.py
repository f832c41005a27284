"""Who comes to the broker as whom: the services do all of their work with what they were granted, and nobody does more."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from rapport_chassis.rights import public_topics
from rapport_cli.local.home import Home
from rapport_cli.local.users import settings_of_reader, settings_of_service
from rapport_cli.services import SERVICES
from rapport_contracts.topics import TOPICS
from rapport_testing.product import Product, pages

PRIVATE = sorted(set(TOPICS) - set(public_topics()))
NOT_THEIRS = ("rapport.profiles", "rapport.interactions", "rapport.satisfaction", "rapport.complaints.inbound")
"""Topics to which no role of Complaints writes."""
DENIED = re.compile(r"Principal = User:(\S+) is Denied operation = (\S+) .*?resource = (\S+)")


@dataclass
class Somebody:
    """A user at the broker of a product."""

    product: Product
    name: str
    password: str

    @property
    def client(self) -> Mapping[str, Any]:
        return self.product.kafka_as(**settings_of_reader(self.product.running["kafka"], self.name, self.password))

    async def read(self, topic: str, group: str | None = None) -> int:
        """How many records one poll brings from the beginning on; with a group, their offsets are committed."""
        reader = AIOKafkaConsumer(
            topic, **self.client, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False
        )
        try:
            async with asyncio.timeout(30):
                await reader.start()
                found = await reader.getmany(timeout_ms=2000)
                if group and found:
                    await reader.commit()
            return sum(map(len, found.values()))
        finally:
            await reader.stop()

    async def write(self, topic: str, value: bytes = b"{}", *, key: bytes = b"1", source: str = "pbx") -> None:
        writer = AIOKafkaProducer(**self.client)
        try:
            await writer.start()
            await writer.send_and_wait(topic, value, key=key, headers=[("source", source.encode())])
        finally:
            await writer.stop()


def granted(product: Product, *arguments: str) -> Iterator[Somebody]:
    made = json.loads(product.run("access", "grant", *arguments, "--json").stdout)
    yield Somebody(product, made["user"], made["password"])
    product.run("access", "revoke", made["user"], check=False)


@pytest.fixture(scope="module")
def analyst(product: Product) -> Iterator[Somebody]:
    yield from granted(product, "analyst", "wang")


@pytest.fixture(scope="module")
def call_centre(product: Product) -> Iterator[Somebody]:
    yield from granted(product, "call-centre", "pbx-7", "--to", "interactions")


def refused(attempt: Callable[[], Awaitable[Any]], error: type[KafkaError]) -> bool:
    with pytest.raises(error):
        asyncio.run(attempt())
    return True


def test_an_analyst_reads_every_public_topic_in_groups_of_their_own(analyst: Somebody) -> None:
    for topic in public_topics():
        asyncio.run(analyst.read(topic, "analyst.wang.warehouse"))
    assert asyncio.run(analyst.read("rapport.complaints.catalogue")) > 0


def test_an_analyst_reads_nothing_private_and_writes_nothing(analyst: Somebody) -> None:
    for topic in PRIVATE:
        assert refused(lambda topic=topic: analyst.read(topic, "analyst.wang.warehouse"), TopicAuthorizationFailedError)
    for topic in TOPICS:
        assert refused(lambda topic=topic: analyst.write(topic), TopicAuthorizationFailedError)


def test_an_analyst_comes_in_no_group_of_somebody_else(analyst: Somebody) -> None:
    for group in ("rapport.profiles.timeline", "analyst.wan.warehouse", "analyst.wang", "analytics"):
        assert refused(lambda group=group: analyst.read("rapport.complaints", group), GroupAuthorizationFailedError)


def test_a_call_centre_writes_its_calls_and_they_become_contacts(product: Product, call_centre: Somebody, wait_for) -> None:
    call = f"call-{uuid4()}"
    at = datetime.now(UTC).isoformat()
    for number, event in enumerate(({"type": "started"}, {"type": "ended", "outcome": "abandoned"})):
        told = {"event_id": f"{call}-{number}", "call_id": call, "occurred_at": at, **event}
        asyncio.run(call_centre.write("rapport.interactions.inbound", json.dumps(told).encode(), key=call.encode()))
    with product.client() as client:
        found = wait_for(
            lambda: [each for each in pages(client, "/interactions/v1/interactions") if each.get("call_id") == call]
        )
    assert len(found) == 1


def test_a_call_centre_writes_nowhere_else_and_reads_nothing(call_centre: Somebody) -> None:
    for topic in set(TOPICS) - {"rapport.interactions.inbound"}:
        assert refused(lambda topic=topic: call_centre.write(topic), TopicAuthorizationFailedError)
    for topic in TOPICS:
        assert refused(lambda topic=topic: call_centre.read(topic), TopicAuthorizationFailedError)


@pytest.mark.parametrize("role", ["api", "worker", "relay"])
def test_no_role_of_a_service_states_facts_of_another(product: Product, role: str) -> None:
    """security.md 1: whoever reached the broker erased any customer."""
    kafka = product.running["kafka"]
    password = settings_of_service(Home(product.home), kafka, "complaints")["kafka_password"]
    user = Somebody(product, f"rapport.complaints.{role}", password)
    for topic in NOT_THEIRS:
        assert refused(lambda topic=topic: user.write(topic), TopicAuthorizationFailedError)
    if role != "relay":
        assert refused(lambda: user.write("rapport.complaints"), TopicAuthorizationFailedError)


def test_nobody_comes_in_without_a_user_or_with_another_password(product: Product, analyst: Somebody) -> None:
    async def anonymous() -> None:
        reader = AIOKafkaConsumer(bootstrap_servers=product.running["kafka"], request_timeout_ms=3000)
        try:
            await reader.start()
            await reader.end_offsets([TopicPartition("rapport.complaints", 0)])
        finally:
            await reader.stop()

    assert refused(anonymous, KafkaConnectionError)
    assert refused(lambda: Somebody(product, analyst.name, "wrong").read("rapport.complaints"), KafkaError)


def test_who_is_revoked_comes_in_no_more_and_is_on_no_list(product: Product) -> None:
    made = json.loads(product.run("access", "grant", "analyst", "li", "--json").stdout)
    user = Somebody(product, made["user"], made["password"])
    asyncio.run(user.read("rapport.complaints"))
    again = product.run("access", "grant", "analyst", "li", check=False)
    assert again.returncode == 1 and "is there already" in again.stderr
    other = json.loads(product.run("access", "password", "analyst.li", "--json").stdout)
    assert refused(lambda: user.read("rapport.complaints"), KafkaError)
    user.password = other["password"]
    asyncio.run(user.read("rapport.complaints"))
    product.run("access", "revoke", "analyst.li")
    assert "analyst.li" not in product.run("access", "list", "--all").stdout
    assert refused(lambda: user.read("rapport.complaints"), KafkaError)
    gone = product.run("access", "revoke", "analyst.li", check=False)
    assert (gone.returncode, gone.stderr.strip()) == (1, "rapport: no user 'analyst.li' at the broker")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (("grant", "analyst", "Wang*"), "a name is small letters"),
        (("grant", "call-centre", "pbx", "--to", "profiles"), "no service 'profiles' takes records"),
        (("revoke", "rapport.complaints.relay"), "is a user of Rapport itself"),
    ],
)
def test_what_cannot_be_granted_or_revoked_is_said(product: Product, wrong: tuple[str, ...], says: str) -> None:
    done = product.run("access", *wrong, check=False)
    assert done.returncode == 2 and says in done.stderr


def test_a_command_that_may_not_read_a_topic_says_so(product: Product) -> None:
    done = product.run("events", "tail", "--topic", "rapport.interactions.private", "--from", "start", "--end", check=False)
    assert done.returncode == 1 and "does not let this user read" in done.stderr


@pytest.mark.timeout(400)
def test_the_services_do_all_of_their_work_with_what_they_were_granted(product: Product) -> None:
    """What the demonstration does not touch: the API reads for live updates, a worker reads a log again."""
    product.run("demo", "--calls", "20")
    product.run("projections", "check", "profiles/timeline")
    with product.client() as client:
        for service in SERVICES:
            with client.stream("GET", f"/{service}/v1/events") as answer:
                assert next(answer.iter_lines())
    denied = {found.groups() for found in map(DENIED.search, _log(product)) if found is not None}
    assert denied  # what the other tests tried is in the log
    own = {f"rapport.{service}" for service in SERVICES}
    mine = {each for each in denied if each[0].rpartition(".")[0] in own and not _tried(each)}
    assert mine == set()


def _log(product: Product) -> list[str]:
    return (product.home / "kafka" / "kafka.log").read_text().splitlines()


def _tried(denied: tuple[str, ...]) -> bool:
    """What a test of this file has tried as somebody of Complaints."""
    user, operation, resource = denied
    if user == "rapport.complaints.api" and operation == "DESCRIBE":  # before who writes is told that they may not
        return resource.rpartition(":")[2] in NOT_THEIRS
    return user.startswith("rapport.complaints.") and operation == "WRITE"
