"""One service as an ASGI app: its routes under `/<name>/v1`, the routes every service has, the layers around them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import orjson
from rapport_contracts.openapi import inlined, served
from rapport_kernel.states import StateTable
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from rapport_chassis.listens import Subscription
from rapport_chassis.metrics import Metrics
from rapport_chassis.release import Park
from rapport_chassis.security.callers import Callers
from rapport_chassis.security.denials import Denials
from rapport_chassis.security.limits import Limiter, Rates
from rapport_chassis.security.machine_keys import MachineKeys
from rapport_chassis.security.origins import Origins
from rapport_chassis.security.scopes import Public, Scope
from rapport_chassis.security.tokens import Jwks, Tokens
from rapport_chassis.settings import ServiceSettings
from rapport_chassis.staff import StaffRegister
from rapport_chassis.web import documents
from rapport_chassis.web.cors import Cors
from rapport_chassis.web.dispatch import Dispatch, in_order
from rapport_chassis.web.docs import CONTENT_SECURITY, page
from rapport_chassis.web.edge import ConcurrencyLimit, ErrorBoundary
from rapport_chassis.web.handler import Caps, Handler
from rapport_chassis.web.headers import located
from rapport_chassis.web.labels import labels_router
from rapport_chassis.web.language import language_router
from rapport_chassis.web.me import me_router
from rapport_chassis.web.operator import alive_router, audit_router, machine_key_router, state_machine_router
from rapport_chassis.web.park import park_router
from rapport_chassis.web.problem_pages import problem_router
from rapport_chassis.web.router import Route, Router, operations_of
from rapport_chassis.web.timers import timers_router
from rapport_chassis.work import WorkFactory


class Served(Protocol):
    """What the app needs of a service."""

    @property
    def name(self) -> str:
        """`complaints`: the first part of every path."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def about(self) -> str:
        """A sentence on what it does, for its document."""

    @property
    def settings(self) -> ServiceSettings:
        """Who issues tokens, how often callers may come, whether there are docs."""

    @property
    def works(self) -> WorkFactory[Any]:
        """Opens units of work."""

    @property
    def subscriptions(self) -> Sequence[Subscription]:
        """Its consumers, whose parked messages operators settle."""

    @property
    def routers(self) -> Sequence[Router]:
        """The service's own routes."""

    @property
    def lives(self) -> Mapping[str, StateTable]:
        """The lives that are published."""

    @property
    def staff(self) -> StaffRegister | None:
        """Who the people are that ids stand for, where the service knows."""

    @property
    def metrics(self) -> Metrics:
        """Where HTTP metrics go."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One line of who may call what; `scope` None: no certain one; `level` 0: anybody, without a token."""

    method: str
    path: str
    scope: str | None
    level: int


class WebApp:
    """An ASGI app. Paths are whole (`/complaints/v1/...`), so that several apps behind one origin need no rewriting."""

    def __init__(self, service: Served) -> None:
        """Raises ValueError when two routes are the same, or two operations on one kind of thing have one name."""
        self.name = service.name
        settings = service.settings
        keys = MachineKeys(service.works.database)
        tokens = None
        if settings.issuer is not None and settings.jwks is not None:
            tokens = Tokens(
                issuer=settings.issuer,
                audience=settings.audience,
                keys=Jwks(settings.jwks),
                staff_claim=settings.staff_claim,
            )
        rates = Rates(settings.rate_principal, settings.rate_public, settings.rate_failures, settings.rate_misses)
        self.title, self.about = service.title, service.about
        groups = _all_routers(service, keys, self if settings.docs else None)
        self._routers = [router for _, routers in groups for router in routers]
        declared = located(_all_routes(groups))
        self.operations = operations_of(declared)
        self.routes = in_order(declared)
        callers, caps = Callers(tokens, keys, Limiter(rates), Denials(service.works)), Caps()
        handlers = [Handler(route, service.works, callers, caps, self.operations, service.staff) for route in self.routes]
        service.metrics.begin_web(service.name, [route.name for route in self.routes])
        self._metrics, self._origins = service.metrics, Origins(settings.allowed_origins)
        self._proxies = settings.trusted_proxies
        self.core: ASGIApp = ConcurrencyLimit(
            Dispatch(zip(self.routes, handlers, strict=True)),
            most=settings.requests_at_once,
            each=settings.requests_at_once_each,
        )
        self._asgi = self.layered(self.core)
        self._documents: asyncio.Future[tuple[bytes, bytes]] | None = None

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        await self._asgi(scope, receive, send)

    def layered(self, core: ASGIApp) -> ASGIApp:
        """The layers that every answer of this app passes, around `core`: its own, or a gate before that."""
        made: ASGIApp = Cors(ErrorBoundary(core, service=self.name, metrics=self._metrics), self._origins)
        return ProxyHeadersMiddleware(made, self._proxies) if self._proxies else made  # type: ignore[arg-type,return-value]

    @cached_property
    def openapi(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document, made by FastAPI from the signatures of the routes."""
        return documents.document(documents.About(self.title, self.about), self._routers, self.routes)

    async def documents(self) -> tuple[bytes, bytes]:
        """The OpenAPI document as it is committed, and the page made from it, once and in a thread: everybody else is to be
        served meanwhile. A service of which none is committed makes its own, which takes seconds."""
        if self._documents is None:
            self._documents = asyncio.ensure_future(asyncio.to_thread(self._write_documents))
        return await asyncio.shield(self._documents)

    def _write_documents(self) -> tuple[bytes, bytes]:
        written = served(self.name) or orjson.dumps(self.openapi)
        return written, page(inlined(orjson.loads(written))).encode()


def build_app(service: Served) -> WebApp:
    """The ASGI app of one service."""
    return WebApp(service)


def who_may_call(app: WebApp) -> list[Permission]:
    """Every operation and what its caller must hold, in the order of the paths."""
    return [
        Permission(route.method, route.path, route.allow.name, route.allow.level)
        if isinstance(route.allow, Scope)
        else Permission(route.method, route.path, None, 0 if route.allow is Public else 1)
        for route in sorted(app.routes, key=lambda route: (route.path, route.method))
    ]


def _all_routers(service: Served, keys: MachineKeys, documented: WebApp | None) -> list[tuple[str, list[Router]]]:
    """The routers by what comes before their paths."""
    plain = [alive_router()]
    everywhere = [problem_router()]
    if documented is not None:
        plain += [_docs_router(documented), language_router(service.name)]
    own = [
        *service.routers,
        state_machine_router(service.lives),
        labels_router(),
        park_router(service.name, Park(service.works, service.subscriptions)),
        timers_router(service.name),
        audit_router(service.name),
        machine_key_router(service.name, keys),
        me_router(service.staff),
    ]
    return [(f"/{service.name}/v1", own), (f"/{service.name}", plain), ("", everywhere)]


def _all_routes(groups: Sequence[tuple[str, list[Router]]]) -> list[Route]:
    return [route.under(prefix) for prefix, routers in groups for router in routers for route in router.routes]


def _docs_router(app: WebApp) -> Router:
    router = Router(tags=["operation"])

    @router.get("/openapi.json", allow=Public, shared=True, hidden=True)
    async def openapi() -> Response:
        document, _ = await app.documents()
        return Response(document, media_type="application/json")

    @router.get("/docs", allow=Public, shared=True, hidden=True)
    async def docs() -> Response:
        _, shown = await app.documents()
        return Response(shown, media_type="text/html", headers={"Content-Security-Policy": CONTENT_SECURITY})

    return router
