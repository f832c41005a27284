"""The whole product as a user starts it: `rapport up` on an empty folder and a free port, and its command beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from rapport_chassis.broker import BrokerSettings
from rapport_cli.local.home import Home
from rapport_cli.local.process import free_port
from rapport_cli.local.users import settings_of_administrator

RAPPORT = Path(sys.executable).with_name("rapport")
READY_WITHIN = 120


@dataclass
class Product:
    """A running product: where it is, its command, and what is added to its environment."""

    home: Path
    port: int
    more: dict[str, str] = field(default_factory=dict)
    rapport: Path = RAPPORT
    process: subprocess.Popen[str] | None = None
    kafka_port: int = field(default_factory=free_port)
    _tokens: dict[int, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Without limits on how often one caller may ask: journeys ask a lot."""
        limits = {f"RAPPORT_RATE_{name}": "1000000/minute" for name in ("PRINCIPAL", "PUBLIC", "FAILURES", "MISSES")}
        own = {"RAPPORT_HOME": str(self.home), "PORT": str(self.port), "KAFKA_PORT": str(self.kafka_port), "COLUMNS": "200"}
        return {**os.environ, **limits, **own, **self.more}

    @property
    def running(self) -> dict[str, Any]:
        """Where it says that its broker and databases are."""
        told: dict[str, Any] = json.loads((self.home / "running.json").read_text())
        return told

    @property
    def kafka(self) -> dict[str, Any]:
        """What aiokafka's clients are told to come to its broker as the administrator."""
        return self.kafka_as(**settings_of_administrator(Home(self.home), self.running["kafka"]))

    def kafka_as(self, **settings: Any) -> dict[str, Any]:
        """The same with these settings of the broker."""
        return {"bootstrap_servers": self.running["kafka"], **BrokerSettings(**settings).client_security()}

    def start(self) -> None:
        """Start, and wait until it says that it is ready."""
        with (self.home.parent / "up.log").open("a") as log:
            self.process = subprocess.Popen([self.rapport, "up"], env=self.environment, stdout=log, stderr=log, text=True)
        deadline = time.monotonic() + READY_WITHIN
        while not (self.home / "running.json").exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail((self.home.parent / "up.log").read_text()[-4000:])
            time.sleep(0.1)

    def stop(self) -> None:
        """As Ctrl-C does."""
        if self.process is not None:
            self.process.terminate()
            assert self.process.wait(60) == 0
            self.process = None

    def kill(self) -> None:
        """As a power cut does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)
        self.process = None
        (self.home / "running.json").unlink(missing_ok=True)

    def run(self, *arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a `rapport` command against it."""
        done = subprocess.run(
            [self.rapport, *map(str, arguments)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=170,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    @property
    def management(self) -> str:
        """Where health and metrics are."""
        return str(self.running["management"])

    def client(self, level: int = 4) -> httpx.Client:
        """An HTTP client with a token of this level for everything."""
        if level not in self._tokens:
            self._tokens[level] = self.run("token", "--level", str(level)).stdout.strip()
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self._tokens[level]}"}, timeout=30)


def gateway(client: httpx.Client) -> dict[str, str]:
    """The headers of a messaging gateway, which alone is given the links of surveys; `client` may make keys."""
    body = {"name": "Messaging gateway", "source": "sms", "scopes": ["satisfaction:send"]}
    made = client.post("/satisfaction/v1/machine-keys", json=body).raise_for_status().json()
    return {"Authorization": f"Bearer {made['key']}"}


def pages(client: httpx.Client, path: str, **params: Any) -> Iterator[dict[str, Any]]:
    """The items of a list, page after page."""
    more: dict[str, Any] = {"limit": 200}
    while more:
        page = client.get(path, params={**params, **more}).raise_for_status().json()
        yield from page["items"]
        more = {"limit": 200, "after": page["next"]} if page["next"] else {}
