"""The operator's guide on backups, walked on compose: a lost database comes back, with what the log has beyond the backup; a
lost broker is begun anew. The finer points are in `libs/cli/tests/test_backup.py`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from rapport_cli.services import SERVICES
from rapport_testing.pushing import answered_call
from rapport_testing.waiting import wait_for

GUIDE = (Path(__file__).parents[2] / "docs" / "operator.md").read_text()
COUNT = "SELECT count(*) FROM customers"


def walk(stack: Any, name: str) -> str:
    """The commands of the guide in the block of this name; what they said."""
    [block] = re.findall(rf"^```sh {name}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        ["bash", "-c", f"set -eo pipefail\n{block}"],
        cwd=stack.folder, env=stack.environment, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-5000:]
    return done.stdout


def rows(stack: Any, service: str, query: str) -> str:
    psql = ("psql", "-At", "-d", f"rapport_{service}", "-c", query)
    return str(stack.compose("exec", "-T", "-u", "postgres", "postgres", *psql)).strip()


def call(client: httpx.Client, name: str, phone: str) -> str:
    """A call is pushed; who it was, once that is known."""
    events = answered_call(name, phone)
    pushed = client.post("/interactions/v1/interaction-events:batch?source=backup", json={"events": events})
    contact = pushed.raise_for_status().json()["results"][0]["interaction_id"]
    return str(wait_for(lambda: client.get(f"/interactions/v1/interactions/{contact}").json().get("customer_id")))


def complain(client: httpx.Client) -> None:
    body = {"received_at": "2026-03-02T10:00:00Z", "channel": "letter", "category": "delivery", "problem": "Late.",
            "contact": {"email": "somebody@example.org"}}  # fmt: skip
    client.post("/complaints/v1/complaints", json=body).raise_for_status()


def scheduled(client: httpx.Client, customer: str) -> str | None:
    query = {"customer": customer, "state": "scheduled", "due": "true"}
    found = client.get("/satisfaction/v1/invitations", params=query).raise_for_status().json()["items"]
    return found[0]["id"] if found else None


def forgotten(client: httpx.Client, customer: str) -> bool:
    states = [client.get(f"/{name}/v1/customer-erasures").raise_for_status().json()["items"] for name in SERVICES]
    return all(any(one["customer_id"] == customer and one["state"] == "done" for one in items) for items in states)


def figures(stack: Any) -> dict[str, str]:
    return {
        "contacts": rows(stack, "interactions", "SELECT count(*) FROM interactions"),
        "complaints": rows(stack, "complaints", "SELECT count(*) FROM complaints"),
    }


@pytest.mark.timeout(840)
def test_a_lost_database_comes_back_and_nobody_is_registered_or_asked_twice(stack: Any) -> None:
    gateway = {"Authorization": f"Bearer {stack.token('--scope', 'satisfaction:send', '--program', '--subject', 'sms')}"}
    with stack.client() as client:
        first = call(client, "before", "13700000001")
        complain(client)
        told = walk(stack, "backup")
        assert "whole" in told
        before = figures(stack)
        second = call(client, "after", "13700000002")
        complain(client)
        invitation = wait_for(lambda: scheduled(client, second))
        sent = client.post(f"/satisfaction/v1/invitations/{invitation}:send", headers=gateway)
        assert sent.status_code == 200, sent.text
        who = ("--requested-by", "agent-7", "--reason", "customer-wish")
        stack.compose("run", "--rm", "-T", "profiles-worker", "forget", first, *who)
        wait_for(lambda: forgotten(client, first))
        wait_for(lambda: all(rows(stack, name, "SELECT count(*) FROM outbox") == "0" for name in SERVICES))
        people = rows(stack, "profiles", COUNT)

    told = walk(stack, "lost-database")

    assert "satisfaction: the log has 1 of survey-invitation.sent.v1" in told
    with stack.client() as client:
        assert figures(stack) == before
        assert rows(stack, "profiles", COUNT) == people
        assert forgotten(client, first)
        assert client.get(f"/profiles/v1/customers/{first}").raise_for_status().json()["identifiers"] == []
        assert call(client, "again", "13700000002") == second
        again = client.get(f"/satisfaction/v1/invitations/{invitation}").raise_for_status().json()
        assert (again["state"], again["customer_id"]) == ("sent", second)
        assert scheduled(client, second) is None


@pytest.mark.timeout(840)
def test_a_lost_broker_is_begun_anew(stack: Any) -> None:
    with stack.client() as client:
        known = call(client, "then", "13700000003")
    walk(stack, "lost-kafka")
    with stack.client() as client:
        assert call(client, "now", "13700000003") == known
        assert call(client, "new", "13700000004") != known
