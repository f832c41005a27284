"""The compose stack under a project name and ports of its own, from nothing, on the Docker engine of this machine."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from rapport_chassis.broker import BrokerSettings
from rapport_testing.prometheus import image

ROOT = Path(__file__).parents[2]
UP_WITHIN = 420
PROMETHEUS = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["prometheus"]["image"]
WATCHING = """
import sys
from rapport_chassis.broker import BrokerSettings
from rapport_chassis.rights import Right
from rapport_cli.broker_users import BrokerUsers

user = "test.watcher"
broker = BrokerUsers(BrokerSettings())
broker.allow({Right(user, "group", "rapport.", "describe", True), Right(user, "topic", "rapport.", "read", True)})
broker.give_passwords({user: sys.argv[1]})
"""


@dataclass
class Stack:
    """A running compose stack of a copy of the checkout."""

    folder: Path
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return f"https://localhost:{self.environment['PORT']}"

    @property
    def authority(self) -> Path:
        """The file that its clients trust."""
        return self.folder / "deploy" / "secrets" / "authority" / "ca.crt"

    def compose(self, *arguments: str, within: float = 120) -> str:
        """`docker compose ...`; fails with what it said."""
        done = subprocess.run(
            ["docker", "compose", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout

    def make(self, target: str) -> None:
        """`make ...`; fails with what it said."""
        done = subprocess.run(
            ["make", target],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=UP_WITHIN,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:] + self.compose("logs", "--tail", "15")

    def as_owner(self, *command: str) -> str:
        """A command in the container that makes the secrets, as the user that it has."""
        return self.compose("run", "--rm", "-T", "--no-deps", "--entrypoint", command[0], "tools", *command[1:])

    def inspect(self, container: str, template: str) -> str:
        """What Docker says of a container."""
        return subprocess.run(
            ["docker", "inspect", "--format", template, container], capture_output=True, text=True, check=True
        ).stdout.strip()

    def token(self, *arguments: str) -> str:
        return self.compose("run", "--rm", "-T", "tools", "token", *arguments).strip().splitlines()[-1]

    def granted(self, *arguments: str) -> BrokerSettings:
        """A user that `rapport access grant` made, as they come from this machine."""
        told = json.loads(self.compose("run", "--rm", "-T", "tools", "access", "grant", *arguments, "--json"))
        return self._broker(told["user"], told["password"])

    @cached_property
    def watcher(self) -> dict[str, Any]:
        """How somebody comes to the broker who sees every group and every topic, and writes nothing."""
        password = secrets.token_urlsafe(32)
        self.compose("run", "--rm", "-T", "--entrypoint", "python", "tools", "-c", WATCHING, password)
        return self.reached_as("test.watcher", password)

    def reached_as(self, user: str, password: str) -> dict[str, Any]:
        """What aiokafka's clients are told."""
        settings = self._broker(user, password)
        return {"bootstrap_servers": settings.kafka, **settings.client_security()}

    def _broker(self, user: str, password: str) -> BrokerSettings:
        return BrokerSettings(
            kafka=f"127.0.0.1:{self.environment['KAFKA_PORT']}",
            kafka_user=user,
            kafka_password=password,
            kafka_ca=self.folder / "deploy" / "secrets" / "authority" / "ca.crt",
        )

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token()}"}
        return httpx.Client(base_url=self.url, headers=headers, verify=self.trusting(), timeout=30)

    def trusting(self) -> ssl.SSLContext:
        """What believes this installation's authority, and no other."""
        return ssl.create_default_context(cafile=self.authority)


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """`make up` in a copy of the checkout; everything is removed afterwards, volumes included."""
    if shutil.which("docker") is None or subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        pytest.fail("these tests drive the compose stack and need a running Docker engine; the others: make test")
    folder = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    own = {"COMPOSE_PROJECT_NAME": f"rapport-test-{os.getpid()}", "PORT": free_port(), "KAFKA_PORT": free_port()}
    own |= {"PROMETHEUS_PORT": free_port(), "GRAFANA_PORT": free_port()}
    image(PROMETHEUS)
    made = Stack(folder, {**os.environ, **own})
    made.environment.pop("RAPPORT_HOME", None)
    try:
        made.make("up")
        yield made
    finally:
        made.compose(
            "--profile",
            "tools",
            "--profile",
            "observability",
            "down",
            "--volumes",
            "--remove-orphans",
            "--timeout",
            "20",
            within=180,
        )
