"""An app behind a real server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from rapport_chassis.web.protocol import CarefulProtocol


class Quiet(uvicorn.Server):
    """A server that leaves the signals of the test process alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Served:
    """An app on a port of its own, for as long as the test."""

    def __init__(self, app: Any, protocol: type[CarefulProtocol]) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        config = uvicorn.Config(app, http=protocol, log_config=None, access_log=False, timeout_graceful_shutdown=5)
        self.server = Quiet(config)
        self.task = asyncio.create_task(self.server.serve([self.socket]))

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def close(self) -> None:
        self.server.should_exit = True
        await self.task
        self.socket.close()
