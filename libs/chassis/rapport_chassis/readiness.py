"""The door of a service's HTTP side: closed until the service is prepared, and counting who is inside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from rapport_kernel.errors import NotFound, Unavailable
from starlette.types import ASGIApp, Receive, Scope, Send

from rapport_chassis.web.edge import refuse

WATCHED = ("/health/live", "/health/ready", "/metrics")


class ReadinessGate:
    """An ASGI app around another. Health and metrics always get through."""

    def __init__(self, app: ASGIApp, *, waits_for: Callable[[], str | None], whole: bool) -> None:
        """`waits_for` says why requests cannot be served yet, or None; without `whole` nothing but health is served."""
        self._app = app
        self._waits_for = waits_for
        self._whole = whole
        self._inside = 0
        self._left = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] != "http" or scope["path"].endswith(WATCHED):
            await self._app(scope, receive, send)
        elif not self._whole:
            await refuse(NotFound("no-api-here"), scope, send)
        elif self._waits_for() not in {None, "stopping"}:
            await refuse(Unavailable("starting", retry_after=1), scope, send)
        else:
            await self._enter(scope, receive, send)

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

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._inside += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside -= 1
            self._left.set()
