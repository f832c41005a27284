"""The drill of an outage: calls are pushed while the broker goes and comes back; then it is seen whether all is well.

`outage` gives the figures of one round, and `Round.faults` what is wrong with them. It asks the product only what an
operator could ask: HTTP, metrics, logs, and the broker about its groups.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import httpx
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import DescribeGroupsRequest_v1
from prometheus_client.parser import text_string_to_metric_families
from rapport_chassis.closing import end_consumer
from rapport_cli.local.kafka import find_java

from rapport_testing.history import Fact, History, published
from rapport_testing.product import Product, pages
from rapport_testing.pushing import Pusher
from rapport_testing.topics import Reach, dump, reaching

BACK_WITHIN = 120.0
NOTICED_AFTER = 40.0
"""Seconds of an outage after which `ready` has to tell of it: the silence of 15 s, and the looks in between."""
EXPELLED_AFTER = 50.0
"""Seconds after which the broker has put out members that are dead."""
LONG = (30.0, 60.0, 120.0)
LINES = 40
"""Lines of the log that one service in one process may write in the first minute of an outage, and in each that follows."""


_JAVA = '#!/bin/sh\n[ -e "{gate}" ] && exit 1\nexec "{java}" "$@"\n'


class BrokerSwitch:
    """The broker of a `Product` that stays away once it is stopped: its Java does not start meanwhile. Without this the
    product starts its broker again."""

    def __init__(self, folder: Path) -> None:
        """Two files are made in `folder`."""
        self._gate, self.java = folder / "broker-is-away", folder / "java"
        self.java.write_text(_JAVA.format(gate=self._gate, java=find_java()))
        self.java.chmod(0o755)
        self.environment = {"RAPPORT_JAVA": str(self.java)}
        """What the product needs to be started with."""

    def off(self, product: Product) -> None:
        """Stop it, in order."""
        self._gate.touch()
        os.kill(int((product.home / "kafka" / "kafka.pid").read_text()), signal.SIGTERM)

    def on(self) -> None:
        """Let it start; it may still be starting afterwards."""
        self._gate.unlink()


class Site(Protocol):
    """A place where the product runs, and what can be done to its broker there. Processes have an operator's names."""

    way: str
    services: int
    """How many services share a process."""

    @property
    def kafka(self) -> Reach:
        """Its broker, for us: somebody who may see every group."""

    def client(self) -> httpx.Client:
        """With a token for everything."""

    def stop_broker(self) -> None:
        """Take it away."""

    def start_broker(self) -> None:
        """Give it back; it may still be starting afterwards."""

    def ask(self, path: str) -> Mapping[str, str]:
        """What each process with consumers or a relay answers at `/<service>/<path>`, whatever the status."""

    def log(self) -> Mapping[str, str]:
        """What each process has logged so far."""


@dataclass
class Round:
    """One outage in figures. Times in seconds, `lines` a minute of the process that wrote most, for each of its services."""

    way: str
    outage: float
    pushed: int = 0
    refused: int = 0
    groups: int = 0
    dead: list[str] = field(default_factory=list)
    unlinked: int = 0
    wrong: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    unwell: list[str] = field(default_factory=list)
    lines: float = 0.0
    lines_of_all: float = 0.0
    back_after: float | None = None

    def faults(self) -> list[str]:
        """Whatever is wrong; nothing when the outage cost nothing."""
        found = [f"dead group: {group}" for group in self.dead]
        found += [f"ready said well: {part}" for part in self.silent] + [f"not well again: {part}" for part in self.unwell]
        found += self.wrong
        if self.unlinked:
            found.append(f"{self.unlinked} of {self.pushed} calls without a customer")
        if self.lines > LINES:
            found.append(f"{self.lines:.0f} lines a minute")
        return found


