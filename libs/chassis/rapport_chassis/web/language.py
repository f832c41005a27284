"""What a service publishes, served by itself: a page for analysts, the schema of each type, the AsyncAPI document.

`ce_dataschema` of its events leads to `/<service>/events/<type>`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape
from typing import Any

import orjson
from rapport_contracts.asyncapi import document
from rapport_contracts.event import Event, registry
from rapport_contracts.schemas import examples_of, meaning, readers_of, schema_of
from rapport_contracts.topics import TOPICS
from rapport_kernel.errors import NotFound
from starlette.responses import Response

from rapport_chassis.security.scopes import Public
from rapport_chassis.web.docs import CONTENT_SECURITY, framed
from rapport_chassis.web.router import Router

SCHEMA = "application/schema+json"


def language_router(service: str) -> Router:
    """Public routes outside of the version: they tell of all versions of a type at once."""
    router = Router(tags=["operation"])

    @router.get("/events", allow=Public, hidden=True)
    async def events() -> Response:
        return Response(
            await asyncio.to_thread(page, service),
            media_type="text/html",
            headers={"Content-Security-Policy": CONTENT_SECURITY},
        )

    @router.get("/events/{kind}", allow=Public, errors=[NotFound], hidden=True)
    async def schema(kind: str) -> Response:
        found = published(service).get(kind.removesuffix(".json"))
        if found is None:
            raise NotFound("no-such-event", "This service publishes no event of this type.")
        return Response(_schema(found), media_type=SCHEMA)

    @router.get("/asyncapi.json", allow=Public, hidden=True)
    async def asyncapi() -> Response:
        return Response(await asyncio.to_thread(_asyncapi), media_type="application/json")

    return router


def published(service: str) -> Mapping[str, type[Event]]:
    """The events that analysts may read of a service, by type."""
    return {
        kind: event
        for kind, event in registry().items()
        if TOPICS[event.topic].owner == service and TOPICS[event.topic].visibility == "public"
    }


@cache
def _asyncapi() -> bytes:
    """Made once, like the page, and in a thread: everybody else is to be served meanwhile."""
    return orjson.dumps(document())


@cache
def _schema(event: type[Event]) -> bytes:
    return orjson.dumps(schema_of(event))


@cache
def page(service: str) -> str:
    """The dictionary of a service's events as a page, without scripts or foreign hosts."""
    about = '<p>All topics of all services: <a href="asyncapi.json"><code>asyncapi.json</code></a> (AsyncAPI 3).</p>'
    return framed(f"{service}: events", [about, *(part for event in published(service).values() for part in _event(event))])


def _event(event: type[Event]) -> Iterator[str]:
    kind, schema = event.event_type, schema_of(event)
    yield f'<details id="{escape(kind)}"><summary><code>{escape(kind)}</code> {escape(meaning(event))}</summary>'
    yield (
        f"<p>Topic <code>{event.topic}</code>, key <code>{event.key_field}</code>, business time <code>{event.time_field}"
        f'</code>. <a href="events/{escape(kind)}">Its JSON Schema</a>.</p>'
    )
    yield f"<p>{_published(event, readers_of(kind))}</p>"
    for name, held in {"": schema, **schema.get("$defs", {})}.items():
        yield from _fields(name, held)
    example = orjson.dumps(examples_of(kind)[0], option=orjson.OPT_INDENT_2).decode()
    yield f"<h3>An example</h3><pre>{escape(example)}</pre></details>"


def _published(event: type[Event], readers: Sequence[str]) -> str:
    """When it comes, how often, what it leaves behind, what takes it back, and who reads it."""
    told = event.publication
    often = "Once for each key." if told.often == "once" else "May come again for a key."
    state = f"State after it: <code>{escape(told.state)}</code>." if told.state else "It changes no state."
    undone = ", ".join(f"<code>{escape(kind)}</code>" for kind in told.undone_by) or "nothing"
    read = ", ".join(f"<code>{escape(each)}</code>" for each in readers)
    return f"{escape(told.when)} {often} {state} Taken back by: {undone}. Read by: {read + ', ' if read else ''}analysts."


def _fields(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h3>{escape(name)}</h3>" if name else ""
    yield "<table><thead><tr><th>Field</th><th>Type</th><th>Unit</th><th>Meaning</th></tr></thead><tbody>"
    for field, inner in schema.get("properties", {}).items():
        unit, words = inner.get("x-unit", ""), inner.get("description", "")
        yield f"<tr><td><code>{escape(field)}</code></td><td>{escape(_type(inner))}</td><td>{escape(unit)}</td>"
        yield f"<td>{escape(words)}</td></tr>"
    yield "</tbody></table>"


def _type(schema: Mapping[str, Any]) -> str:
    """In short: `string (uuid)`, `list of Handling`, `number or null`."""
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if isinstance(schema.get("type"), list):
        return " or ".join(_type({**schema, "type": kind}) for kind in schema["type"])
    form = f" ({schema['format']})" if "format" in schema and schema["type"] != "null" else ""
    return f"{schema.get('type', 'any')}{form}"
