"""What the OpenAPI document says about a route beside its types: who may call it, which problems it answers; and its schemas
under names that people and generators of clients can use.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from rapport_contracts.openapi import nodes, operations

from rapport_chassis.problems import register
from rapport_chassis.security.scopes import Public, Scope
from rapport_chassis.web.codes import codes_of, takes_version
from rapport_chassis.web.headers import may_be_known
from rapport_chassis.web.idempotency import HEADER
from rapport_chassis.web.problems import MEDIA_TYPE, Problem, example
from rapport_chassis.web.router import Route

_SCHEMAS = "#/components/schemas/"
_PROBLEM = {"$ref": f"{_SCHEMAS}Problem"}
_BOUNDS = {"ge": "from", "gt": "after", "le": "to", "lt": "before"}
_GENERIC = re.compile(r"(\w+)\[(.+)\]")
_BEARER = "bearer"
_KEY = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
_ETAG = {"type": "string", "pattern": '^(\\*|(W/)?"[0-9]{1,18}(-[A-Za-z0-9_-]{16})?")$', "examples": ['"3"']}
_TAGS = {"type": "string", "examples": ['"3-kZ4rVw1tQm8xYb2a"']}
SECURITY_SCHEMES = {
    _BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT or machine key",
        "description": "An access token (claims `sub`, `scope`, `level`), or a machine key `rpt_<id>_<secret>`.",
    }
}


def problem_schema() -> dict[str, Any]:
    """The schema of a problem with its parts inline, as one component. What a problem does not have it leaves out."""
    schema = Problem.model_json_schema()
    fields = schema.pop("$defs")["FieldProblem"]
    for field in schema["properties"].values():
        field.pop("default", None)
        for branch in field.pop("anyOf", ()):
            field.update({} if branch["type"] == "null" else branch)
    schema["properties"]["errors"]["items"] = fields
    return schema


def examples(routes: Iterable[Route]) -> dict[str, dict[str, Any]]:
    """What each problem of these routes looks like, by its code."""
    return {code: {"value": example(code)} for code in sorted({code for route in routes for code in codes_of(route)})}


def responses(route: Route) -> dict[int | str, dict[str, Any]]:
    """Every problem that the route may answer with, by status; what it looks like stands in `examples`."""
    by_status: dict[int, list[str]] = defaultdict(list)
    for code, status in codes_of(route).items():
        by_status[status].append(code)
    others: dict[str, Any] = {media_type: {} for media_type in route.produces}
    found: dict[int | str, dict[str, Any]] = {
        status: {
            "description": " / ".join(register()[code].texts["en"].title for code in sorted(codes)),
            "content": {
                MEDIA_TYPE: {
                    "schema": _PROBLEM,
                    "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in sorted(codes)},
                },
                **others,
            },
        }
        for status, codes in sorted(by_status.items())
    }
    own: dict[int | str, dict[str, Any]] = {
        status: {"description": says, "model": route.endpoint.returns} for status, says in route.also
    }
    if may_be_known(route):
        own[304] = {"description": "You have it already; the answer is empty."}
    return found | own | ({route.status: {"content": others}} if others else {})


def additions(route: Route) -> dict[str, Any]:
    """Security, scope, level, which kind of caller, and the headers that every route of the kind takes."""
    says: dict[str, Any] = {"security": [] if route.allow is Public else [{_BEARER: []}]}
    if isinstance(route.allow, Scope):
        says["security"] = [{_BEARER: [route.allow.name]}]
        says["x-scope"] = route.allow.name
        says["x-level"] = route.allow.level
        if route.allow.machines:
            says["x-callers"] = ["machine"]
    if route.deprecated is not None:
        says |= route.deprecated.marks
    headers = []
    if may_be_known(route):
        about = "ETags of what you have; 304 when it is still that."
        headers.append(_header("If-None-Match", about, required=False, schema=_TAGS))
    if route.method == "POST":
        about = (
            "1 to 255 visible ASCII characters. Sent again with the same key, the stored answer comes back, marked by the "
            "header `Idempotency-Replayed: true`, and the effect happens once; kept for 24 hours."
        )
        headers.append(_header(HEADER, about, required=route.demand_key, schema=_KEY))
    if takes_version(route):
        about = "The ETag that was read; 412 when somebody else was faster."
        headers.append(_header("If-Match", about, required=route.demand_version, schema=_ETAG))
    if headers:
        says["parameters"] = headers
    if carries := route.carries:
        inner = {"anyOf": [{"$ref": f"{_SCHEMAS}{kind.__name__}"} for kind in carries]}
        schema = _one_of_a_stream(inner)
        says["responses"] = {str(route.status): {"content": {"text/event-stream": {"schema": schema}}}}
    if route.body_may_be_empty:
        says["requestBody"] = {"required": False}
    return says


def carried(routes: Iterable[Route]) -> dict[str, Any]:
    """The schemas of what the streams of these routes carry."""
    return {kind.__name__: kind.model_json_schema(mode="serialization") for route in routes for kind in route.carries}


def _one_of_a_stream(data: dict[str, Any]) -> dict[str, Any]:
    """The schema of each server-sent event, as OpenAPI 3.2 says it under `itemSchema`; in 3.1 it stands for the whole."""
    about = "Each event of the stream. Lines that begin with a colon only show that it is alive."
    text = {"type": "string"}
    told = text | {"contentMediaType": "application/json", "contentSchema": data}
    fields: dict[str, Any] = {"event": text, "id": text, "data": told, "retry": {"type": "integer"}}
    return {"type": "object", "description": about, "properties": fields}


def _header(name: str, about: str, *, required: bool, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "description": about, "schema": schema}


def name_schemas(document: dict[str, Any]) -> None:
    """Give schemas the names of their classes: `Page[ClockView]` is `ClockViewPage`, and no module path stands in a name.

    Two classes of one name keep their paths; a test refuses them, since no client could tell them apart.
    """
    schemas: dict[str, Any] = document["components"]["schemas"]
    wanted = {key: _class_name(key, schema.get("title", key)) for key, schema in schemas.items()}
    many = Counter(wanted.values())
    names = {key: name if many[name] == 1 else key for key, name in wanted.items()}
    for node in nodes(document):
        if str(node.get("$ref", "")).startswith(_SCHEMAS):
            node["$ref"] = _SCHEMAS + names[node["$ref"].removeprefix(_SCHEMAS)]
    for key, schema in schemas.items():
        if schema.get("title") != key:
            schema["title"] = names[key]
    document["components"]["schemas"] = {names[key]: schemas[key] for key in sorted(schemas, key=names.__getitem__)}


def _class_name(key: str, title: str) -> str:
    if found := _GENERIC.fullmatch(title):
        return "".join(_class_name(part, part) for part in found[2].split(", ")) + found[1]
    return title if "__" in key else key


def require_what_is_sent(document: dict[str, Any]) -> None:
    """An answer holds every field of its model, so its schema requires them all, but where a body has the same
    schema. A problem leaves out what it does not have."""
    sent = used(document, [operation["responses"] for operation in operations(document)])
    taken = used(document, [operation.get("requestBody", {}) for operation in operations(document)])
    for name in sent - taken - {"Problem"}:
        schema = document["components"]["schemas"][name]
        if schema.get("properties"):
            schema["required"] = list(schema["properties"])


def tell_bounds(document: dict[str, Any]) -> None:
    """JSON Schema has no bounds for times; those of a model, which pydantic writes as `ge` and `le`, are told in words."""
    for node in nodes(document):
        told = [f"{word} {node.pop(key)}" for key, word in _BOUNDS.items() if node.get("type") == "string" and key in node]
        if told:
            words = " ".join(told)
            sentence = f"{words[0].upper()}{words[1:]}."
            node["description"] = " ".join(filter(None, [node.get("description"), sentence]))


def used(document: dict[str, Any], parts: Iterable[Any]) -> set[str]:
    """The names of all schemas that these parts of the document lead to."""
    schemas = document["components"]["schemas"]
    found: set[str] = set()
    open_parts = list(parts)
    while open_parts:
        refs = [str(node.get("$ref", "")) for node in nodes(open_parts.pop())]
        new = {ref.removeprefix(_SCHEMAS) for ref in refs if ref.startswith(_SCHEMAS)} & schemas.keys() - found
        found |= new
        open_parts += [schemas[name] for name in new]
    return found
