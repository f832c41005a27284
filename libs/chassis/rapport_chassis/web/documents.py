"""The OpenAPI document of a service: made by FastAPI from the signatures of the routes, then said as it is on the wire.

Nothing in it is written by hand: what an operation takes and answers comes from its route, the values that a field may have
from the enum or state table that the field names, headers from what the route is.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, get_args, get_origin

import orjson
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from rapport_contracts.openapi import nodes
from starlette.responses import JSONResponse, Response

from rapport_chassis.lists import Page
from rapport_chassis.web import openapi, vocabularies
from rapport_chassis.web.headers import COMPONENTS, headers_of
from rapport_chassis.web.pages import FORM
from rapport_chassis.web.router import Route, Router

Json = dict[str, Any]
VERSION = version("rapport-chassis")
"""Of this build: all packages of the product have the same."""
_SCHEMAS = "#/components/schemas/"
_IGNORED = {"accept", "content-type", "authorization"}
"""Header parameters that OpenAPI does not read as such: they are said by media types and security."""
_FORM_SCHEMA = {"type": "object", "additionalProperties": {"type": "string"}, "description": "As the page sends it."}
CONTACT = {"name": "Rapport", "url": "https://rapport.dev"}
LICENSE = {"name": "All rights reserved", "identifier": "LicenseRef-Rapport"}
SERVERS = [{"url": "/", "description": "The one origin of all services."}]


@dataclass(frozen=True, slots=True)
class About:
    """What the document says of a whole service: its title (`Complaints`) and a sentence on what it does."""

    title: str
    words: str


def document(about: About, routers: Iterable[Router], routes: Sequence[Route]) -> Json:
    """The document (OpenAPI 3.1) of these routes; `routers` say what their tags are about."""
    documented = FastAPI(title=f"Rapport {about.title}", version=VERSION, docs_url=None, redoc_url=None, openapi_url=None)
    documented.router.routes.extend(_described(route) for route in routes)
    made = documented.openapi()
    made["info"] |= {"description": about.words, "contact": CONTACT, "license": LICENSE}
    made["servers"] = SERVERS
    made["tags"] = tags(routers, made)
    components = made.setdefault("components", {})
    components.setdefault("schemas", {})
    components["schemas"]["Problem"] = openapi.problem_schema()
    components["schemas"] |= openapi.carried(routes)
    openapi.name_schemas(made)
    for route in routes:
        if not route.hidden:
            _say(route, made["paths"][route.path][route.method.lower()])
    _split_bodies(made)
    openapi.require_what_is_sent(made)
    openapi.tell_bounds(made)
    _tell_defaults(made)
    _tidy(made)
    vocabularies.name_all(made, routes)
    components["headers"] = COMPONENTS
    components["examples"] = openapi.examples(routes)
    components["securitySchemes"] = openapi.SECURITY_SCHEMES
    _drop_unused(made)
    return made


def tags(routers: Iterable[Router], made: Json) -> list[Json]:
    """The tags that the operations have, in the order of the routers; what is for operators comes last."""
    used = {tag for operation in operations(made) for tag in operation["tags"]}
    told: dict[str, str] = {}
    for router in sorted(routers, key=lambda router: router.audience == "operators"):
        for tag in router.tags:
            told[tag] = router.about or told.get(tag, "")
    return [{"name": tag, "description": words} for tag, words in told.items() if tag in used]


def operations(document: Json) -> Iterator[Json]:
    """Every operation of a document."""
    for methods in document["paths"].values():
        yield from methods.values()


def _described(route: Route) -> APIRoute:
    """A route as FastAPI knows it."""
    returns = route.endpoint.returns
    own = inspect.isclass(returns) and issubclass(returns, Response)
    return APIRoute(
        route.path,
        route.endpoint.declared,
        methods=[route.method],
        status_code=route.status,
        response_model=returns if route.endpoint.adapter is not None else route.shows,
        response_class=returns if own and route.shows is None else JSONResponse,
        response_description=_meaning(route),
        tags=list(route.tags),
        summary=route.summary,
        responses=openapi.responses(route),
        operation_id=route.operation,
        openapi_extra=openapi.additions(route),
        include_in_schema=not route.hidden,
    )


def _meaning(route: Route) -> str:
    """What a good answer holds, in the words of its class."""
    shown = route.shows if route.shows is not None else route.endpoint.returns
    if shown is None:
        return "Done; the answer is empty."
    if get_origin(shown) is list:
        return f"All of them. {_first(get_args(shown)[0])}".strip()
    if inspect.isclass(shown) and issubclass(shown, Page):
        inner = shown.__pydantic_generic_metadata__["args"]
        return f"One page of the list. {_first(inner[0]) if inner else ''}".strip()
    return _first(shown) or "What was asked for."


def _first(kind: Any) -> str:
    """The first sentence of what a model says of itself."""
    if not inspect.isclass(kind) or not issubclass(kind, BaseModel | Response) or kind in {Response, JSONResponse}:
        return ""
    words = " ".join((kind.__doc__ or "").split("\n\n", 1)[0].split())
    return f"{words.split('. ', 1)[0].rstrip('.')}." if words else ""


def _say(route: Route, operation: Json) -> None:
    """Headers of each answer; media types of a body that is read from several; parameters as they may be sent."""
    for status, answer in operation["responses"].items():
        answer["headers"] = headers_of(route, int(status))
    if route.audience != "everybody":
        operation["x-audience"] = route.audience
    body = route.endpoint.body
    if body is not None and FORM in body.media_types and len(body.media_types) > 1:
        operation["requestBody"]["content"][FORM] = {"schema": _FORM_SCHEMA}
    kept = [each for each in operation.get("parameters", ()) if _counts(each)]
    for each in kept:
        each["schema"] = _never_null(each["schema"])
    operation.pop("parameters", None)
    if kept:
        operation["parameters"] = kept


def _counts(parameter: Json) -> bool:
    return parameter["in"] != "header" or parameter["name"].lower() not in _IGNORED


def _never_null(schema: Json) -> Json:
    """A parameter is left out, not null."""
    kept = {key: value for key, value in schema.items() if not (key == "default" and value is None)}
    branches = [each for each in kept.get("anyOf", ()) if each.get("type") != "null"]
    if not branches:
        return kept
    if len(branches) == 1:
        del kept["anyOf"]
        return {**branches[0], **kept}
    return kept | {"anyOf": branches}


def _split_bodies(document: Json) -> None:
    """A schema of answers and of bodies, of which an answer has more fields than a body must: two schemas. That of bodies is
    called `<Name>Body`."""
    schemas = document["components"]["schemas"]
    taken = openapi.used(document, [each.get("requestBody", {}) for each in operations(document)])
    sent = openapi.used(document, [each["responses"] for each in operations(document)])
    differ = {
        name for name in taken & sent if set(schemas[name].get("properties", ())) - set(schemas[name].get("required", ()))
    }
    differ = {name for name in taken & sent if openapi.used(document, [{"$ref": _SCHEMAS + name}]) & differ}
    for name in sorted(differ):
        schemas[f"{name}Body"] = {**copy.deepcopy(schemas[name]), "title": f"{name}Body"}
    bodies = [schemas[name] for name in taken - differ] + [schemas[f"{name}Body"] for name in differ]
    for part in [*bodies, *(each.get("requestBody", {}) for each in operations(document))]:
        for node in nodes(part):
            name = str(node.get("$ref", "")).removeprefix(_SCHEMAS)
            if name in differ:
                node["$ref"] = f"{_SCHEMAS}{name}Body"


def _tell_defaults(document: Json) -> None:
    """What a body may leave out is told in words: generators read `default` as a field that is always there."""
    taken = openapi.used(document, [each.get("requestBody", {}) for each in operations(document)])
    for name, schema in document["components"]["schemas"].items():
        for field in schema.get("properties", {}).values():
            default = field.pop("default", None)
            if default is not None and name in taken:
                field["x-default"] = default
                words = f"Without it: `{orjson.dumps(default).decode()}`."
                field["description"] = " ".join(filter(None, [field.get("description"), words]))


def _tidy(document: Json) -> None:
    """Lists of values that stay open have the name that OpenAPI tools know; names of fields are no titles of types."""
    for node in list(nodes(document)):
        if "x-known-values" in node:
            node["x-extensible-enum"] = node.pop("x-known-values")
    for schema in document["components"]["schemas"].values():
        for field in schema.get("properties", {}).values():
            if isinstance(field.get("title"), str):
                del field["title"]
    for operation in operations(document):
        for each in operation.get("parameters", ()):
            each["schema"].pop("title", None)


def _drop_unused(document: Json) -> None:
    schemas: Mapping[str, Json] = document["components"]["schemas"]
    kept = openapi.used(document, [document["paths"]])
    document["components"]["schemas"] = {name: schema for name, schema in schemas.items() if name in kept}
    for kind in ("headers", "examples"):
        wanted = {str(node["$ref"]) for node in nodes(document["paths"]) if "$ref" in node}
        parts = document["components"][kind]
        document["components"][kind] = {
            name: each for name, each in parts.items() if f"#/components/{kind}/{name}" in wanted
        }
