"""The door of a service's HTTP side: closed until the service is prepared, and counting who is inside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from rapport_kernel.errors import Unavailable
from starlette.types import ASGIApp, Receive, Scope, Send

from rapport_chassis.web.edge import ALIVE


class Layered(Protocol):
    """What the gate needs of an app: `WebApp` has it."""

    @property
    def core(self) -> ASGIApp:
        """The app without the layers that every answer passes."""

    def layered(self, core: ASGIApp) -> ASGIApp:
        """These layers around another core."""


class ReadinessGate:
    """An ASGI app around the core of another, inside its layers: what the gate refuses is answered like anything else."""

    def __init__(self, app: Layered, *, waits_for: Callable[[], str | None]) -> None:
        """`waits_for` says why requests cannot be served yet, or None."""
        self._core = app.core
        self._app = app.layered(self._admit)
        self._waits_for = waits_for
        self._inside = 0
        self._left = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        await self._app(scope, receive, send)

    async def empty(self, within: timedelta) -> bool:
        """Wait until nobody is inside, at most `within`. True when it is so."""
        try:
            async with asyncio.timeout(within.total_seconds()):
                while self._inside:
                    self._left.clear()
                    await self._left.wait()
        except TimeoutError:
            return False
        return True

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._waits_for() not in {None, "stopping"} and not scope["path"].endswith(ALIVE):
            raise Unavailable("starting", "The service is not ready yet.", retry_after=1)
        self._inside += 1
        try:
            await self._core(scope, receive, send)
        finally:
            self._inside -= 1
            self._left.set()
