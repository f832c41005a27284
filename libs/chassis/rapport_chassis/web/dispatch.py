"""From path and method to the handler: one dictionary for literal paths, a short list of patterns for the others.

FastAPI's own router tries every route in turn and knows no order but that of writing; with fifty routes that costs more
than all layers together, and a parameter may hide a literal.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from rapport_kernel.errors import NotFound
from starlette.types import ASGIApp, Receive, Scope, Send

from rapport_chassis.web.answer import Answer
from rapport_chassis.web.problems import MethodNotAllowed, NoSuchAction
from rapport_chassis.web.router import Method, Route

Methods = dict[str, ASGIApp]
_PARAMETER = re.compile(r"{(\w+)}")


class Dispatch:
    """An ASGI app that hands over to the handler of a route, or raises NotFound, NoSuchAction or MethodNotAllowed."""

    def __init__(self, routes: Iterable[tuple[Route, ASGIApp]]) -> None:
        """Raises ValueError when two routes have the same method and shape."""
        self._literal: dict[str, Methods] = defaultdict(dict)
        self._actions: dict[str, tuple[re.Pattern[str], list[str]]] = {}
        patterns: dict[tuple[tuple[int, str], ...], tuple[re.Pattern[str], Methods]] = {}
        for route, handler in routes:
            if route.verb is not None:
                thing = route.path.rsplit(":", 1)[0]
                self._actions.setdefault(_PARAMETER.sub("{}", thing), (_pattern(thing), []))[1].append(route.verb)
            if "{" in route.path:
                shape = tuple(_rank(step) for step in route.path.split("/"))
                methods = patterns.setdefault(shape, (_pattern(route.path), {}))[1]
            else:
                methods = self._literal[route.path]
            if route.method in methods:
                raise ValueError(f"two routes {route.name}")
            methods[route.method] = handler
        self._patterns: dict[int, list[tuple[re.Pattern[str], Methods]]] = defaultdict(list)
        for shape in sorted(patterns):
            self._patterns[len(shape)].append(patterns[shape])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand over; OPTIONS is answered here, to anybody. `{id}:verb` comes before `{id}`, literals before parameters,
        whatever order they were written in."""
        path = scope["path"]
        methods, scope["path_params"] = self._find(path)
        handler = methods.get(scope["method"])
        if handler is None:
            self._ensure_action(path)
            if not methods:
                raise NotFound("no-such-route", "There is nothing at this address.")
            allowed = sorted({*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"})
            if scope["method"] != "OPTIONS":
                raise MethodNotAllowed(allowed)
            await Answer(204, headers={"Allow": ", ".join(allowed)}).send(send)
            return
        await handler(scope, receive, send)

    def _find(self, path: str) -> tuple[Methods, dict[str, str]]:
        methods = self._literal.get(path)
        if methods is not None:
            return methods, {}
        for pattern, found in self._patterns.get(path.count("/") + 1, ()):
            match = pattern.fullmatch(path)
            if match is not None:
                return found, match.groupdict()
        return {}, {}

    def _ensure_action(self, path: str) -> None:
        """Raises NoSuchAction when the path names an action of something that has others: its id would be read otherwise."""
        thing, colon, verb = path.rpartition(":")
        if not colon or "/" in verb:
            return
        known = [name for pattern, names in self._actions.values() if pattern.fullmatch(thing) for name in names]
        if known and verb not in known:
            raise NoSuchAction(list(dict.fromkeys(known)))


def in_order(routes: Iterable[Route]) -> list[Route]:
    """Routes in the order of the document: literals first, then by path and method."""
    order: tuple[Method, ...] = ("GET", "POST", "PUT", "PATCH", "DELETE")
    return sorted(routes, key=lambda route: ([_rank(step) for step in route.path.split("/")], order.index(route.method)))


def _pattern(path: str) -> re.Pattern[str]:
    """`/notes/{id}:close` as a pattern; a parameter is anything without a slash."""
    parts = _PARAMETER.split(path)
    return re.compile("".join(f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)))


def _rank(step: str) -> tuple[int, str]:
    """A literal first, then a parameter with a verb behind it (`{id}:close`), then a bare parameter; names do not count."""
    if "{" not in step:
        return 0, step
    shape = _PARAMETER.sub("{}", step)
    return (2, "") if shape == "{}" else (1, shape)
