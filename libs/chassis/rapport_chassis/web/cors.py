"""Cross-origin calls from browsers (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol).

The outermost layer, so that errors have the headers too. Starlette's middleware is not used: it answers a refused preflight
with plain text and says `Vary: Origin` only to those who send an `Origin`, which a cache in between would not forgive.
Credentials are never allowed: a caller has a bearer token, and no cookie means anything here.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rapport_chassis.security.origins import Origins
from rapport_chassis.web.answer import Answer, encode_headers, vary

REQUEST_HEADERS = (
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "traceparent",
    "X-Request-Id",
)
EXPOSED = (
    "Content-Disposition",
    "Content-Language",
    "Deprecation",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Sunset",
    "traceparent",
    "X-Request-Id",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
MAX_AGE = 7200
"""Seconds for which a browser may remember a preflight; Chromium takes no more."""
_PREFLIGHT = {
    "Access-Control-Allow-Methods": ", ".join(METHODS),
    "Access-Control-Allow-Headers": ", ".join(REQUEST_HEADERS),
    "Access-Control-Max-Age": str(MAX_AGE),
    "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
}


class Cors:
    """Tells browsers that pages of `origins` may read the answers of `app`."""

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        """An app for no origin at all says nothing of CORS."""
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A preflight of an allowed origin is answered here, whatever it asks for: the request itself is then told what
        is wrong in a way that the page can read. Anything else goes through."""
        if scope["type"] != "http" or not self._origins:
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        allowed = {"Access-Control-Allow-Origin": origin} if origin in self._origins else {}
        if allowed and scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await Answer(204, headers=allowed | _PREFLIGHT).send(send)
            return
        if allowed:
            allowed["Access-Control-Expose-Headers"] = ", ".join(EXPOSED)
        permission = encode_headers(allowed)

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = vary([*message["headers"], *permission], "Origin")
            await send(message)

        await self._app(scope, receive, telling)
