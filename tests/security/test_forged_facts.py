"""Whoever may write to a topic may write anything. What is not shown to be a fact of its owner changes nothing: it is
parked, operators are told, nobody can release it. A fact that destroys says who asked and is signed, or nobody follows."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaProducer
from rapport_chassis.keys import KeyRing, Keys
from rapport_chassis.provenance import sign
from rapport_cli.services import SERVICES, described
from rapport_contracts.envelope import Envelope
from rapport_contracts.event import Event
from rapport_contracts.interactions.contacts import InteractionLinked
from rapport_contracts.profiles.customers import CustomerErasureRequested, CustomerMerged
from rapport_contracts.satisfaction.scores import SatisfactionScored
from rapport_contracts.schemas import examples_of
from rapport_kernel.ids import new_id
from rapport_testing.facts import of_owner
from rapport_testing.product import Product, pages
from rapport_testing.topics import dump
from rapport_testing.waiting import wait_for

CUSTOMERS = {f"rapport.{name}.customers" for name in SERVICES}
"""The consumers that follow merges, splits and erasures."""
PARTIES = ("customers", "identifiers", "conflicts", "complaints", "contact_points", "interactions", "scores", "data_keys")
MEMORY = ("customer_merges", "customer_moves", "customer_erasures")


@dataclass
class Attack:
    """A product with two customers, and somebody who may write to its topics."""

    product: Product
    client: httpx.Client
    victim: UUID
    other: UUID

    def write(self, *records: tuple[str, bytes, bytes, list[tuple[str, bytes]]]) -> None:
        """Topic, key, value, headers."""

        async def send() -> None:
            producer = AIOKafkaProducer(**self.product.kafka)
            await producer.start()
            for topic, key, value, headers in records:
                await producer.send_and_wait(topic, value, key=key, headers=headers)
            await producer.stop()

        asyncio.run(send())

    def forge(self, event: Event, *, topic: str = "", key: UUID | None = None, **envelope: Any) -> UUID:
        """Write a fact that is its owner's but for what is given; the id of the event."""
        told = replace(of_owner(event), **envelope)
        self.write((topic or event.topic, str(key or told.subject).encode(), event.write(), told.to_headers()))
        return told.id

    def parked(self, event_id: UUID) -> dict[str, str]:
        """Who has parked this event, and why."""
        found = [one for name in SERVICES for one in pages(self.client, f"/{name}/v1/parked", state="parked")]
        return {one["consumer"]: one["reason"] for one in found if one["event_id"] == str(event_id)}

    def is_parked(self, event_id: UUID, consumers: set[str], reason: str) -> None:
        """Wait until all of these have parked it for that reason."""
        wait_for(lambda: {each: self.parked(event_id).get(each) for each in consumers} == dict.fromkeys(consumers, reason))

    def rows(self) -> dict[str, str]:
        """A hash over all rows of the tables of customers, of each service."""
        return {
            f"{service}.{table}": digest
            for service, url in self.product.running["databases"].items()
            for table, digest in asyncio.run(_digests(url))
        }


