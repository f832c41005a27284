"""Every problem that a test gets from an application of ours is held against what its operation documents, on the spot.

`watch` puts it around `WebApp`, for all tests of a process: a code that the operation does not document, that the register
lacks, or that comes with another status than it says there fails the request, and so the test. Answers that are no problems
cost one look at their content type.

And every text that a request seals under a key of somebody: the vault refuses that once they are erased, so its operation
documents `erased`, whether or not a test erases anybody.
"""

from __future__ import annotations

import functools
from contextlib import suppress
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any
from uuid import UUID

import orjson
from rapport_chassis.problems import register
from rapport_chassis.vault import Box, Erased
from rapport_chassis.web.app import WebApp
from rapport_chassis.web.codes import ANYWHERE, belongs_to_customers, codes_of
from rapport_chassis.web.dispatch import Dispatch
from rapport_chassis.web.operations import On
from rapport_kernel.errors import RapportError
from starlette.types import Message, Receive, Scope, Send

_TYPE = (b"content-type", b"application/problem+json")
_FIXED = 5
"""The version (RFC 9562) of an id that a service gives to a key of its own, which nothing destroys; people have others."""
_sealed: ContextVar[set[UUID] | None] = ContextVar("sealed", default=None)
_asked: ContextVar[set[UUID] | None] = ContextVar("asked", default=None)
"""For whom the request that is served seals something, and of whom it asks itself whether they are erased."""


class UndocumentedProblem(AssertionError):
    """An operation answered with a problem that its document does not name."""


def watch() -> None:
    """Watch every `WebApp` of this process. Asked twice, it does it once."""
    plain = WebApp.__call__
    if hasattr(plain, "__wrapped__"):
        return

    @functools.wraps(plain)
    async def watched(app: WebApp, scope: Scope, receive: Receive, send: Send) -> None:
        watch, sealed, asked = _Watch(app, scope, send), set[UUID](), set[UUID]()
        tokens = _sealed.set(sealed), _asked.set(asked)
        try:
            await plain(app, scope, receive, watch)
        finally:
            _sealed.reset(tokens[0])
            _asked.reset(tokens[1])
        check_sealed(app, scope, sealed - asked - watch.made)

    seal, erased = Box.seal, Box.erased

    def noted(box: Box, subject: UUID, place: str, value: str) -> bytes:
        if (sealed := _sealed.get()) is not None:
            sealed.add(subject)
        return seal(box, subject, place, value)

    def asked(box: Box, subject: UUID) -> bool:
        if (asked := _asked.get()) is not None:
            asked.add(subject)
        return erased(box, subject)

    WebApp.__call__ = watched  # type: ignore[method-assign, assignment]
    Box.seal, Box.erased = noted, asked  # type: ignore[method-assign, assignment]


class _Watch:
    """Keeps the head of a problem back until its body has been looked at; `made` is the id of what a 201 made."""

    def __init__(self, app: WebApp, scope: Scope, send: Send) -> None:
        self._app, self._scope, self._send = app, scope, send
        self._head: Message | None = None
        self._creates = False
        self.made: set[UUID] = set()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._creates = message["status"] == HTTPStatus.CREATED
        elif self._creates and message.get("body", b"").startswith(b"{"):
            with suppress(ValueError, TypeError):  # not everything that is made is known by a UUID
                self.made.add(UUID(orjson.loads(message["body"]).get("id")))
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


def check_sealed(app: WebApp, scope: Scope, subjects: set[UUID]) -> None:
    """`subjects` are those that the request sealed something for, beside what it made itself and those of whom it asked
    whether they are erased. Raises UndocumentedProblem.

    Nobody can be erased behind what is no customer's, nor behind a key of the service itself. Who follows a link is never
    told that there was somebody: it is unknown."""
    if all(subject.version == _FIXED for subject in subjects):
        return
    route = _route(app, scope)
    on = getattr(route, "on", None)
    if route is None or (isinstance(on, On) and not belongs_to_customers(on.kind)):
        return
    if codes_of(route).keys().isdisjoint({Erased.code, "link-unknown"}):
        where = f"{scope['method']} {scope['path']}"
        raise UndocumentedProblem(f"{where} seals what somebody said, and may answer 'erased': add it to its `errors`")


def _documented(app: WebApp, scope: Scope) -> dict[str, int]:
    route = _route(app, scope)
    return {} if route is None else codes_of(route)


def _route(app: WebApp, scope: Scope) -> Any:
    dispatch = app.__dict__.get("_for_guard") or Dispatch((route, route) for route in app.routes)  # type: ignore[misc]
    app.__dict__["_for_guard"] = dispatch
    try:
        methods, _ = dispatch._find(scope["path"])  # noqa: SLF001 - the one table of addresses
    except RapportError:
        return None
    return methods.get("GET" if scope["method"] == "HEAD" else scope["method"])
