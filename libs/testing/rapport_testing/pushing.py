"""A call-centre system that pushes calls while something happens to the product."""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime
from itertools import count
from typing import Any, Self
from zlib import crc32

import httpx

CUSTOMERS = 12


def answered_call(call: str, phone: str) -> list[dict[str, Any]]:
    """What a call centre pushes of one call that somebody of this number made just now, in order."""
    now = datetime.now(UTC).isoformat()
    steps: list[tuple[str, dict[str, Any]]] = [
        ("started", {"touchpoint": "hotline", "identifiers": [{"kind": "phone", "value": phone}]}),
        ("connected", {"agent": "agent-7"}),
        ("ended", {"outcome": "answered"}),
        ("wrapped_up", {}),
    ]
    return [
        {"event_id": f"{call}-{place}", "call_id": call, "type": step, "occurred_at": now, **more}
        for place, (step, more) in enumerate(steps)
    ]


class Pusher:
    """A call-centre system in a thread: four shuffled events a call, the same batch again until it is answered."""

    def __init__(self, client: httpx.Client, name: str, *, every: float = 0.5) -> None:
        self._client, self._name, self._every = client, name, every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pusher")
        self.calls: dict[str, str] = {}
        self.refused = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Push no more; what was begun is pushed to its end."""
        self._stop.set()
        self._thread.join()

    def phone(self, number: int) -> str:
        """Of one customer of this pusher."""
        return f"139{crc32(self._name.encode()) % 10**5:05}{number:03}"

    def _run(self) -> None:
        for number in count():
            if self._stop.wait(self._every):
                return
            self._push(f"{self._name}-{number}", self.phone(number % CUSTOMERS))

    def _push(self, call: str, phone: str) -> None:
        events = answered_call(call, phone)
        random.shuffle(events)
        while True:
            try:
                answer = self._client.post("/interactions/v1/interaction-events:batch?source=drill", json={"events": events})
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == httpx.codes.OK:
                self.calls[call] = answer.json()["results"][0]["interaction_id"]
                return
            self.refused += 1
            time.sleep(0.2)