async def _digests(url: str) -> list[tuple[str, str]]:
    db = await asyncpg.connect(url)
    try:
        there = {row[0] for row in await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
        query = "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t"
        # The key of the park itself is made with the first message that lies there.
        without = {"data_keys": " WHERE subject <> '5a0d5f0e-3c0c-5d6c-9a3e-6f1f2f1c9b27'"}
        wanted = sorted(there & {*PARTIES, *MEMORY})
        return [(name, await db.fetchval(query.format(name) + without.get(name, ""))) for name in wanted]
    finally:
        await db.close()


@pytest.fixture(scope="module")
def attack(product: Product) -> Iterator[Attack]:
    with product.client() as client:
        made = [registered(client, phone) for phone in ("13900007701", "13900007702")]
        body = {
            "received_at": "2026-03-02T09:00:00Z",
            "problem": "The parcel did not come.",
            "contact": {"name": "张小明", "phone": "13900007701"},
            "channel": "phone",
            "category": "delivery",
            "customer_id": str(made[0]),
        }
        filed = client.post("/complaints/v1/complaints", json=body).raise_for_status().json()
        client.post(f"/complaints/v1/complaints/{filed['id']}:withdraw", json={"reason": "customer-wish"}).raise_for_status()
        wait_for(lambda: client.get(f"/profiles/v1/customers/{made[0]}/timeline").json().get("items"))
        yield Attack(product, client, *made)


def registered(client: httpx.Client, phone: str) -> UUID:
    body = {"personal": {"name": "张小明"}, "identifiers": [{"kind": "phone", "value": phone}]}
    return UUID(client.post("/profiles/v1/customers", json=body).raise_for_status().json()["id"])


def erasure(customer: UUID) -> CustomerErasureRequested:
    return CustomerErasureRequested(customer_id=customer, erasure_id=new_id(), requested_at=datetime.now(UTC))


def signed_by_a_stranger(event: Event, version: int) -> Envelope:
    """Signed with a key that is not that of the installation."""
    ring = KeyRing("signing", {version: os.urandom(32)})
    told = of_owner(event)
    nothing = KeyRing("any", {1: bytes(32)})
    return replace(told, signature=sign(told, event.write(), Keys(nothing, nothing, signing=ring)))


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        (None, "signature-missing"),
        ("", "signature-missing"),
        ("1", "signature-wrong"),
        ("1.", "signature-wrong"),
        ("one.AAAA", "signature-wrong"),
        (1, "signature-wrong"),
        (9, "signature-key-unknown"),
    ],
)
def test_an_erasure_that_is_not_signed_by_its_owner_erases_nobody(
    attack: Attack, signature: str | int | None, reason: str
) -> None:
    before = attack.rows()
    event = erasure(attack.victim)
    if isinstance(signature, int):
        signature = signed_by_a_stranger(event, signature).signature
    if signature == "":
        told = of_owner(event)
        attack.write((event.topic, str(event.key).encode(), event.write(), [*told.to_headers(), ("ce_signature", b"")]))
        event_id = told.id
        reason = "signature-wrong"
    else:
        event_id = attack.forge(event, signature=signature)
    attack.is_parked(event_id, CUSTOMERS | {"rapport.profiles.timeline"}, reason)
    assert attack.rows() == before


def test_operators_are_told_and_cannot_release_it(attack: Attack) -> None:
    event_id = attack.forge(erasure(attack.victim))
    attack.is_parked(event_id, CUSTOMERS, "signature-missing")
    before = attack.rows()
    for service in SERVICES:
        wait_for(lambda service=service: alarm(attack, service) > 0)
        released = attack.product.run(
            *("parked", "release", "--service", service, "--reason", "signature-missing", "--json"), check=False
        )
        assert (released.returncode, json.loads(released.stdout)["released"]) == (1, 0)
    attack.is_parked(event_id, CUSTOMERS, "signature-missing")
    assert attack.rows() == before


def alarm(attack: Attack, service: str) -> float:
    lines = httpx.get(f"{attack.product.management}/{service}/metrics", timeout=30).text.splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith("rapport_foreign_facts{"))


def test_a_fact_under_another_key_or_by_another_source_is_not_its_owners(attack: Attack) -> None:
    before = attack.rows()
    merge = CustomerMerged(
        customer_id=attack.other, absorbed_id=attack.victim, merge_id=new_id(), merged_at=datetime.now(UTC)
    )
    cases = {
        "wrong-key": attack.forge(merge, key=new_id()),
        "wrong-source": attack.forge(merge, source="/attacker"),
        "wrong-subject": attack.forge(merge, subject=new_id()),
    }
    for reason, event_id in cases.items():
        attack.is_parked(event_id, CUSTOMERS, reason)
    # On a topic of another service, which that service may write to: the timeline reads them all.
    elsewhere = attack.forge(merge, topic="rapport.satisfaction")
    attack.is_parked(elsewhere, {"rapport.profiles.timeline"}, "wrong-topic")
    assert attack.rows() == before


