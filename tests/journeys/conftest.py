"""The whole product as a user starts it: `rapport up` on an empty folder and a free port, once for all journeys."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
RAPPORT = Path(sys.executable).with_name("rapport")
READY_WITHIN = 120


@dataclass
class Product:
    """A running product: where it is, and its command."""

    home: Path
    port: int
    process: subprocess.Popen[str] | None = None
    _tokens: dict[int, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "RAPPORT_HOME": str(self.home), "PORT": str(self.port), "COLUMNS": "200"}

    def start(self) -> None:
        """Start, and wait until it says that it is ready."""
        with (self.home.parent / "up.log").open("a") as log:
            self.process = subprocess.Popen([RAPPORT, "up"], env=self.environment, stdout=log, stderr=log, text=True)
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
            [RAPPORT, *map(str, arguments)], env=self.environment, capture_output=True, text=True, timeout=170, check=False
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def client(self, level: int = 4) -> httpx.Client:
        """An HTTP client with a token of this level for everything."""
        if level not in self._tokens:
            self._tokens[level] = self.run("token", "--level", str(level)).stdout.strip()
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self._tokens[level]}"}, timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One for all journeys of this worker."""
    made = Product(tmp_path_factory.mktemp("product") / "home", free_port())
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def wait_for() -> Callable[..., Any]:
    """`wait_for(lambda: something)`: the first true value; fails after 30 seconds."""

    def wait(ask: Callable[[], Any], within: float = 30.0) -> Any:
        deadline = time.monotonic() + within
        while not (found := ask()):
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.05)
        return found

    return wait
