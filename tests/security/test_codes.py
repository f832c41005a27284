"""Codes go in clear to topics that are kept for ever and outlive an erasure: no name and no number gets into one, whichever
way it comes. That a customer is vulnerable is told to who may know it, and to no topic."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaProducer
from rapport_contracts.topics import TOPICS
from rapport_testing.product import Product
from rapport_testing.topics import dump
from rapport_testing.waiting import eventually

NUMBER = "13023280144"
PLANTED = ("Mr Wang", NUMBER, "wang@example.cn", "\u202egnaw", "wa\u200bng", "w\u0430ng")
TEXTS = [f"Mr Wang {NUMBER}", NUMBER, "130-2328-0144", "wang@example.cn", "\u202egnaw", "wa\u200bng", "w\u0430ng", "王小明"]
"""A name with a number, a number alone and as it is written, a mail address, turned round, with what nobody sees, with a
Cyrillic letter, a name in another script."""
MAIL = "li@example.cn"
"""Of somebody of the staff: who tried what stands in the audit trail, and nowhere else."""
DECLARED = b"complaint.declared-major.v1"
COMPLAINTS, PUSH = "/complaints/v1/complaints", "/interactions/v1/interaction-events:batch"
OPENERS = ("product", "category", "touchpoint", "subject_unit")


@pytest.fixture(scope="module")
def client(product: Product) -> Iterator[httpx.Client]:
    """Somebody who may do everything."""
    with product.client() as made:
        yield made


def _wait(condition: Callable[[], Any]) -> Any:
    return asyncio.run(eventually(condition, within=60, every=0.2))


def _told(**more: Any) -> dict[str, Any]:
    return {
        "received_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(),
        "problem": "The parcel did not arrive.",
        "contact": {"phone": "13812345678"},
        "channel": "phone",
        "category": "delivery",
        **more,
    }


def _refused(answer: httpx.Response, field: str) -> None:
    """A problem that names the field, and echoes nothing."""
    assert answer.status_code == 422, answer.text
    wrong = {each["path"]: each["code"] for each in answer.json()["errors"]}
    assert {path.split(".")[0] for path in wrong} == {field}
    assert set(wrong.values()) <= {"not-a-code", "not-a-staff-id", "not-a-reference"}
    assert not any(each in answer.text for each in PLANTED)


@pytest.mark.parametrize("text", TEXTS)
def test_a_complaint_takes_codes_only(client: httpx.Client, text: str) -> None:
    for field in OPENERS:
        _refused(client.post(COMPLAINTS, json=_told(**{field: text})), field)
    _refused(client.post(COMPLAINTS, json=_told(subject_staff=[text])), "subject_staff")
    filed = client.post(COMPLAINTS, json=_told()).raise_for_status().json()
    here = f"{COMPLAINTS}/{filed['id']}"
    _refused(client.post(f"{here}:assign", json={"assignee": text}), "assignee")
    for action, body in (("assess", {"severity": "low"}), ("release", {}), ("withdraw", {})):
        _refused(client.post(f"{here}:{action}", json={**body, "reason": text}), "reason")


@pytest.mark.parametrize("text", TEXTS)
def test_registers_rules_and_links_are_named_by_codes(client: httpx.Client, text: str) -> None:
    entry = {"zh": "配送", "en": "Delivery"}
    body = {"name": "t", "entries": {"delivery": entry, text: entry}}
    answer = client.put("/complaints/v1/taxonomies/categories", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not-a-code")
    _refused(client.put("/complaints/v1/staff/agent-1", json={"team": text, "calendar": "cn", "capacity": 5}), "team")
    _refused(client.post("/complaints/v1/intake-links", json={"category": text}), "category")
    key = {"name": "PBX", "source": text, "scopes": ["interactions:push"]}
    _refused(client.post("/interactions/v1/machine-keys", json=key), "source")


@pytest.mark.parametrize("text", TEXTS)
def test_an_import_takes_codes_only(client: httpx.Client, text: str) -> None:
    item = {"ref": "1", "received_at": "2024-05-27T06:08:51Z", "state": "received", "channel": "web", "category": "x"}
    for field in ("ref", "category", "touchpoint", "product", "assignee"):
        sent = {"source": "theirs", "complaints": [{**item, field: text}]}
        if field == "ref" and text == "130-2328-0144":
            continue  # below: digits of ids with separators are common, this one is a number as it is dialled
        answer = client.post(f"{COMPLAINTS}:import", json=sent).raise_for_status().json()
        assert [(one["result"], one["reason"]) for one in answer["results"]] == [("rejected", f"invalid:{field}")]
    _refused(client.post(f"{COMPLAINTS}:import", json={"source": text, "complaints": [item]}), "source")


def _event(place: int, **more: Any) -> dict[str, Any]:
    at = datetime.now(UTC).isoformat()
    return {"event_id": f"e-{place}", "call_id": "c-1", "type": "started", "occurred_at": at, **more}


@pytest.mark.parametrize(
    "field", ["agent", "queue", "touchpoint", "contact_type", "channel", "outcome", "call_id", "event_id"]
)
def test_what_a_call_centre_pushes_is_quarantined_where_it_is_no_code(client: httpx.Client, field: str) -> None:
    texts = ["13023280144", "130-2328-0144"] if field.endswith("_id") else TEXTS
    events = [_event(place, **{field: text}) for place, text in enumerate(texts)]
    answer = client.post(PUSH, params={"source": "pbx"}, json={"events": events}).raise_for_status().json()
    found = {(one["result"], one["reason"], one["where"]) for one in answer["results"]}
    assert found == {("quarantined", "bad-code", field)}


def test_over_kafka_it_is_parked_or_quarantined(product: Product, client: httpx.Client) -> None:
    whole = [json.dumps({**_told(product=text), "ref": f"r-{place}"}) for place, text in enumerate(TEXTS)]
    events = [json.dumps(_event(place, event_id=f"k-{place}", queue=text)) for place, text in enumerate(TEXTS)]

    async def send() -> None:
        producer = AIOKafkaProducer(**product.kafka)
        await producer.start()
        for topic, values in (("rapport.complaints.inbound", whole), ("rapport.interactions.inbound", events)):
            for value in values:
                await producer.send_and_wait(topic, value.encode(), headers=[("source", b"theirs")])
        await producer.stop()

    asyncio.run(send())
    _wait(lambda: client.get("/complaints/v1/parked", params={"state": "parked"}).json()["items"][len(TEXTS) - 1 :])
    waiting = {"source": "theirs", "state": "waiting"}
    _wait(lambda: client.get("/interactions/v1/quarantine", params=waiting).json()["items"][len(TEXTS) - 1 :])


def test_somebody_whose_id_is_a_mail_address_reads_but_does_nothing(product: Product, client: httpx.Client) -> None:
    named = product.run("token", "--level", "2", "--subject", MAIL).stdout.strip()
    with httpx.Client(base_url=product.url, headers={"Authorization": f"Bearer {named}"}) as somebody:
        assert somebody.get(COMPLAINTS).status_code == 200
        answer = somebody.post(COMPLAINTS, json=_told())
        assert (answer.status_code, answer.json()["code"]) == (403, "staff-id-not-opaque")
    audited = asyncio.run(_rows(product, "complaints", f"SELECT action FROM audit WHERE actor_id = '{MAIL}'"))  # noqa: S608
    assert [row["action"] for row in audited] == ["access.denied"]


def test_vulnerable_is_told_to_who_may_know_it_and_to_no_topic(product: Product, client: httpx.Client) -> None:
    filed = client.post(COMPLAINTS, json=_told(vulnerability="bereavement")).raise_for_status().json()
    here = f"{COMPLAINTS}/{filed['id']}"
    client.post(f"{here}:acknowledge", json={"method": "phone"}).raise_for_status()
    client.post(f"{here}:assess", json={"severity": "critical"}).raise_for_status()
    _wait(lambda: "major" in client.get(here).json()["flags"])
    for level, flags in ((1, ["major"]), (2, ["major", "vulnerable"])):
        with product.client(level) as reader:
            assert reader.get(here).json()["flags"] == flags
            listed = reader.get(COMPLAINTS, params={"number": filed["number"]}).json()["items"]
            assert [each["flags"] for each in listed] == [flags]
            assert reader.get(COMPLAINTS, params={"flag": "vulnerable"}).status_code == (403 if level == 1 else 200)

    async def declared() -> list[Any]:
        records = await dump(product.kafka, "rapport.complaints")
        values = [json.loads(each.value) for each in records if dict(each.headers)["ce_type"] == DECLARED]
        return [each for each in values if each["complaint_id"] == filed["id"]]

    (fact,) = _wait(declared)
    assert (fact["rule"], fact["reason"]) == (None, "by-rule")
    assert asyncio.run(_rows(product, "complaints", "SELECT flags FROM complaints WHERE flags @> '{vulnerable}'")) == []


async def _rows(product: Product, service: str, query: str) -> list[Any]:
    connection = await asyncpg.connect(product.running["databases"][service])
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


def test_nothing_of_it_lies_in_a_table_or_on_a_topic(product: Product) -> None:
    """After all of the above."""

    async def found() -> list[str]:
        where: list[str] = []
        for name, address in product.running["databases"].items():
            connection = await asyncpg.connect(address)
            tables = [row["relname"] for row in await connection.fetch(_TABLES)]
            for table in tables:
                lines = await connection.fetch(_LINES.format(table=f'"{table}"'), list(PLANTED))
                where += [f"{name}.{table}: {row['line'][:200]}" for row in lines]
            await connection.close()
        ours = [each for each in TOPICS if "inbound" not in each]
        for record in await dump(product.kafka, *ours):
            text = (record.value or b"").decode("utf-8", "replace") + str(record.key) + str(record.headers)
            where += [f"{record.topic}: {each}" for each in PLANTED if each in text]
        return where

    assert asyncio.run(found()) == []
    log = (Path(product.home).parent / "up.log").read_text(errors="replace")
    assert [each for each in PLANTED if each in log] == []


_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
_LINES = (
    "SELECT t::text AS line FROM {table} t WHERE EXISTS (SELECT FROM unnest($1::text[]) p WHERE position(p IN t::text) > 0)"
)
