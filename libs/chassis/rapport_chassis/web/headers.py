"""Which headers an answer of a route bears: what the document says of them, made of what the route is. Where they are set:
`handler` (ETag, Location), `representation` (ETag), `problems` (Retry-After, WWW-Authenticate), `edge` (traceparent,
RateLimit, those of what is deprecated)."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable
from dataclasses import replace
from http import HTTPStatus
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from rapport_chassis.web.representation import TEXT
from rapport_chassis.web.router import Route

_HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Content-Disposition": ("A name for the file.", {"type": "string"}),
    "Content-Language": ("The language of the text, as of BCP 47.", {"type": "string", "examples": ["zh"]}),
    "Deprecation": (
        "Since when nobody should begin to use this, as of RFC 9745: seconds since 1970.",
        {"type": "string", "pattern": "^@[0-9]+$"},
    ),
    "ETag": (
        "Of what is shown: its version, where it has one, and a digest. To be sent back as If-Match or If-None-Match.",
        {"type": "string", "pattern": '^(W/)?"[0-9A-Za-z_-]+"$', "examples": ['"3-kZ4rVw1tQm8xYb2a"']},
    ),
    "Link": ("The page about what is deprecated (`rel=deprecation`).", {"type": "string"}),
    "Location": ("Where the thing is that was made.", {"type": "string", "format": "uri-reference"}),
    "RateLimit": (
        "How many requests are left (`r`), and in how many seconds all are there again (`t`).",
        {"type": "string", "examples": ['"principal";r=29990;t=41']},
    ),
    "RateLimit-Policy": (
        "How many requests (`q`) may come in how many seconds (`w`).",
        {"type": "string", "examples": ['"principal";q=30000;w=60']},
    ),
    "Retry-After": ("Seconds until it is worth another try.", {"type": "integer", "minimum": 1}),
    "Sunset": ("Until when it stays at least, as of RFC 8594.", {"type": "string"}),
    "WWW-Authenticate": ("How to log in: `Bearer`.", {"type": "string"}),
    "traceparent": (
        "The trace of this request, as of W3C Trace Context; its second part is the `trace_id` of problems.",
        {"type": "string", "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"},
    ),
}
COMPONENTS = {name: {"description": about, "required": True, "schema": schema} for name, (about, schema) in _HEADERS.items()}
"""Each header once; answers refer to it. An answer that names one always bears it."""
_BY_STATUS = {
    HTTPStatus.UNAUTHORIZED: "WWW-Authenticate",
    HTTPStatus.TOO_MANY_REQUESTS: "Retry-After",
    HTTPStatus.SERVICE_UNAVAILABLE: "Retry-After",
}


def headers_of(route: Route, status: int) -> dict[str, Any]:
    """The headers of an answer with this status, by name, as references to `COMPONENTS`."""
    names = ["traceparent", *([_BY_STATUS[HTTPStatus(status)]] if status in _BY_STATUS else [])]
    if route.limited and status != HTTPStatus.SERVICE_UNAVAILABLE:  # which may come before anybody is counted
        names += ["RateLimit", "RateLimit-Policy"]
    if route.deprecated is not None and status != HTTPStatus.SERVICE_UNAVAILABLE:
        names += ["Deprecation", "Link", "Sunset"]
    if status == HTTPStatus.NOT_MODIFIED:
        names.append("ETag")
    elif status < HTTPStatus.BAD_REQUEST:
        tagged = may_be_known(route) or is_versioned(route.endpoint.returns)
        names += [*(["ETag"] if tagged else []), *route.sends]
        if route.location is not None:
            names.append("Location")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in sorted(names)}


def may_be_known(route: Route) -> bool:
    """Whether a caller may have its answer already (304). A stream has no end that could be digested."""
    return not route.carries and route.method == "GET" and all(TEXT.match(media_type) for media_type in route.produces)


def is_versioned(returns: Any) -> bool:
    """Whether what a route returns has a version, which becomes the ETag."""
    if get_origin(returns) in (typing.Union, types.UnionType):
        return all(is_versioned(each) for each in get_args(returns))
    field = getattr(returns, "model_fields", {}).get("version")
    return field is not None and field.annotation is int


def located(routes: Iterable[Route]) -> list[Route]:
    """The same routes; a POST that makes a thing (201) knows which field of it is the name of its address, where there is a
    `GET <path>/{name}`: the field of that name, else `id`."""
    known = list(routes)
    names = {
        path: name.rstrip("}")
        for route in known
        if route.method == "GET"
        for path, _, name in [route.path.rpartition("/{")]
        if name.endswith("}") and ":" not in name
    }
    return [replace(route, location=_field(route, names)) for route in known]


def _field(route: Route, names: dict[str, str]) -> str | None:
    returns = route.endpoint.returns
    if route.method != "POST" or route.status != HTTPStatus.CREATED or route.path not in names:
        return None
    fields = returns.model_fields if isinstance(returns, type) and issubclass(returns, BaseModel) else {}
    return next((name for name in (names[route.path], "id") if name in fields), None)
