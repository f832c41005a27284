"""Every problem that a test gets from an application of ours is held against what its operation documents, on the spot.

`watch` puts it around `WebApp`, for all tests of a process: a code that the operation does not document, that the register
lacks, or that comes with another status than it says there fails the request, and so the test. Answers that are no problems
cost one look at their content type.
"""

from __future__ import annotations

import functools
from typing import Any

import orjson
from rapport_chassis.problems import register
from rapport_chassis.web.app import WebApp
from rapport_chassis.web.codes import ANYWHERE, codes_of
from rapport_chassis.web.dispatch import Dispatch
from rapport_kernel.errors import RapportError
from starlette.types import Message, Receive, Scope, Send

_TYPE = (b"content-type", b"application/problem+json")


class UndocumentedProblem(AssertionError):
    """An operation answered with a problem that its document does not name."""


def watch() -> None:
    """Watch every `WebApp` of this process. Asked twice, it does it once."""
    plain = WebApp.__call__
    if hasattr(plain, "__wrapped__"):
        return

    @functools.wraps(plain)
    async def watched(app: WebApp, scope: Scope, receive: Receive, send: Send) -> None:
        await plain(app, scope, receive, _Watch(app, scope, send))

    WebApp.__call__ = watched  # type: ignore[method-assign, assignment]


class _Watch:
    """Keeps the head of a problem back until its body has been looked at."""

    def __init__(self, app: WebApp, scope: Scope, send: Send) -> None:
        self._app, self._scope, self._send = app, scope, send
        self._head: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _TYPE in message["headers"]:
            self._head = message
            return
        if self._head is not None:
            check_problem(self._app, self._scope, orjson.loads(message["body"]))
            await self._send(self._head)
            self._head = None
        await self._send(message)


def check_problem(app: WebApp, scope: Scope, problem: dict[str, Any]) -> None:
    """Raises UndocumentedProblem."""
    code, status = problem["code"], problem["status"]
    entry = register().get(code)
    where = f"{scope['method']} {scope['path']}"
    if entry is None or entry.status != status:
        raise UndocumentedProblem(f"{where}: the register of problems has no '{code}' with status {status}")
    for field in problem.get("errors", ()):
        if field["code"] not in register():
            raise UndocumentedProblem(f"{where}: the register of problems has no field error '{field['code']}'")
    if code in ANYWHERE or code in _documented(app, scope):
        return
    raise UndocumentedProblem(f"{where} answered '{code}', which its document does not name: add it to its `errors`")


def _documented(app: WebApp, scope: Scope) -> dict[str, int]:
    dispatch = app.__dict__.get("_for_guard") or Dispatch((route, route) for route in app.routes)  # type: ignore[misc]
    app.__dict__["_for_guard"] = dispatch
    try:
        methods, _ = dispatch._find(scope["path"])  # noqa: SLF001 - the one table of addresses
    except RapportError:
        return {}
    route: Any = methods.get("GET" if scope["method"] == "HEAD" else scope["method"])
    return {} if route is None else codes_of(route)
