"""Which problems an operation may answer with: those that follow from what the route is, and those that it declares.

A route declares a class of the kernel's tree, which stands for its own code, or a code of the register, for what its use
case raises under a more exact one: `errors=[NotFound, "promise-in-the-past"]`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from rapport_kernel.errors import VersionConflict
from starlette.responses import StreamingResponse

from rapport_chassis.lists import Paging
from rapport_chassis.problems import register
from rapport_chassis.security.scopes import Public, Scope
from rapport_chassis.web.router import Route

ANYWHERE = frozenset({"headers-too-large", "internal", "method-not-allowed", "no-such-action", "no-such-route"})
"""What belongs to no operation: the address was wrong, the head was too large, or we made a mistake."""
_GATE = ("unauthenticated", "token-invalid", "token-expired", "key-invalid", "issuer-unavailable")
_RIGHT = ("scope-missing", "level-too-low")
_BODY = ("body-too-large", "body-too-slow", "unsupported-media-type", "content-encoding", "charset")
COMMAND = ("in-the-future", "before-history")
"""What an action on something with a history says of the time that it is given."""


def belongs_to_customers(kind: type[Any]) -> bool:
    """Whether notes on one of these may be sealed under a customer's key, which an erasure destroys; its fields say so. What
    is nobody's has a key of its own, which nothing destroys."""
    return is_dataclass(kind) and not {each.name for each in fields(kind)}.isdisjoint({"keyed_by", "customer_id"})


def codes_of(route: Route) -> dict[str, int]:
    """Each code that the operation may answer with, and its status. Raises KeyError for one that the register lacks."""
    known = register()
    declared = (each if isinstance(each, str) else each.code for each in route.errors)
    found = {code: known[code].status for code in (*declared, *_derived(route))}
    return {code: status for code, status in found.items() if status is not None}


def takes_version(route: Route) -> bool:
    """Whether If-Match means something to the operation."""
    return route.demand_version or VersionConflict in route.errors


def _derived(route: Route) -> Iterator[str]:
    if route.limited:
        yield "too-many"
        yield "too-busy"
    if route.endpoint.call is not None:
        yield from ("try-again", "database-busy")
    if route.allow is not Public:
        yield "too-many-at-once"
        yield from _GATE
        yield "unknown-parameter"
    if isinstance(route.allow, Scope):
        yield from _of_right(route.allow, acting=route.method != "GET")
    yield "invalid-query"
    if route.endpoint.params:
        yield "invalid-parameters"
    if any(issubclass(plan.model, Paging) for plan in route.endpoint.params):
        yield from ("bad-sort", "bad-cursor", "value-not-storable")
    if route.method != "GET":
        yield "bad-if-match"
    yield from _of_body(route)
    if route.method == "POST":
        yield from _of_key(route)
    if route.demand_version:
        yield from ("precondition-required", "version-conflict")


def _of_right(allow: Scope, *, acting: bool) -> Iterator[str]:
    yield from _RIGHT
    if allow.machines:
        yield "only-machines"
    elif acting:
        yield "staff-id-not-opaque"


def _of_body(route: Route) -> Iterator[str]:
    body = route.endpoint.body
    if body is None:
        return
    yield from _BODY
    if body.kind != "raw":
        yield from ("invalid-body", "invalid-form" if body.kind == "form" else "invalid-json")
    if route.endpoint.call is not None:
        yield "value-not-storable"


def _of_key(route: Route) -> Iterator[str]:
    yield "bad-idempotency-key"
    if route.demand_key:
        yield "idempotency-key-required"
    if inspect.isclass(route.endpoint.returns) and issubclass(route.endpoint.returns, StreamingResponse):
        yield "no-idempotency"
    else:
        yield from ("idempotency-key-reused", "request-in-progress", "answer-not-kept")
