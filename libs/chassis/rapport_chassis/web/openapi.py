"""What the OpenAPI document says about a route beside its types: who may call it, which problems it answers."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from rapport_kernel.errors import (
    Forbidden,
    Invalid,
    PreconditionRequired,
    RapportError,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    VersionConflict,
)

from rapport_chassis.security.scopes import Scope
from rapport_chassis.web.idempotency import HEADER, InProgress
from rapport_chassis.web.problems import MEDIA_TYPE, BadRequest, Problem, TooSlow, UnsupportedMedia, example
from rapport_chassis.web.router import Route

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_BEARER = "bearer"
_KEY = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
_ETAG = {"type": "string", "pattern": '^(\\*|(W/)?"[0-9]{1,18}")$', "examples": ['"3"']}
SECURITY_SCHEMES = {
    _BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT or machine key",
        "description": "An access token (claims `sub`, `scope`, `level`), or a machine key `rpt_<id>_<secret>`.",
    }
}


def problem_schema() -> dict[str, Any]:
    """The schema of a problem with its parts inline, as one component."""
    schema = Problem.model_json_schema()
    fields = schema.pop("$defs")["FieldProblem"]
    schema["properties"]["errors"]["anyOf"][0]["items"] = fields
    return schema


def responses(route: Route) -> dict[int | str, dict[str, Any]]:
    """Every problem that the route may answer with, by status, with examples."""
    by_status: dict[int, list[type[RapportError]]] = defaultdict(list)
    for error in dict.fromkeys((*route.errors, *_always(route))):
        by_status[error.status].append(error)
    others: dict[str, Any] = {media_type: {} for media_type in route.produces}
    found: dict[int | str, dict[str, Any]] = {
        status: {
            "description": " / ".join((error.__doc__ or "").split("\n", 1)[0] for error in errors),
            "content": {
                MEDIA_TYPE: {
                    "schema": _PROBLEM,
                    "examples": {error.code: {"value": example(error)} for error in errors},
                },
                **others,
            },
        }
        for status, errors in sorted(by_status.items())
    }
    own = {status: {"description": says, "model": route.endpoint.returns} for status, says in route.also}
    return found | own | ({route.status: {"content": others}} if others else {})


def _always(route: Route) -> list[type[RapportError]]:
    """The errors that come from what the route is, not from its use case."""
    found: list[type[RapportError]] = [TooMany, Unavailable]
    if isinstance(route.allow, Scope):
        found += [Unauthenticated, Forbidden]
    if route.endpoint.params or route.endpoint.body or route.method == "POST":
        found += [BadRequest, Invalid]
    if route.endpoint.body:
        found += [TooLarge, UnsupportedMedia, TooSlow]
    if route.method == "POST":
        found.append(InProgress)
    if route.demand_version:
        found += [PreconditionRequired, VersionConflict]
    return found


def additions(route: Route) -> dict[str, Any]:
    """Security, scope, level, and the headers that every route of the kind takes."""
    says: dict[str, Any] = {"security": []}
    if isinstance(route.allow, Scope):
        says["security"] = [{_BEARER: [route.allow.name]}]
        says["x-scope"] = route.allow.name
        says["x-level"] = route.allow.level
    headers = []
    if route.method == "POST":
        about = "Sent again with the same key, the stored answer comes back and the effect happens once; kept for 24 hours."
        headers.append(_header(HEADER, about, required=route.demand_key, schema=_KEY))
    if route.demand_version or VersionConflict in route.errors:
        about = "The ETag that was read; 412 when somebody else was faster."
        headers.append(_header("If-Match", about, required=route.demand_version, schema=_ETAG))
    if headers:
        says["parameters"] = headers
    return says


def _header(name: str, about: str, *, required: bool, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "description": about, "schema": schema}
