"""Live updates through the whole product: who listens while it is killed, ends, and loses its broker hears what the topics
hold for them, each position once, and nothing else.

What is promised is a position once: a fact that the relay has published twice, after a crash, stands at two positions.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx
import pytest
from aiokafka import ConsumerRecord
from rapport_chassis.checkpoints import counted_topics
from rapport_chassis.live import position
from rapport_chassis.security.issuer import LocalIssuer
from rapport_testing.front_ends import FrontEnd, FrontEnds
from rapport_testing.outages import BrokerSwitch
from rapport_testing.product import Product, free_port
from rapport_testing.pushing import Pusher
from rapport_testing.topics import dump

from .test_putting_right import CLOSING, C, answered, registered

Told = tuple[str, str, int]
"""Type, subject and version of a fact."""
SERVICES = ("profiles", "interactions", "complaints", "satisfaction")
ASKS_MORE = {
    "letter": ("complaints:read", 2),
    "root-cause-trend": ("complaints:stats", 1),
    "inbound-event": ("interactions:quarantine", 1),
}
"""Kinds that not everybody hears who may read the service."""
LETTER = {"template": "update", "language": "en", "channel": "letter", "message": "We are on it.", "signature": "Care"}
ESTABLISHED = "01"
READERS = tuple(f"{service}:read" for service in SERVICES)


def filed(customer: str | None) -> dict[str, Any]:
    """The body of a complaint."""
    return {
        "received_at": datetime.now(UTC).isoformat(),
        "problem": "The parcel came a week late.",
        "contact": {"name": "张小明", "phone": "13900003301"},
        "channel": "phone",
        "category": "delivery",
        "customer_id": customer,
    }


def connections(port: int) -> int:
    """How many are open to this port of this machine."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(remote.endswith(f":{port:04X}") and state == ESTABLISHED for _, _, remote, state, *_ in rows)


