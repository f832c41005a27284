"""The one origin of a local run: `/<service>/...` goes to that service, `/problems/...` to any, `/` says what there is."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from typing import Protocol

from rapport_chassis.web.edge import refuse
from rapport_kernel.errors import NotFound
from starlette.types import ASGIApp, Receive, Scope, Send

GOING_AWAY = 1001
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "x-content-type-options": "nosniff",
}
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Rapport</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem}}
td{{padding:.2rem 1.2rem .2rem 0}}</style>
<h1>Rapport</h1>
<table>{rows}</table>
"""

SHOWN = ("docs", "openapi", "events", "ready", "metrics")


class Named(Protocol):
    """What the front page needs of a service."""

    @property
    def name(self) -> str:
        """The first part of its paths."""

    @property
    def title(self) -> str:
        """What people call it."""


class Origin:
    """An ASGI app in front of several: it rewrites nothing, the services know their whole paths."""

    def __init__(self, services: Sequence[Named], apps: Mapping[str, ASGIApp]) -> None:
        """`apps`: the ASGI app of each service, by name."""
        self._index = [
            {
                "service": each.name,
                "title": each.title,
                "docs": f"/{each.name}/docs",
                "openapi": f"/{each.name}/openapi.json",
                "events": f"/{each.name}/events",
                "ready": f"/{each.name}/health/ready",
                "metrics": f"/{each.name}/metrics",
            }
            for each in services
        ]
        self._apps = dict(apps)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": GOING_AWAY})
            return
        path = scope["path"]
        app = self._apps.get(path[1:].partition("/")[0])
        if app is not None:
            await app(scope, receive, send)
        elif path == "/" and scope["method"] in {"GET", "HEAD"}:
            await self._front(scope, send)
        elif path == "/problems" or path.startswith("/problems/"):
            await next(iter(self._apps.values()))(scope, receive, send)  # any service knows all of them
        else:
            await refuse(NotFound("no-such-service"), scope, send)

    async def _front(self, scope: Scope, send: Send) -> None:
        accepts = dict(scope["headers"]).get(b"accept", b"").decode("latin-1")
        if "text/html" in accepts:
            await _answer(send, 200, "text/html; charset=utf-8", PAGE.format(rows="".join(map(_row, self._index))))
        else:
            await _answer(send, 200, "application/json", json.dumps({"services": self._index}))


def _row(entry: Mapping[str, str]) -> str:
    links = "".join(
        f'<td><a href="{entry[each]}">{each}</a></td>' for each in ("docs", "openapi", "events", "ready", "metrics")
    )
    return f"<tr><td><b>{html.escape(entry['title'])}</b></td>{links}</tr>"


async def _answer(send: Send, status: int, media_type: str, body: str) -> None:
    content = body.encode()
    headers = {**HEADERS, "content-type": media_type, "content-length": str(len(content))}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": content})
