"""One origin in front of several apps: `/<service>/...` goes to that service, `/problems/...` to any, `/` lists them."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Protocol

import orjson
from rapport_chassis.metrics import Metrics
from rapport_chassis.security.origins import Origins
from rapport_chassis.web.answer import Answer
from rapport_chassis.web.cors import Cors
from rapport_chassis.web.edge import ErrorBoundary
from rapport_chassis.web.problems import MethodNotAllowed
from rapport_chassis.web.representation import negotiated
from rapport_contracts.openapi import FRONT_END, WHOLE, served
from rapport_kernel.errors import NotFound
from starlette.types import ASGIApp, Receive, Scope, Send

PUBLIC = {"docs": "docs", "openapi": "openapi.json", "events": "events"}
MANAGEMENT = {"live": "health/live", "ready": "health/ready", "metrics": "metrics"}
"""What the front page shows of each service, by name, and where it is below the service."""
DOCUMENTS = {"/openapi.json": WHOLE, "/front-end.openapi.json": FRONT_END}
"""All services in one OpenAPI document, and the part of it that front ends need."""
_STYLED = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
_METHODS = ("GET", "HEAD", "OPTIONS")
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Rapport</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem}}
td{{padding:.2rem 1.2rem .2rem 0}}</style>
<h1>Rapport</h1>
<table>{rows}</table>
"""


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

    def __init__(
        self,
        services: Sequence[Named],
        apps: Mapping[str, ASGIApp],
        *,
        shows: Mapping[str, str] = PUBLIC,
        origins: tuple[str, ...] = (),
    ) -> None:
        """`apps`: the ASGI app of each service, by name. `origins`: whose pages may read the front page and its errors."""
        index = [{"service": each.name, **{name: f"/{each.name}/{at}" for name, at in shows.items()}} for each in services]
        rows = "".join(map(_row, index, [each.title for each in services]))
        headers = {"Vary": "Accept"}
        self._json = Answer(200, orjson.dumps({"services": index}), "application/json", headers)
        page = PAGE.format(rows=rows).encode()
        self._page = Answer(200, page, "text/html; charset=utf-8", headers | {"Content-Security-Policy": _STYLED})
        self._apps = dict(apps)
        self._own = Cors(ErrorBoundary(self._front, service="origin", metrics=Metrics()), Origins(origins))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry. What is of no service passes the same layers as what is, so that an error has the same form."""
        first = scope["path"][1:].partition("/")[0] if scope["type"] == "http" else ""
        app = next(iter(self._apps.values())) if first == "problems" else self._apps.get(first)  # any knows all of them
        await (app or self._own)(scope, receive, send)

    async def _front(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["path"] != "/" and scope["path"] not in DOCUMENTS:
            raise NotFound("no-such-service")
        if scope["method"] == "OPTIONS":
            await Answer(204, headers={"Allow": ", ".join(_METHODS)}).send(send)
            return
        if scope["method"] != "GET":
            raise MethodNotAllowed(_METHODS)
        headers = dict(scope["headers"])
        answer = self._page if b"text/html" in headers.get(b"accept", b"") else self._json
        if scope["path"] in DOCUMENTS:
            answer = Answer(200, served(DOCUMENTS[scope["path"]]) or b"", "application/json")
        await (await negotiated(answer, headers, reads=True, shared=True)).send(send)


def _row(entry: Mapping[str, str], title: str) -> str:
    links = "".join(f'<td><a href="{at}">{name}</a></td>' for name, at in entry.items() if name != "service")
    return f"<tr><td><b>{html.escape(title)}</b></td>{links}</tr>"
