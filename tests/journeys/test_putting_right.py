"""A customer is put right, asked, and judges the result; one who is not content is won back, merged, and forgotten.

Over HTTP and Kafka only (S53, S64-S68)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from rapport_contracts.profiles.customers import CustomerMerged
from rapport_kernel.ids import new_id
from rapport_testing.product import Product, gateway
from rapport_testing.topics import dump

from .test_customers import CONFIRMING, forget, receipts, say

C = "/complaints/v1"
S = "/satisfaction/v1"
CLOSING: list[tuple[str, dict[str, Any]]] = [
    ("acknowledge", {"method": "phone"}),
    ("assess", {"severity": "medium"}),
    ("assign", {"assignee": "agent-7"}),
    ("start-investigation", {}),
    ("set-root-cause", {"cause": "process", "latent_risk": False}),
    ("propose", {"remedy": "refund", "note": "We refund the price."}),
    ("record-decision", {"accepted": True}),
    ("resolve", {}),
    ("give-feedback", {"method": "phone"}),
    ("close", {}),
]
REFUND = [{"kind": "apology"}, {"kind": "refund", "amount": "120.00", "currency": "CNY"}]


class Told:
    """What the topics say."""

    def __init__(self, product: Product, wait_for: Callable[..., Any]) -> None:
        self._product, self._wait_for = product, wait_for

    def facts(self, topic: str, key: object) -> list[tuple[str, dict[str, Any]]]:
        """All facts with this key, in order: type without version, and what they say."""
        records = asyncio.run(dump(self._product.kafka, topic))
        mine = [one for one in records if one.key == str(key).encode()]
        return [(dict(one.headers)["ce_type"].decode().removesuffix(".v1"), json.loads(one.value)) for one in mine]

    def fact(self, topic: str, key: object, kind: str) -> dict[str, Any]:
        """The first fact of that kind, once it is there."""
        found = self._wait_for(lambda: [said for name, said in self.facts(topic, key) if name == kind], 60)
        return dict(found[0])


@pytest.fixture
def told(product: Product, wait_for: Callable[..., Any]) -> Told:
    return Told(product, wait_for)


def registered(client: httpx.Client, phone: str) -> UUID:
    body = {"personal": {"name": "张小明"}, "identifiers": [{"kind": "phone", "value": phone}]}
    return UUID(client.post("/profiles/v1/customers", json=body).raise_for_status().json()["id"])


def act(client: httpx.Client, path: str, **body: Any) -> dict[str, Any]:
    answer = client.post(f"{C}{path}", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def put_right_and_closed(client: httpx.Client, customer: UUID) -> tuple[str, str]:
    """A complaint with a recovery that was done, closed: their ids."""
    body = {
        "received_at": datetime.now(UTC).isoformat(),
        "problem": "The parcel came a week late.",
        "contact": {"name": "张小明", "phone": "13900003301"},
        "channel": "phone",
        "category": "delivery",
        "customer_id": str(customer),
    }
    complaint = client.post(f"{C}/complaints", json=body).raise_for_status().json()["id"]
    opened = {"complaint_id": complaint, "failure": "late"}
    case = client.post(f"{C}/recovery-cases", json=opened).raise_for_status().json()["id"]
    act(client, f"/recovery-cases/{case}:propose", remedies=REFUND, reason="late")
    act(client, f"/recovery-cases/{case}:offer", method="phone")
    act(client, f"/recovery-cases/{case}:record-choice", accepted=True)
    assert act(client, f"/recovery-cases/{case}:execute")["state"] == "executed"
    for action, said in CLOSING:
        closed = act(client, f"/complaints/{complaint}:{action}", **said)
    assert closed["state"] == "closed"
    return complaint, case


def answered(client: httpx.Client, complaint: str, score: int, wait_for: Callable[..., Any]) -> dict[str, Any]:
    """They are asked about their complaint, and answer over the link they were sent; the invitation."""

    def asked() -> dict[str, Any] | None:
        items = client.get(f"{S}/invitations", params={"complaint": complaint}).raise_for_status().json()["items"]
        return next((dict(one) for one in items if one["subject"] == "complaint" and one["state"] == "scheduled"), None)

    invitation: dict[str, Any] = wait_for(asked, 60)
    sent = client.post(f"{S}/invitations/{invitation['id']}:send", headers=gateway(client))
    link = httpx.URL(sent.raise_for_status().json()["link"]).path
    with httpx.Client(base_url=client.base_url) as customer:
        assert customer.get(link, headers={"Accept": "text/html"}).status_code == 200
        said = {"answers": {"score": score, "comment": "Well, well."}}
        assert customer.post(link, json=said).status_code == 200
        assert customer.post(link, json=said).status_code == 409, "an answer counts once"
    return invitation


def test_a_content_customer_verifies_what_was_done_for_him(
    product: Product, told: Told, wait_for: Callable[..., Any]
) -> None:
    with product.client() as client:
        customer = registered(client, "13900003301")
        complaint, case = put_right_and_closed(client, customer)
        invitation = answered(client, complaint, 5, wait_for)
        scored = told.fact("rapport.satisfaction", invitation["id"], "satisfaction.scored")
        assert (scored["band"], scored["complaint_id"], scored["customer_id"]) == ("satisfied", complaint, str(customer))
        verified = told.fact("rapport.complaints", case, "recovery.verified")
        assert (verified["by_survey"], verified["value"], verified["invitation_id"]) == (True, 5.0, invitation["id"])
        assert [kind for kind, _ in told.facts("rapport.complaints", case) if kind.startswith("recovery.")] == [
            *("recovery.identified", "recovery.proposed", "recovery.approved", "recovery.offered"),
            *("recovery.accepted", "recovery.executed", "recovery.verified"),
        ]
        shown = client.get(f"{C}/recovery-cases/{case}").json()
        assert (shown["state"], shown["asked"], shown["metric"]) == ("verified", invitation["id"], "csat")
        assert client.get(f"{C}/win-backs", params={"customer": str(customer)}).json()["items"] == []


def test_one_who_is_not_content_is_won_back_then_merged_and_forgotten(
    product: Product, told: Told, wait_for: Callable[..., Any]
) -> None:
    with product.client() as client:
        customer, other = registered(client, "13900003302"), registered(client, "13900003303")
        complaint, case = put_right_and_closed(client, customer)
        answered(client, complaint, 1, wait_for)
        failed = told.fact("rapport.complaints", case, "recovery.failed")
        assert (failed["by_survey"], failed["value"]) == (True, 1.0)

        def requested() -> list[dict[str, Any]]:
            return list(client.get(f"{C}/win-backs", params={"customer": str(customer)}).raise_for_status().json()["items"])

        (task,) = wait_for(requested, 60)
        fact = told.fact("rapport.complaints", task["id"], "win-back.requested")
        assert (fact["reason"], fact["complaint_id"], fact["customer_id"]) == ("low_score", complaint, str(customer))
        assert act(client, f"/win-backs/{task['id']}:start", owner="agent-8")["state"] == "in_progress"
        assert act(client, f"/recovery-cases/{case}:close")["state"] == "closed"

        merge = CustomerMerged(customer_id=other, absorbed_id=customer, merge_id=new_id(), merged_at=datetime.now(UTC))
        say(product, merge)
        wait_for(lambda: set(receipts(product, merge.merge_id)) == {f"{name}-merge.applied.v1" for name in CONFIRMING}, 60)
        moved = {
            row["what"]: row["count"] for row in receipts(product, merge.merge_id)["complaints-merge.applied.v1"]["rows"]
        }
        assert moved == {"complaints": 1, "recovery_cases": 1, "scores": 1, "win_backs": 1}
        assert client.get(f"{C}/win-backs/{task['id']}").json()["customer_id"] == str(other)
        assert client.get(f"{C}/recovery-cases/{case}").json()["customer_id"] == str(other)

        erasure = forget(product, other)
        confirmed = {f"{name}-erasure.confirmed.v1" for name in CONFIRMING}
        wait_for(lambda: confirmed <= set(receipts(product, erasure)), 60)
        over = told.fact("rapport.complaints", task["id"], "win-back.closed")
        assert over["outcome"] == "forgotten"
        assert [kind for kind, _ in told.facts("rapport.complaints", task["id"])] == [
            *("win-back.requested", "win-back.started", "win-back.closed")
        ]
        assert client.get(f"{C}/complaints/{complaint}").json()["problem"] is None


def test_what_services_keep_of_it_is_what_the_log_says(product: Product, wait_for: Callable[..., Any]) -> None:
    every = [one["projection"] for one in json.loads(product.run("projections", "list", "--json").stdout)]
    assert {"profiles/timeline", "complaints/scores", "satisfaction/complaints"} <= set(every)
    wait_for(lambda: product.run("projections", "check", *every, check=False).returncode == 0, 60)
    rebuilt = json.loads(product.run("projections", "rebuild", *every, "--json").stdout)
    assert all(row["added"] == row["changed"] == row["lost"] == 0 for row in rebuilt)
    assert {row["projection"]: row["rows"] > 0 for row in rebuilt}["complaints/scores"]
    with product.client() as client:
        audited = client.get(f"{C}/audit", params={"subject": "projection:scores"}).json()["items"]
        assert [(one["action"], one["actor_id"]) for one in audited] == [("projection.rebuild", "projections")]
