"""`docker stop` of the broker takes its name away with it: clients cannot look it up until it is back.

Once for 30 seconds, after which most groups were dead for ever before that was mended; with ROUNDS=20 as often as that, for
30, 60 and 120 seconds by turns: `make drill`. By port the short round goes on until every consumer threw away its client.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
from rapport_cli.services import SERVICES
from rapport_testing.outages import LONG, keep, outage, planned
from rapport_testing.topics import Reach

FIGURES = Path(__file__).parents[2] / "build" / "drill"
ASK = """
import sys, urllib.error, urllib.request
try:
    answer = urllib.request.urlopen(sys.argv[1], timeout=20)
except urllib.error.HTTPError as refused:
    answer = refused
sys.stdout.buffer.write(answer.read())
"""


@dataclass
class ByName:
    """The compose stack."""

    stack: Any
    way: str = "by name"
    services: int = 1

    @cached_property
    def kafka(self) -> Reach:
        """As somebody who sees every group and every topic, and writes nothing."""
        watcher: Reach = self.stack.watcher
        return watcher

    def client(self) -> httpx.Client:
        made: httpx.Client = self.stack.client()
        return made

    def stop_broker(self) -> None:
        self.stack.compose("stop", "kafka")

    def start_broker(self) -> None:
        self.stack.compose("start", "kafka")

    def ask(self, path: str) -> Mapping[str, str]:
        asked = {f"{service}-{role}": f"/{service}/{path}" for service in SERVICES for role in ("worker", "relay")}
        return {
            container: self.stack.compose(
                "exec", "-T", container, "python", "-S", "-E", "-c", ASK, f"http://127.0.0.1:8081{at}"
            )
            for container, at in asked.items()
        }

    def log(self) -> Mapping[str, str]:
        return {
            f"{service}-{role}": self.stack.compose("logs", "--no-log-prefix", f"{service}-{role}")
            for service in SERVICES
            for role in ("api", "worker", "relay")
        }


@pytest.mark.parametrize(("number", "seconds"), planned(short=LONG[0]))
def test_the_broker_loses_its_name_and_comes_back(stack: Any, number: int, seconds: float | None) -> None:
    found = outage(ByName(stack), f"name-{number}", seconds)
    keep(found, FIGURES)
    assert found.faults() == []
