"""The layers around the routes, pure ASGI: what every request passes, whatever it asks for.

`ErrorBoundary`, outermost but for `Cors`: trace context, security headers, one metric, one log line, and a problem for
whatever was not answered.
`ConcurrencyLimit`, inside: no more requests at once than can be served.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import MutableMapping, Sequence
from typing import Any

from rapport_kernel.errors import RapportError, TooMany, Unavailable
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rapport_chassis.metrics import Metrics
from rapport_chassis.observability import child, describe, get_logger, in_context, trace_id
from rapport_chassis.sheets import LANGUAGES
from rapport_chassis.web.answer import Answer, encode_headers
from rapport_chassis.web.handler import (
    ACTOR,
    BELONGS,
    DEPRECATION,
    HEAD,
    LEAVE,
    ROUTE,
    STANDING,
    STREAMS,
    TRACEPARENT,
)
from rapport_chassis.web.negotiation import language_for
from rapport_chassis.web.problems import HeadersTooLarge, problem, refusal
from rapport_chassis.web.reading import ClientGone

_log = get_logger("rapport.web")
ALIVE = "/health/live"
SLOW_SECONDS = 1.0
MOST_HEADERS = 100
HEADER_BYTES = 32_768
_REQUEST_ID = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,127}")
"""Of a caller's own id of a request: what can be looked for in a log and break nothing there."""
_SECURITY = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}
"""Sent with every answer that does not say otherwise itself (a page with a form needs another policy)."""