@dataclass
class Desk:
    """Somebody who files complaints and walks each to its end, in a thread, whatever happens to the product: what was not
    answered is sent again with its key."""

    client: httpx.Client
    customer: str
    complaints: list[str] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="desk")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """What was begun is done to its end."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set() and not self.wrong:
            self.work_one()

    def work_one(self) -> None:
        """One complaint, from its receipt to its end."""
        complaint = self._post("/complaints", filed(self.customer))["id"]
        for action, said in CLOSING:
            self._post(f"/complaints/{complaint}:{action}", said)
            if action == "assign":
                self.letters.append(self._post(f"/complaints/{complaint}/letters", LETTER)["id"])
        self.complaints.append(complaint)

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        key = {"Idempotency-Key": str(uuid4())}
        while True:
            try:
                answer = self.client.post(f"{C}{path}", json=body, headers=key)
            except httpx.TransportError:
                time.sleep(0.1)
                continue
            if answer.is_success:
                return dict(answer.json())
            if answer.status_code < 500 and answer.json()["code"] != "request-in-progress":
                self.wrong.append(f"{path}: {answer.text}")
                raise AssertionError(answer.text)
            time.sleep(0.1)


@dataclass(frozen=True)
class Listener:
    """A front end, and what it is to hear of its service."""

    service: str
    scopes: tuple[str, ...]
    level: int
    front_end: FrontEnd
    wants: Callable[[str, dict[str, Any]], bool]
    since: str | None

    def may_hear(self, kind: str) -> bool:
        """As the README of the service says it, whatever the product makes of it."""
        scope, level = ASKS_MORE.get(kind.partition(".")[0], (f"{self.service}:read", 1))
        return scope in self.scopes and level <= self.level and not kind.startswith(f"{self.service}-")

    @property
    def begin(self) -> str:
        """Its first position: the one it came with, or that of its first `reset`."""
        return self.since or next(each.id for each in self.front_end.frames if each.id is not None)

    def expected(self, records: list[ConsumerRecord]) -> dict[str, list[Told]]:
        """What it is to have heard of each subject, in order: all of the topic of its service, from its first position on,
        that it may hear and wants."""
        begin = position.read(self.begin)
        assert begin is not None
        found: dict[str, list[Told]] = defaultdict(list)
        for each in records:
            told = {name: value.decode() for name, value in each.headers}
            kind, subject = told["ce_type"], told["ce_subject"]
            if each.offset >= begin[each.partition] and self.may_hear(kind) and self.wants(kind, json.loads(each.value)):
                found[subject].append((kind, subject, int(told["ce_sequence"])))
        return found

    def heard(self) -> dict[str, list[Told]]:
        """What it has heard of each subject, in order."""
        found: dict[str, list[Told]] = defaultdict(list)
        for each in self.front_end.facts:
            subject = each.data["subject"]
            found[subject].append((each.event or "", subject, each.data["version"]))
        return found


def anything(_kind: str, _fact: dict[str, Any]) -> bool:
    return True


class Office:
    """The front ends of one product."""

    def __init__(self, product: Product, front_ends: FrontEnds) -> None:
        self._issuer = LocalIssuer(product.home / "issuer")
        self._front_ends = front_ends
        self._kafka = product.kafka
        self.listeners: list[Listener] = []

    def listen(
        self,
        service: str,
        *scopes: str,
        level: int = 1,
        query: str = "",
        wants: Callable[[str, dict[str, Any]], bool] = anything,
        since: str | None = None,
    ) -> Listener:
        """One more, each somebody else."""
        token = self._issuer.mint(f"agent-{uuid4()}", scopes, level=level)
        front_end = self._front_ends.follow(f"/{service}/v1/events{query}", token, since=since)
        self.listeners.append(Listener(service, scopes, level, front_end, wants, since))
        return self.listeners[-1]

    @property
    def front_ends(self) -> list[FrontEnd]:
        return [each.front_end for each in self.listeners]

    def wrong(self) -> list[str]:
        """Who has not heard what the topics hold for them by now."""
        topics = {service: asyncio.run(dump(self._kafka, *counted_topics(service))) for service in SERVICES}
        return [
            f"{each.front_end.path} as {each.scopes} {each.level}: {len(each.front_end.facts)} heard"
            for each in self.listeners
            if each.heard() != each.expected(topics[each.service])
        ]


@pytest.fixture(scope="module")
def switch(tmp_path_factory: pytest.TempPathFactory) -> BrokerSwitch:
    return BrokerSwitch(tmp_path_factory.mktemp("broker"))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, switch: BrokerSwitch) -> Iterator[Product]:
    """One that may be killed; heard of every second, so that positions move on."""
    more = {**switch.environment, "RAPPORT_LIVE_HEARTBEAT": "PT1S"}
    product = Product(tmp_path_factory.mktemp("live") / "home", free_port(), more=more)
    product.start()
    yield product
    product.stop()


def test_a_hundred_who_listen_cost_one_consumer(own: Product, wait_for: Callable[..., Any]) -> None:
    """Counted where they arrive: connections to the broker."""
    with own.client() as client, FrontEnds(own.url) as front_ends:
        office = Office(own, front_ends)
        without = connections(own.kafka_port)
        office.listen("complaints", *READERS)
        wait_for(lambda: office.front_ends[0].resets)
        with_one = connections(own.kafka_port)
        for _ in range(99):
            office.listen("complaints", *READERS)
        wait_for(lambda: all(each.resets for each in office.front_ends))
        complaint = client.post(f"{C}/complaints", json=filed(None)).raise_for_status().json()["id"]
        wait_for(lambda: all(complaint in {one.data["subject"] for one in each.facts} for each in office.front_ends))
        assert without < with_one
        assert connections(own.kafka_port) <= with_one + 1  # the client may open its second one late
        assert [each.resets for each in office.front_ends] == [["start"]] * 100


def test_each_hears_all_that_is_theirs_once_through_restarts_of_the_product_and_its_broker(
    own: Product, switch: BrokerSwitch, wait_for: Callable[..., Any]
) -> None:
    with own.client() as client, own.client() as pushing, FrontEnds(own.url) as front_ends:
        customer = str(registered(client, "13900003301"))
        office = Office(own, front_ends)
        for service in SERVICES:
            office.listen(service, *READERS)
        everything = office.listen("complaints", "complaints:read", "complaints:stats", level=4)
        office.listen("interactions", *READERS, "interactions:quarantine")
        office.listen(
            "complaints",
            "complaints:read",
            level=2,
            query=f"?customer={customer}",
            wants=lambda _, fact: fact.get("customer_id") == customer,
        )
        two_kinds = ("complaint.closed.v1", "complaint.received.v1")
        office.listen(
            "complaints",
            "complaints:read",
            query="?" + "&".join(f"type={kind}" for kind in two_kinds),
            wants=lambda kind, _: kind in two_kinds,
        )
        of_nobody = office.listen("complaints", *READERS, query=f"?subject={uuid4()}", wants=lambda *_: False)
        wait_for(lambda: all(each.resets for each in office.front_ends))
        stranger = front_ends.follow("/complaints/v1/events", office._issuer.mint("agent-x", ["profiles:read"]))
        with Desk(client, customer) as desk, Pusher(pushing, "live", every=0.2) as pusher:

            def goes_on() -> None:
                """Everybody is connected anew where they were not, and has been told of something since."""
                complaints, calls = len(desk.complaints), len(pusher.calls)
                wait_for(lambda: desk.wrong or (len(desk.complaints) > complaints and len(pusher.calls) > calls), 90)
                told = len(everything.front_end.facts)
                wait_for(lambda: len(everything.front_end.facts) > told, 60)

            quarantine = client.post(
                "/interactions/v1/interaction-events:batch?source=drill",
                json={"events": [{"event_id": "q-1", "call_id": "q", "type": "ended", "occurred_at": "yesterday"}]},
            )
            assert quarantine.json()["results"][0]["result"] == "quarantined", quarantine.text
            goes_on()
            once = Desk(
                client, str(registered(client, "13900003302"))
            )  # of somebody with no open complaint: nobody else is asked
            once.work_one()
            answered(client, once.complaints[0], 5, wait_for)
            own.kill()
            own.start()
            goes_on()
            ended = [each.ended for each in office.front_ends]
            own.stop()
            assert [each.ended for each in office.front_ends] == [each + 1 for each in ended]
            own.start()
            goes_on()
            opened = [each.opened for each in office.front_ends]
            switch.off(own)
            before = len(desk.complaints)
            wait_for(lambda: desk.wrong or len(desk.complaints) > before + 1, 60)
            silent = len(everything.front_end.facts)
            switch.on()
            wait_for(lambda: len(everything.front_end.facts) > silent, 90)
            goes_on()
            assert [each.opened for each in office.front_ends] == opened
        office.listen("complaints", *READERS, since=everything.begin)
        assert desk.wrong == []
        assert stranger.opened == 0 and 403 in stranger.refused
        wait_for(lambda: office.wrong() == [], 60, 0.5)
        for each in office.listeners:
            assert each.front_end.resets in (["start"], []), each.front_end.path
            ids = [one.id for one in each.front_end.facts]
            assert len(set(ids)) == len(ids), "a position twice"
            assert each.front_end.facts or each is of_nobody
        low = office.listeners[SERVICES.index("complaints")]
        assert not any(one.event == "letter.issued.v1" for one in low.front_end.facts)
        letter = f"{C}/complaints/{desk.complaints[0]}/letters/{desk.letters[0]}"
        assert client.get(letter, headers=low.front_end.headers).status_code == 403
        assert client.get(letter).status_code == 200
        kinds = {one.event for each in office.front_ends for one in each.facts}
        assert {"letter.issued.v1", "inbound-event.quarantined.v1", "satisfaction.scored.v1"} <= kinds