def outage(site: Site, name: str, seconds: float | None, *, back_within: float = BACK_WITHIN) -> Round:
    """One outage of so many seconds; None: until every consumer has thrown away its client. `name` is new in each round."""
    given_up = _clients_given_up(site)
    groups = sorted({consumer for _, consumer in given_up})
    wait_until(lambda: not asyncio.run(_dead(site.kafka, groups)), 60)
    with site.client() as pushing, site.client() as client, Pusher(pushing, name) as pusher:
        wait_until(lambda: pusher.calls, 30)
        before, began = _lines(site), time.monotonic()
        site.stop_broker()
        if seconds is None:
            wait_until(lambda: all(now > given_up[which] for which, now in _clients_given_up(site).items()), 180)
        else:
            time.sleep(max(0.0, seconds - (time.monotonic() - began)))
        lasted = time.monotonic() - began
        found = Round(site.way, round(lasted), groups=len(groups))
        if lasted > NOTICED_AFTER:
            found.silent = [
                f"{process} {part}" for process, part, works in _parts(site) if works and _needs_it(process, part)
            ]
        site.start_broker()
        wait_until(lambda: asyncio.run(_answers(site.kafka)), 120)
        returned = time.monotonic()
        pusher.stop()
        _follow(found, site, client, pusher, groups, returned + back_within)
        found.back_after = round(time.monotonic() - returned, 1)
        if seconds is not None:  # a member that died in the outage seems to be there until the broker misses it
            time.sleep(max(0.0, EXPELLED_AFTER - (time.monotonic() - returned)))
            found.dead = asyncio.run(_dead(site.kafka, groups))
        minutes = max(1.0, (time.monotonic() - began) / 60)
        written = {process: (lines - before[process]) / minutes for process, lines in _lines(site).items()}
        found.lines = max(written.values()) / site.services
        found.lines_of_all = sum(written.values())
        _judge(found, site, client, pusher)
    return found


def _follow(found: Round, site: Site, client: httpx.Client, pusher: Pusher, groups: Sequence[str], deadline: float) -> None:
    """Wait until all is well; what is not by `deadline` is written into `found`."""
    waiting = list(pusher.calls.values())
    found.pushed, found.refused = len(waiting), pusher.refused
    while True:
        waiting = [each for each in waiting if not _linked(client, each)]
        found.unlinked = len(waiting)
        found.dead = asyncio.run(_dead(site.kafka, groups))
        late = time.monotonic() > deadline
        if late or not (waiting or found.dead):
            found.unwell = [f"{process} {part}" for process, part, works in _parts(site) if not works]
        if late or not (waiting or found.dead or found.unwell):
            return
        time.sleep(0.5)


def _linked(client: httpx.Client, interaction: str) -> bool:
    answer = client.get(f"/interactions/v1/interactions/{interaction}")
    return answer.status_code == httpx.codes.OK and answer.json()["customer_id"] is not None


def _judge(found: Round, site: Site, client: httpx.Client, pusher: Pusher) -> None:
    """Nothing lost, nothing twice, in order: the topic of Interactions, and what Profiles and Satisfaction made of it."""
    history, customers = History(), set()
    on_topic = published(asyncio.run(dump(site.kafka, "rapport.interactions")))
    mine = set(pusher.calls.values())
    history.published = [record for record in on_topic if record.key in mine]
    ids = {(record.key, record.sequence): record.id for record in history.published}
    for interaction in sorted(mine):
        answer = client.get(f"/interactions/v1/interactions/{interaction}")
        if answer.status_code != httpx.codes.OK:
            found.wrong.append(f"answered, and not there: {interaction}")
            continue
        customers.add(answer.json()["customer_id"])
        for sequence in range(1, answer.json()["version"] + 1):
            event = ids.get((interaction, sequence), f"{interaction}/{sequence}")
            history.committed.append(Fact(event, interaction, sequence))
    completed = []
    for customer in sorted(customers - {None}):
        entries = pages(client, f"/profiles/v1/customers/{customer}/timeline")
        completed += [each["event_id"] for each in entries if each["type"] == "interaction.completed.v1"]
        asked = pages(client, "/satisfaction/v1/invitations", customer=customer)
        history.effects += [f"considered: {each['interaction_id']}" for each in asked]
    history.effects += completed
    if len(completed) != len(mine) - found.unlinked:
        found.wrong.append(f"{len(completed)} calls in timelines, {len(mine)} pushed")
    found.wrong += [f"{violation.rule} {violation.about}" for violation in history.judge()]


def _needs_it(process: str, part: str) -> bool:
    """Whether the part cannot do its work without the broker. A relay without facts has none; that of Interactions has."""
    return part.startswith("consumer ") or part == "topics" or (part == "relay" and process.startswith("interactions"))