@pytest.mark.parametrize(
    ("kind", "consumers"),
    [
        (InteractionLinked, {"rapport.complaints.interactions", "rapport.satisfaction.contacts"}),
        (SatisfactionScored, {"rapport.complaints.satisfaction", "rapport.profiles.timeline"}),
    ],
)
def test_links_and_scores_of_a_stranger_change_nothing(attack: Attack, kind: type[Event], consumers: set[str]) -> None:
    before = attack.rows()
    event = kind.model_validate(examples_of(kind.event_type)[0]).model_copy(update={"customer_id": attack.victim})
    attack.is_parked(attack.forge(event, source="profiles"), consumers, "wrong-source")
    attack.is_parked(attack.forge(event, key=new_id()), consumers, "wrong-key")
    attack.is_parked(attack.forge(event, subject=new_id()), consumers, "wrong-subject")
    assert attack.rows() == before


def test_an_erasure_that_was_asked_for_names_who_asked_and_cannot_be_said_again_of_somebody_else(attack: Attack) -> None:
    """The victim's key is held up by none of what was forged before."""
    third = registered(attack.client, "13900007703")
    asked = attack.product.run(*("forget", third, "--requested-by", "agent-7", "--reason", "customer-wish", "--json"))
    erasure_id = json.loads(asked.stdout)["erasure_id"]

    def states() -> list[str]:
        rows = json.loads(attack.product.run("erasures", "--customer", third, "--json").stdout)
        assert all((one["requested_by"], one["reason"]) == ("agent-7", "customer-wish") for one in rows)
        return [one["state"] for one in rows]

    wait_for(lambda: states() == ["done"] * len(described()))
    for service in SERVICES:
        audited = attack.client.get(f"/{service}/v1/audit", params={"subject": f"customer:{third}"}).json()["items"]
        [erased] = [one for one in audited if one["action"] == "customer.erased"]
        assert (erased["reason"], erased["detail"]["requested_by"]) == ("customer-wish", "agent-7")

    before = attack.rows()
    records = asyncio.run(dump(attack.product.kafka, "rapport.profiles"))
    kind = CustomerErasureRequested.event_type.encode()
    [genuine] = [one for one in records if erasure_id.encode() in one.value and dict(one.headers)["ce_type"] == kind]
    victim, headers = str(attack.victim).encode(), dict(genuine.headers)
    again = {
        "wrong-key": (victim, genuine.value, headers),
        "signature-wrong": (victim, genuine.value.replace(str(third).encode(), victim), {**headers, "ce_subject": victim}),
    }
    for reason, (key, value, told) in again.items():
        event_id = new_id() if reason != "wrong-key" else UUID(headers["ce_id"].decode())
        sent = {**told, "ce_id": str(event_id).encode()}
        attack.write(("rapport.profiles", key, value, list(sent.items())))
        attack.is_parked(event_id, CUSTOMERS, reason)
    assert attack.rows() == before

    attack.product.run("forget", attack.victim, "--requested-by", "agent-7", "--reason", "customer-wish")
    read = f"/profiles/v1/customers/{attack.victim}"
    wait_for(lambda: attack.client.get(read).json()["identifiers"] == [])


def test_a_customer_who_is_not_there_and_a_name_in_the_place_of_an_id_are_refused(attack: Attack) -> None:
    nobody = attack.product.run("forget", new_id(), "--requested-by", "agent-7", "--reason", "wish", check=False)
    assert (nobody.returncode, "not-found" in nobody.stderr) == (1, True)
    wrong = attack.product.run("forget", attack.other, "--requested-by", "", "--reason", "wish", check=False)
    assert (wrong.returncode, "codes of at most" in wrong.stderr) == (1, True)


def test_without_the_signing_key_nothing_is_recorded(attack: Attack, tmp_path: Path) -> None:
    for name in ("master", "index", "transport", "verifying"):
        (tmp_path / f"{name}.key").write_bytes((attack.product.home / "keys" / f"{name}.key").read_bytes())
    without = replace(attack.product, more={"RAPPORT_KEYS": str(tmp_path)})
    refused = without.run("forget", attack.other, "--requested-by", "agent-7", "--reason", "wish", check=False)
    assert (refused.returncode, "signing.key is missing" in refused.stderr) == (1, True)
    assert json.loads(attack.product.run("erasures", "--customer", attack.other, "--json").stdout) == []
