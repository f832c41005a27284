"""What a process is called among its twins.

Kafka keeps the place of a member that has a name: one that is killed and started again takes its partitions at once, instead
of when the broker has missed it (45 s). Two of one name would throw each other out for ever, so a name is of one process.
"""

from __future__ import annotations

import socket
import sys

MOST = 64
"""Processes of one service on one host that have names; those beyond it do without."""


class OwnName:
    """`<host>-<number>`: the lowest number that no other process of the service has on this host, held until `release` or
    the end of the process, however that comes. `name` is None where the system has no such locks (Linux does)."""

    def __init__(self, service: str) -> None:
        """Takes the name."""
        self.name: str | None = None
        self._held: socket.socket | None = None
        if sys.platform != "linux":
            return
        for number in range(MOST):
            held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                held.bind(f"\0rapport-{service}-{number}")  # a name of the kernel: no file is left behind
            except OSError:
                held.close()
                continue
            self._held, self.name = held, f"{socket.gethostname()}-{number}"
            return

    def release(self) -> None:
        """Another process may take it."""
        if self._held is not None:
            self._held.close()
        self._held = self.name = None