def _parts(site: Site) -> list[tuple[str, str, bool]]:
    """Process, part, whether it works: as `ready` says, and the metric of the process has to say the same."""
    metrics = {
        (process, sample.labels["part"]): bool(sample.value) for process, sample in _samples(site, "rapport_part_running")
    }
    told = {
        (process, check["name"]): bool(check["ok"])
        for process, answer in site.ask("health/ready").items()
        for check in json.loads(answer)["checks"]
    }
    return [(*which, works and metrics.get(which, True)) for which, works in told.items()]


def _clients_given_up(site: Site) -> dict[tuple[str, str], float]:
    """How many clients each consumer has had to throw away."""
    found = {
        (process, part.removeprefix("consumer ")): 0.0 for process, part, _ in _parts(site) if part.startswith("consumer ")
    }
    for process, sample in _samples(site, "rapport_consumer_faults_total"):
        if sample.labels["kind"] == "client":
            found[process, sample.labels["consumer"]] = sample.value
    return found


def _lines(site: Site) -> dict[str, int]:
    """How many lines each process has logged, but for our own requests: those that were answered well, and for `ready`."""
    ours = re.compile(r'("status":2\d\d,|/health/ready).*"event":"http.request"')
    return {process: sum(not ours.search(line) for line in text.splitlines()) for process, text in site.log().items()}


def _samples(site: Site, name: str) -> list[tuple[str, Any]]:
    return [
        (process, sample)
        for process, text in site.ask("metrics").items()
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    ]


async def _dead(kafka: Reach, groups: Sequence[str]) -> list[str]:
    """Groups that have no member, are not settled, or are behind."""
    found = []
    async with _Admin(kafka) as admin:
        for group in groups:
            node = await admin.find_coordinator(group)
            for _, _, state, _, _, members in (await admin._client.send(node, _Describe(group))).groups:  # noqa: SLF001
                if state != "Stable" or not members:
                    found.append(f"{group} ({state or 'unknown'}, {len(members)} members)")
        committed = {group: await admin.list_consumer_group_offsets(group) for group in groups}
    reader = AIOKafkaConsumer(**reaching(kafka))
    await reader.start()
    try:
        ends = await reader.end_offsets(list({place for offsets in committed.values() for place in offsets}))
    finally:
        await end_consumer(reader, within=5)
    for group, offsets in committed.items():
        if behind := sum(ends[place] - offset.offset for place, offset in offsets.items()):
            found.append(f"{group} (behind by {behind})")
    return sorted(found)


class _Describe:
    """A request for one group. aiokafka 0.14 asks in version 3 and reads the answer as version 2."""

    def __init__(self, group: str) -> None:
        self._group = group

    def prepare(self, _versions: object) -> DescribeGroupsRequest_v1:
        """As the client wants it."""
        return DescribeGroupsRequest_v1([self._group])


async def _answers(kafka: Reach) -> bool:
    try:
        async with _Admin(kafka) as admin:
            return bool(await admin.list_consumer_groups())
    except (KafkaError, OSError, TimeoutError):
        return False


class _Admin:
    """`async with _Admin(kafka) as admin`."""

    def __init__(self, kafka: Reach) -> None:
        self._admin = AIOKafkaAdminClient(**reaching(kafka), request_timeout_ms=5000)

    async def __aenter__(self) -> AIOKafkaAdminClient:
        await self._admin.start()
        return self._admin

    async def __aexit__(self, *_: object) -> None:
        await self._admin.close()


def wait_until(condition: Callable[[], object], within: float) -> None:
    """Ask every half second. Raises TimeoutError."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within:.0f} s")
        time.sleep(0.5)


def planned(short: float | None = None) -> list[tuple[int, float | None]]:
    """The rounds to drill and their seconds: one of `short`, or that is just long enough; with ROUNDS in the environment, so
    many long."""
    rounds = int(os.environ.get("ROUNDS", "0"))
    return [(number + 1, LONG[number % len(LONG)]) for number in range(rounds)] or [(1, short)]


def keep(found: Round, folder: Path) -> None:
    """Append the figures of a round to `outages.jsonl`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "outages.jsonl").open("a") as file:
        file.write(json.dumps({"at": datetime.now(UTC).isoformat(), **asdict(found)}) + "\n")
