"""Brings Rapport up for the demonstration where nothing answers yet: `rapport up` as a child that cannot outlive it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque

import httpx

from rapport_cli.demo.steps import Steps
from rapport_cli.local import child
from rapport_cli.local.home import Home
from rapport_cli.problems import UNREACHABLE, CommandError

FIRST_START_WITHIN = 900.0
"""Seconds; the first start fetches Kafka."""
STOP_WITHIN = 60.0
KEPT_LINES = 30


def answering(url: str) -> bool:
    """Whether Rapport's front page is there."""
    try:
        answer = httpx.get(url, timeout=5, headers={"Accept": "application/json"})
        return answer.is_success and "services" in answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return False


def find(port: int) -> str | None:
    """Where Rapport answers: `RAPPORT_URL`, the local installation, or this port; None when it has to be started.

    Raises CommandError when `RAPPORT_URL` is given and nothing answers there.
    """
    if given := os.environ.get("RAPPORT_URL"):
        if not answering(given):
            raise CommandError(f"nothing answers at {given} (RAPPORT_URL)", UNREACHABLE)
        return given.rstrip("/")
    running = Home.find().running()
    here = [running.url] if running else []
    return next((url for url in (*here, f"http://127.0.0.1:{port}") if answering(url)), None)


class Child:
    """A running `rapport up` of ours."""

    def __init__(self, port: int) -> None:
        """Starts it. A Ctrl-C is for us alone: we end it in order."""
        up = [sys.executable, "-m", "rapport_cli", "up", "--port", str(port)]
        bound = [sys.executable, "-I", "-S", child.__file__, str(os.getpid()), str(int(signal.SIGTERM)), "-", *up]
        self.output: deque[str] = deque(maxlen=KEPT_LINES)
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            bound,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_until_ready(self, steps: Steps) -> str:
        """The address, once it is ready. Raises CommandError with what it said when it ends instead."""
        home = Home.find()
        deadline = time.monotonic() + FIRST_START_WITHIN
        with steps.step("Starting Rapport") as step:
            while True:
                running = home.running()
                if running is not None and running.pid == self._process.pid and answering(running.url):
                    step.say(running.url)
                    return running.url.rstrip("/")
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    output = "\n".join(self.output).removeprefix("rapport: ")
                    raise CommandError(output or "rapport up ended without a word")
                step.say(self.output[-1] if self.output else "")
                time.sleep(0.1)

    def wait(self) -> int:
        """Until it ends; its exit code."""
        return self._process.wait()

    def stop(self) -> None:
        """As Ctrl-C would; after a minute with force."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(1)

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        for line in self._process.stdout:
            if line.strip():
                self.output.append(line.rstrip())
