"""The one origin of a local run: `/<service>/...` goes to that service, `/` says what there is."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

from rapport_contracts.openapi import FRONT_END, WHOLE, served
from starlette.types import ASGIApp, Receive, Scope, Send

GOING_AWAY = 1001
NOTHING: Mapping[str, str] = MappingProxyType({})
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

DOCUMENTS = {"/openapi.json": WHOLE, "/front-end.openapi.json": FRONT_END}
"""All services in one OpenAPI document, and the part of it that front ends need."""
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
        elif path in DOCUMENTS and scope["method"] in {"GET", "HEAD"}:
            await _document(scope, send, DOCUMENTS[path])
        else:
            await _not_found(send)

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


async def _document(scope: Scope, send: Send, name: str) -> None:
    found = served(name)
    if found is None:
        await _not_found(send)
        return
    etag = f'"{hashlib.sha256(found).hexdigest()[:32]}"'
    given = dict(scope["headers"]).get(b"if-none-match", b"").decode("latin-1")
    known = etag in {tag.strip().removeprefix("W/") for tag in given.split(",")}
    more = {"etag": etag, "cache-control": "no-cache"}
    await _answer(send, 304 if known else 200, "application/json", "" if known else found.decode(), more)


async def _not_found(send: Send) -> None:
    problem: dict[str, Any] = {
        "type": "https://rapport.dev/problems/not-found",
        "title": "Not found",
        "status": 404,
        "code": "not-found",
        "detail": "There is no such service. GET / lists those there are.",
    }
    await _answer(send, 404, "application/problem+json", json.dumps(problem))


async def _answer(send: Send, status: int, media_type: str, body: str, more: Mapping[str, str] = NOTHING) -> None:
    content = body.encode()
    headers = {**HEADERS, **more, "content-type": media_type, "content-length": str(len(content))}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": content})