class ConcurrencyLimit:
    """At most `most` requests at once; the next one is told to come back (503), so that none waits without end.

    Half of the places are for all together who have no token, so that strangers who send slowly keep nobody out whom we
    know (503), and one caller takes at most `each` (429). Who calls is known before anything of a body is read.
    """

    def __init__(self, app: ASGIApp, *, most: int, each: int) -> None:
        """`most` counts requests of this service in this process, `each` those of one caller."""
        self._app = app
        self._most = most
        self._strangers = max(1, most // 2)
        self._each = each
        self._inside = 0
        self._of: Counter[str | None] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve or refuse. Whoever asks whether the process answers gets in: it does."""
        if scope["path"].endswith(ALIVE):
            await self._app(scope, receive, send)
            return
        if self._inside >= self._most:
            raise Unavailable("too-busy", retry_after=1)
        self._inside += 1
        whose: list[str | None] = []
        inside = True

        def belongs(caller: str | None) -> None:
            self._check(caller)
            whose.append(caller)
            self._of[caller] += 1

        def leave() -> None:
            nonlocal inside
            self._inside -= inside
            inside = False
            while whose:
                caller = whose.pop()
                self._of[caller] -= 1
                if not self._of[caller]:
                    del self._of[caller]

        scope[BELONGS], scope[LEAVE] = belongs, leave
        try:
            await self._app(scope, receive, send)
        finally:
            leave()

    def _check(self, caller: str | None) -> None:
        if caller is None and self._of[None] >= self._strangers:
            raise Unavailable("too-busy", retry_after=1)
        if caller is not None and self._of[caller] >= self._each:
            raise TooMany("too-many-at-once", retry_after=1, most=self._each)


class ErrorBoundary:
    """What every answer has, and the last word on every error."""

    def __init__(self, app: ASGIApp, *, service: str, metrics: Metrics) -> None:
        """`service` is the label of its metrics."""
        self._app = app
        self._service = service
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises only what comes after the answer has begun."""
        if scope["type"] != "http":
            await _no_http(scope["type"], receive, send)
            return
        # A copy: what is written into it is for the layers inside. HEAD is answered as GET; the server leaves the body out.
        head = scope["method"] == "HEAD"
        scope = {**scope, HEAD: head, "method": "GET" if head else scope["method"]}
        passage = _RequestContext(scope, send)
        with in_context(trace=passage.span, request=passage.request_id):
            try:
                _check_headers(scope["headers"])
                await self._app(scope, receive, passage.send)
            except ClientGone:
                passage.status = 499
            except Exception as error:  # noqa: BLE001 - the last place where an error can become an answer
                await self._refuse(error, scope, passage)
            self._tell(scope, passage)

    async def _refuse(self, error: Exception, scope: Scope, passage: _RequestContext) -> None:
        refused = refusal(error)
        if refused.status in {TooMany.status, Unavailable.status}:
            self._metrics.http_refused.labels(self._service, refused.code).inc()
        elif refused.status >= 500:  # noqa: PLR2004 - HTTP's own border
            self._metrics.http_failed.labels(self._service, scope.get(ROUTE, "none")).inc()
        if isinstance(refused, Unavailable):
            _log.warning("http.unavailable", code=refused.code, error=describe(error))
        elif refused.status >= 500:  # noqa: PLR2004 - HTTP's own border
            _log.error("http.failed", code=refused.code, exc_info=error)
        if passage.status:
            raise error
        passage.code = refused.code
        await _problem(refused, passage).send(passage.send)

    def _tell(self, scope: Scope, passage: _RequestContext) -> None:
        route = scope.get(ROUTE, "none")
        seconds = (passage.answered if scope.get(STREAMS) else time.perf_counter()) - passage.began
        self._metrics.http_seconds.labels(self._service, route, str(passage.status)).observe(seconds)
        if scope["method"] == "GET" and passage.status < 400 and seconds < SLOW_SECONDS:  # noqa: PLR2004
            return
        actor = scope.get(ACTOR)
        _log.info(
            "http.slow" if seconds >= SLOW_SECONDS else "http.request",
            route=route,
            status=passage.status,
            code=passage.code,
            milliseconds=round(seconds * 1000, 1),
            actor=str(actor) if actor is not None else None,
        )


class _RequestContext:
    """One request on its way through: its span, when it began, what was answered."""

    __slots__ = ("_scope", "_send", "answered", "began", "code", "request_id", "span", "status")

    def __init__(self, scope: MutableMapping[str, Any], send: Send) -> None:
        self._scope = scope
        self._send = send
        self.began = self.answered = time.perf_counter()
        self.status = 0
        self.code: str | None = None
        given = {name: value for name, value in scope["headers"] if name in (b"traceparent", b"x-request-id")}
        self.span = child(given.get(b"traceparent", b"").decode("latin-1"))
        request_id = given.get(b"x-request-id")
        self.request_id = request_id.decode() if request_id and _REQUEST_ID.fullmatch(request_id) else None
        scope[TRACEPARENT] = self.span

    @property
    def languages(self) -> str | None:
        given = (value for name, value in self._scope["headers"] if name == b"accept-language")
        return next((value.decode("latin-1") for value in given), None)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.answered = message["status"], time.perf_counter()
            headers: list[tuple[bytes, bytes]] = list(message["headers"])
            present = {name for name, _ in headers}
            headers += [(name, value) for name, value in _SECURITY.items() if name not in present]
            standing = self._scope.get(STANDING)
            if standing is not None:
                headers += encode_headers(standing.headers())
            headers += encode_headers(self._scope.get(DEPRECATION, {}))
            headers.append((b"traceparent", self.span.encode()))
            headers.append((b"x-request-id", (self.request_id or trace_id(self.span) or "").encode()))
            message["headers"] = headers
        await self._send(message)


def _check_headers(headers: Sequence[tuple[bytes, bytes]]) -> None:
    if len(headers) > MOST_HEADERS or sum(len(name) + len(value) for name, value in headers) > HEADER_BYTES:
        raise HeadersTooLarge


def _problem(refused: RapportError, passage: _RequestContext) -> Answer:
    answer = problem(refused, trace_id(passage.span), language_for(passage.languages, LANGUAGES))
    if refused.status in {408, 413, 431}:
        # The rest of the body will not be read: the connection cannot be used again.
        answer.headers["Connection"] = "close"
    return answer


async def _no_http(kind: str, receive: Receive, send: Send) -> None:
    """Websockets are not spoken here. Starting and stopping is the service's own matter: both are done at once."""
    if kind == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1003})
        return
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})
