"""All keys are rotated as an operator does it: a new version in each file, a restart, nothing left under the old one, its
line removed, a restart. Meanwhile calls come in. Nobody becomes two customers, everything can be read, and nothing
needs the old keys any more."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from rapport_testing.product import Product, free_port, pages
from rapport_testing.pushing import CUSTOMERS, Pusher
from rapport_testing.waiting import wait_for

pytestmark = pytest.mark.timeout(600)  # two restarts of the whole product
ROTATED = ("master", "index", "transport", "signing")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    made = Product(tmp_path_factory.mktemp("rotation") / "home", free_port())
    made.start()
    yield made
    made.stop()


def customers(client: httpx.Client) -> dict[str, list[tuple[str, str]]]:
    """All customers with what they are known by, in clear."""
    ids = [one["id"] for one in pages(client, "/profiles/v1/customers")]
    shown = [client.get(f"/profiles/v1/customers/{one}").raise_for_status().json() for one in ids]
    return {one["id"]: sorted((each["kind"], each["value"]) for each in one["identifiers"]) for one in shown}


def contacts(client: httpx.Client) -> dict[str, Any]:
    """The contact of every complaint, in clear."""
    ids = [one["id"] for one in pages(client, "/complaints/v1/complaints")]
    return {one: client.get(f"/complaints/v1/complaints/{one}").raise_for_status().json()["contact"] for one in ids}


def plant(client: httpx.Client, number: int) -> None:
    """A customer whom a person registered, and a complaint of theirs."""
    phone = f"1380013800{number}"
    known = [{"kind": "phone", "value": phone}, {"kind": "email", "value": f"a{number}@b.com"}]
    body = {"personal": {"name": f"张{number}"}, "identifiers": known}
    customer = client.post("/profiles/v1/customers", json=body).raise_for_status().json()["id"]
    complaint = {
        "received_at": "2026-03-02T09:00:00Z",
        "problem": "The parcel did not come.",
        "contact": {"name": f"张{number}", "phone": phone},
        "channel": "phone",
        "category": "delivery",
        "customer_id": customer,
    }
    client.post("/complaints/v1/complaints", json=complaint).raise_for_status()


def resolved(client: httpx.Client, phone: str) -> str:
    body = {"identifiers": [{"kind": "phone", "value": phone}]}
    answer = client.post("/profiles/v1/customers:resolve", json=body).raise_for_status().json()
    assert answer["outcome"] == "match", answer
    return str(answer["customer_id"])


def versions(product: Product) -> dict[str, set[int]]:
    """Under which versions rows are, by table; read from the databases."""
    found: dict[str, set[int]] = {}
    queries = {
        "profiles": {
            "identifiers": "SELECT get_byte(blind_index, 0) AS v FROM identifiers",
            "conflict_identifiers": "SELECT get_byte(blind_index, 0) AS v FROM conflict_identifiers",
        },
        "complaints": {"contact_points": "SELECT get_byte(blind_index, 0) AS v FROM contact_points"},
        "interactions": {
            "call_events": "SELECT left(one ->> 'sealed', 4) AS v FROM call_events, jsonb_array_elements(identifiers) AS one"
            " WHERE identifiers IS NOT NULL"
        },
        "satisfaction": {},
    }
    every = "SELECT master_version AS v FROM data_keys WHERE wrapped IS NOT NULL"
    for service, url in product.running["databases"].items():
        for table, query in {f"{service}.data_keys": every, **queries[service]}.items():
            rows = asyncio.run(_rows(url, query))
            found[table] = {urlsafe_b64decode(one)[0] if isinstance(one, str) else one for one in rows}
    return found


async def _rows(url: str, query: str) -> list[Any]:
    db = await asyncpg.connect(url)
    try:
        return [row["v"] for row in await db.fetch(query)]
    finally:
        await db.close()


def nothing_is_left(product: Product) -> bool:
    return product.run("keys", "status", check=False).returncode == 0


def without_old_lines(keys: Path) -> None:
    for path in keys.glob("*.key"):
        lines = [line for line in path.read_text().splitlines() if not line.startswith("1 ")]
        path.write_text("".join(f"{line}\n" for line in lines))


def restart(product: Product) -> None:
    product.stop()
    product.start()


def test_all_keys_are_rotated_and_nobody_is_lost_or_split(product: Product) -> None:
    product.run("demo", "--calls", "20", "--days", "1", "--seed", "7")
    with product.client() as client, product.client() as pushing, Pusher(pushing, "rotation", every=0.5) as pusher:
        for number in range(5):
            plant(client, number)
        phones = [pusher.phone(number) for number in range(CUSTOMERS)]
        wait_for(lambda: len(pusher.calls) >= CUSTOMERS)
        for name in ROTATED:
            product.run("keys", "add", name, "--in", "0")
        before, said = customers(client), contacts(client)
        restart(product)
        calls = len(pusher.calls)
        wait_for(lambda: len(pusher.calls) > calls + CUSTOMERS)
        wait_for(lambda: nothing_is_left(product))
        assert set().union(*versions(product).values()) == {2}, versions(product)
        without_old_lines(product.home / "keys")
        restart(product)
        wait_for(lambda: len(pusher.calls) > calls + 2 * CUSTOMERS)
    with product.client() as client:
        wait_for(lambda: all_linked(client, pusher))
        known = {phone: resolved(client, phone) for phone in phones}
        assert len(set(known.values())) == CUSTOMERS, "each phone number is one customer's"
        after = customers(client)
        assert {one: after.get(one) for one in before} == before
        assert len(after) == len(set(before) | set(known.values())), "nobody was split"
        assert contacts(client) == said
        assert json.loads(product.run("parked", "list", "--json").stdout) == []
        asked = {"contacts": ["138 0013 8000"]}
        assert len(client.post("/complaints/v1/complaints:look-up", json=asked).raise_for_status().json()["items"]) == 1
        gone = known[phones[0]]
        product.run("forget", gone, "--requested-by", "agent-7", "--reason", "customer-wish")
        wait_for(lambda: client.get(f"/profiles/v1/customers/{gone}").json()["identifiers"] == [])


def all_linked(client: httpx.Client, pusher: Pusher) -> bool:
    """Every pushed call has its customer."""
    found = [client.get(f"/interactions/v1/interactions/{one}").json() for one in pusher.calls.values()]
    return all(one.get("customer_id") for one in found)
