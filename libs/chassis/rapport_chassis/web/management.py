"""What operators and their machines ask of a process: is it well, what are its figures. On a port of its own, to which no
gateway leads: it says what the house is made of, and asks nobody who they are.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from rapport_chassis.lifecycle import Check
from rapport_chassis.metrics import Metrics
from rapport_chassis.security.callers import Callers
from rapport_chassis.security.limits import Limiter, Rates
from rapport_chassis.security.scopes import Public
from rapport_chassis.web.dispatch import Dispatch
from rapport_chassis.web.edge import ErrorBoundary
from rapport_chassis.web.handler import Caps, Handler
from rapport_chassis.web.operations import Operations
from rapport_chassis.web.operator import alive_router
from rapport_chassis.web.router import Router
from rapport_chassis.work import WorkFactory

KEPT = 1.0
"""Seconds for which written metrics are shown again: whoever asks more often, and how many they are, costs nothing."""


class Watched(Protocol):
    """What is asked of a service."""

    @property
    def name(self) -> str:
        """The first part of the paths."""

    @property
    def works(self) -> WorkFactory[Any]:
        """Opens units of work; none of these routes does."""

    @property
    def metrics(self) -> Metrics:
        """Of the process."""

    async def ready(self) -> Sequence[Check]:
        """What is checked by `/health/ready`."""


class Exposition(Response):
    """Metrics in the text format of Prometheus."""

    media_type = "text/plain; version=0.0.4; charset=utf-8"


def management_app(service: Watched) -> ASGIApp:
    """`/<service>/health/live`, `/<service>/health/ready`, `/<service>/metrics`."""
    callers = Callers(None, None, Limiter(Rates()))
    operations = Operations(())
    routers = (alive_router(), watch_router(service.ready, service.metrics))
    handlers = [
        (route, Handler(route, service.works, callers, Caps(), operations))
        for route in (each.under(f"/{service.name}") for router in routers for each in router.routes)
    ]
    return ErrorBoundary(Dispatch(handlers), service=service.name, metrics=service.metrics)


def watch_router(ready: Callable[[], Awaitable[Sequence[Check]]], metrics: Metrics) -> Router:
    """Readiness and metrics."""
    router = Router(tags=["operation"])
    written = _Written(metrics, ready)

    @router.get("/health/ready", allow=Public, limited=False, summary="Can it do its work? If not, why (503)")
    async def readiness() -> JSONResponse:
        checks = await ready()
        well = all(check.ok for check in checks)
        content = {"ready": well, "checks": [asdict(check) for check in checks]}
        return JSONResponse(content, status_code=200 if well else 503)

    @router.get("/metrics", allow=Public, limited=False, summary="Prometheus metrics of the process")
    async def expose() -> Exposition:
        return Exposition(await written.text())

    return router


class _Written:
    """The exposition, written at most once in `KEPT` seconds. What `ready` measures is measured before."""

    def __init__(self, metrics: Metrics, ready: Callable[[], Awaitable[Sequence[Check]]]) -> None:
        self._metrics = metrics
        self._ready = ready
        self._text = b""
        self._until = 0.0

    async def text(self) -> bytes:
        if time.monotonic() >= self._until:
            await self._ready()
            self._text, self._until = self._metrics.exposition(), time.monotonic() + KEPT
        return self._text
