"""A night of faults under the shipped rules: each fires in Prometheus within two minutes, and says whom it concerns."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaProducer

WITHIN = 120
QUIET = {"AuditNotApart", "AuditUnverified", "ComplaintsUnattended", "ForeignFacts", "Parked"}
"""Of the installation, of people, and what tests before this one left."""


class Night:
    """The stack, and what its Prometheus says of it."""

    def __init__(self, stack: Any) -> None:
        self.stack = stack
        self.address = f"http://127.0.0.1:{stack.environment['PROMETHEUS_PORT']}/api/v1"

    def ask(self, path: str, **query: str) -> Any:
        answer = httpx.get(f"{self.address}/{path}", params=query, timeout=20)
        answer.raise_for_status()
        return answer.json()["data"]

    def firing(self) -> set[tuple[str, ...]]:
        """Name, and whom it concerns."""
        told = self.ask("alerts")["alerts"]
        of = ("process", "consumer", "service")
        return {
            (each["labels"]["alertname"], next((each["labels"][name] for name in of if name in each["labels"]), ""))
            for each in told
            if each["state"] == "firing"
        }

    def fires(self, *wanted: tuple[str, str]) -> None:
        """Wait until all of them fire."""
        self._until(lambda: set(wanted) <= self.firing(), f"{wanted} among {{}}")

    def ends(self, *names: str) -> None:
        """Wait until none of this name fires."""
        self._until(lambda: not {name for name, _ in self.firing()} & set(names), f"an end of {names} among {{}}")

    def settle_quarantine(self) -> None:
        """Tests before this one pushed what cannot be used."""
        with self.stack.client() as client:
            waiting = client.get("/interactions/v1/quarantine", params={"state": "waiting"}).raise_for_status().json()
            items = [{"id": one["id"], "version": one["version"]} for one in waiting["items"]]
            if items:
                body = {"reason": "test-traffic", "items": items}
                client.post("/interactions/v1/quarantine:batch-drop", json=body).raise_for_status()
        self.ends("Quarantined")

    def _until(self, holds: Any, what: str) -> None:
        deadline = time.monotonic() + WITHIN
        while not holds():
            assert time.monotonic() < deadline, f"no {what}".format(sorted(self.firing()))
            time.sleep(1)

    def push(self, *events: dict[str, Any]) -> dict[str, Any]:
        with self.stack.client() as client:
            answer = client.post(
                "/interactions/v1/interaction-events:batch", params={"source": "pbx"}, json={"events": events}
            )
        assert answer.status_code == 200, answer.text
        taken: dict[str, Any] = answer.json()
        return taken


@pytest.fixture(scope="module")
def night(stack: Any) -> Iterator[Night]:
    """Prometheus beside the stack, seeing all of it."""
    stack.compose("--profile", "observability", "up", "--detach", "--no-build", "prometheus")
    made = Night(stack)

    def sees_all() -> bool:
        try:
            return len({each["metric"]["process"] for each in made.ask("query", query="up == 1")["result"]}) == 12
        except httpx.HTTPError:
            return False

    deadline = time.monotonic() + 60
    while not sees_all():
        assert time.monotonic() < deadline, stack.compose("logs", "--tail", "20", "prometheus")
        time.sleep(1)
    made.settle_quarantine()
    yield made
    stack.compose("up", "--detach", "--wait", "--no-recreate", "--no-build", within=180)


def started() -> dict[str, Any]:
    return {
        "event_id": str(uuid4()),
        "call_id": str(uuid4()),
        "type": "started",
        "occurred_at": datetime.now(UTC).isoformat(),
        "touchpoint": "hotline",
    }


def test_prometheus_takes_no_more_than_it_needs_and_is_open_on_loopback_only(night: Night) -> None:
    container = night.stack.compose("ps", "--quiet", "prometheus").strip()
    assert night.stack.inspect(container, "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}") == "true [ALL]"
    listed = json.loads(night.stack.compose("ps", "--format", "json", "prometheus").splitlines()[0])
    assert {port["URL"] for port in listed["Publishers"] if port["PublishedPort"]} == {"127.0.0.1"}


def test_a_quiet_stack_wakes_nobody(night: Night) -> None:
    assert {name for name, _ in night.firing()} <= QUIET


def test_what_is_gone_parked_or_put_aside_fires(night: Night) -> None:
    """Four faults that have nothing to do with each other, at once."""
    asyncio.run(_send_rubbish(night.stack, "rapport.interactions.relay", "rapport.interactions"))
    assert night.push({"event_id": "x", "call_id": "c", "type": "exploded"})["quarantined"] == 1
    night.stack.compose("stop", "satisfaction-relay", "satisfaction-worker")
    night.fires(
        ("ProcessGone", "satisfaction-relay"),
        ("ProcessGone", "satisfaction-worker"),
        ("Parked", "rapport.profiles.timeline"),
        ("Quarantined", "interactions"),
    )
    night.stack.compose("start", "satisfaction-relay", "satisfaction-worker")


def test_a_broker_that_is_away_fires_also_when_the_relay_was_restarted(night: Night) -> None:
    night.ends("ProcessGone")
    night.stack.compose("stop", "kafka")
    night.push(started())
    night.stack.compose("restart", "--timeout", "5", "interactions-relay")
    night.fires(("OutboxOld", "interactions"), ("BrokerAway", "profiles"))
    night.stack.compose("start", "kafka")
    night.ends("OutboxOld", "BrokerAway")


def test_a_database_that_is_away_fires(night: Night) -> None:
    night.stack.compose("stop", "postgres")
    night.fires(*(("DatabaseAway", service) for service in ("complaints", "interactions", "profiles", "satisfaction")))
    night.stack.compose("start", "postgres")
    night.ends("DatabaseAway")


async def _send_rubbish(stack: Any, user: str, topic: str) -> None:
    """A record that is no event, by who may write there."""
    folder = Path(stack.folder) / "deploy" / "secrets" / "kafka" / user
    password = (folder / "rapport_kafka_password").read_text().strip()
    producer = AIOKafkaProducer(**stack.reached_as(user, password))
    await producer.start()
    try:
        await producer.send_and_wait(topic, b"{", key=b"rubbish", headers=[("ce_type", b"interaction.started.v1")])
    finally:
        await producer.stop()
