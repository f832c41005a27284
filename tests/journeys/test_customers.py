"""Two customers who are one, taken apart again, then forgotten: in all services of the whole product."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaProducer
from rapport_cli.services import described
from rapport_contracts.event import Event
from rapport_contracts.profiles.customers import CustomerMerged, CustomerSplit
from rapport_kernel.ids import new_id
from rapport_testing.facts import of_owner, sent
from rapport_testing.product import Product
from rapport_testing.topics import dump

NOW = datetime.now(UTC)
CONFIRMING = [service.name for service in described() if service.customers is not None]
"""The services that hold customers, and say so when one is merged, split or forgotten."""
COMPLAINT = {
    "received_at": NOW.isoformat(),
    "problem": "张小明的包裹没有送到。",
    "contact": {"name": "张小明", "phone": "13900001111"},
    "channel": "phone",
    "category": "delivery",
}


def say(product: Product, event: Event) -> None:
    async def send() -> None:
        producer = AIOKafkaProducer(**product.kafka)
        await producer.start()
        key, value, headers = sent(event, of_owner(event), None)
        await producer.send_and_wait(event.topic, value, key=key, headers=headers)
        await producer.stop()

    asyncio.run(send())


def forget(product: Product, customer: UUID) -> UUID:
    """Ask for it as an operator does; the id of the erasure."""
    asked = product.run("forget", str(customer), "--requested-by", "agent-7", "--reason", "customer-wish", "--json")
    return UUID(json.loads(asked.stdout)["erasure_id"])


def receipts(product: Product, key: UUID) -> dict[str, Any]:
    """What the services said about a merge or an erasure, by type."""
    records = asyncio.run(dump(product.kafka, *(f"rapport.{name}" for name in CONFIRMING)))
    mine = [one for one in records if one.key == str(key).encode()]
    return {dict(one.headers)["ce_type"].decode(): json.loads(one.value) for one in mine}


def test_four_services_follow_a_merge_its_split_and_an_erasure(product: Product, wait_for) -> None:
    with product.client() as client:
        made = []
        for number, name in (("13900001111", "张小明"), ("13900002222", "李四")):
            body = {"personal": {"name": name}, "identifiers": [{"kind": "phone", "value": number}]}
            made.append(UUID(client.post("/profiles/v1/customers", json=body).raise_for_status().json()["id"]))
        a, b = made
        filed = client.post("/complaints/v1/complaints", json={**COMPLAINT, "customer_id": str(a)}).raise_for_status().json()
        path = f"/complaints/v1/complaints/{filed['id']}"

        merge = CustomerMerged(customer_id=b, absorbed_id=a, merge_id=new_id(), merged_at=NOW)
        say(product, merge)
        wait_for(lambda: set(receipts(product, merge.merge_id)) == {f"{name}-merge.applied.v1" for name in CONFIRMING}, 60)
        assert client.get(path).json()["customer_id"] == str(b)
        known = client.get(f"/profiles/v1/customers/{b}").json()["identifiers"]
        assert {one["value"] for one in known} == {"+8613900001111", "+8613900002222"}

        say(
            product, CustomerSplit(customer_id=b, restored_id=a, merge_id=merge.merge_id, returned=[], kept=[], split_at=NOW)
        )
        wait_for(lambda: {f"{name}-split.applied.v1" for name in CONFIRMING} <= set(receipts(product, merge.merge_id)), 60)
        assert client.get(path).json()["customer_id"] == str(a)

        erasure = forget(product, a)
        held = wait_for(lambda: receipts(product, erasure).get("complaints-erasure.held.v1"), 60)
        assert held["reasons"] == [{"what": "open-complaint", "count": 1}]
        (waits,) = json.loads(product.run("erasures", "--customer", a, "--state", "held", "--json").stdout)
        assert (waits["service"], waits["held_by"]) == ("complaints", {"open-complaint": 1})
        assert "1 open-complaint" in product.run("erasures", "--state", "held").stdout
        client.post(f"{path}:withdraw", json={"reason": "customer-wish"}).raise_for_status()
        wait_for(lambda: {f"{name}-erasure.confirmed.v1" for name in CONFIRMING} <= set(receipts(product, erasure)), 60)
        assert client.get(path).json()["problem"] is None
        assert client.get(f"/profiles/v1/customers/{a}").json()["identifiers"] == []
        looked = {"identifiers": [{"kind": "phone", "value": "13900001111"}]}
        assert client.post("/profiles/v1/customers:resolve", json=looked).json()["outcome"] == "none"
