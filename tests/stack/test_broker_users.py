"""The broker of the stack: from outside it speaks TLS to users alone; an analyst reads what is public and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from rapport_chassis.broker import BrokerSettings
from rapport_chassis.rights import public_topics
from rapport_contracts.topics import TOPICS


@pytest.fixture(scope="module")
def analyst(stack) -> BrokerSettings:
    return stack.granted("analyst", "stack")


async def read(kafka: BrokerSettings, topic: str, group: str | None = None, **security: Any) -> None:
    security = security or kafka.client_security()
    reader = AIOKafkaConsumer(topic, bootstrap_servers=kafka.kafka, group_id=group, auto_offset_reset="earliest", **security)
    try:
        async with asyncio.timeout(60):
            await reader.start()
            await reader.getmany(timeout_ms=2000)
    finally:
        await reader.stop()


async def write(kafka: BrokerSettings, topic: str) -> None:
    writer = AIOKafkaProducer(bootstrap_servers=kafka.kafka, **kafka.client_security())
    try:
        await writer.start()
        await writer.send_and_wait(topic, b"{}", key=b"1", headers=[("source", b"pbx")])
    finally:
        await writer.stop()


def refused(attempt: Callable[[], Awaitable[None]], error: type[Exception]) -> bool:
    with pytest.raises(error):
        asyncio.run(attempt())
    return True


def test_an_analyst_reads_what_is_public_and_the_broker_refuses_everything_else(analyst: BrokerSettings) -> None:
    for topic in public_topics():
        asyncio.run(read(analyst, topic, "analyst.stack.warehouse"))
    for topic in set(TOPICS) - set(public_topics()):
        assert refused(lambda topic=topic: read(analyst, topic), TopicAuthorizationFailedError)
    for topic in TOPICS:
        assert refused(lambda topic=topic: write(analyst, topic), TopicAuthorizationFailedError)
    assert refused(lambda: read(analyst, "rapport.complaints", "rapport.profiles.timeline"), GroupAuthorizationFailedError)


def test_a_call_centre_writes_its_inbound_topic_and_nothing_else(stack) -> None:
    desk = stack.granted("call-centre", "desk", "--to", "interactions")
    asyncio.run(write(desk, "rapport.interactions.inbound"))
    for topic in set(TOPICS) - {"rapport.interactions.inbound"}:
        assert refused(lambda topic=topic: write(desk, topic), TopicAuthorizationFailedError)
    assert refused(lambda: read(desk, "rapport.interactions.inbound"), TopicAuthorizationFailedError)


def test_nobody_comes_in_without_tls_without_the_authority_or_as_the_administrator(stack, analyst: BrokerSettings) -> None:
    plain = analyst.client_security() | {"security_protocol": "SASL_PLAINTEXT", "ssl_context": None}
    assert refused(lambda: read(analyst, "rapport.complaints", **plain), KafkaConnectionError)
    elsewhere = BrokerSettings(**analyst.model_dump(exclude={"kafka_ca"})).client_security()
    assert refused(lambda: read(analyst, "rapport.complaints", **elsewhere), KafkaConnectionError)
    password = (stack.folder / "deploy" / "secrets" / "kafka" / "admin" / "rapport_kafka_password").read_text()
    known = {"sasl_mechanism": "PLAIN", "sasl_plain_username": "admin", "sasl_plain_password": password}
    assert refused(lambda: read(analyst, "rapport.complaints", **analyst.client_security() | known), KafkaError)
