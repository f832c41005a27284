"""What a service publishes, served by itself: a page for analysts, the schema of each type, the AsyncAPI document, and what
each of its figures means.

`ce_dataschema` of its events leads to `/<service>/events/<type>`.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from html import escape
from typing import Any

import orjson
from rapport_contracts.asyncapi import document
from rapport_contracts.event import Event, registry
from rapport_contracts.figures import Definition, definitions
from rapport_contracts.schemas import examples_of, meaning, readers_of, schema_of
from rapport_contracts.topics import TOPICS
from rapport_kernel.errors import NotFound
from starlette.responses import Response

from rapport_chassis.security.scopes import Public
from rapport_chassis.web.docs import CONTENT_SECURITY, framed
from rapport_chassis.web.router import Router

SCHEMA = "application/schema+json"
_CODE = re.compile("`([^`]+)`")


def language_router(service: str) -> Router:
    """Public routes outside of the version: they tell of all versions of a type at once."""
    router = Router(tags=["operation"])

    @router.get("/events", allow=Public, shared=True, hidden=True)
    async def events() -> Response:
        return _html(await asyncio.to_thread(page, service))

    @router.get("/events/{kind}", allow=Public, shared=True, errors=[NotFound], hidden=True)
    async def schema(kind: str) -> Response:
        found = published(service).get(kind.removesuffix(".json"))
        if found is None:
            raise NotFound("no-such-event", "This service publishes no event of this type.")
        return Response(_schema(found), media_type=SCHEMA)

    @router.get("/asyncapi.json", allow=Public, shared=True, hidden=True)
    async def asyncapi() -> Response:
        return Response(await asyncio.to_thread(_asyncapi), media_type="application/json")

    @router.get("/figures", allow=Public, shared=True, hidden=True)
    async def figures() -> Response:
        return _html(figures_page(service))

    @router.get("/figures.json", allow=Public, shared=True, hidden=True)
    async def figures_as_data() -> Response:
        found = [asdict(each) for each in definitions(service).values()]
        return Response(orjson.dumps({"definitions": found}), media_type="application/json")

    return router


def _html(text: str) -> Response:
    return Response(text, media_type="text/html", headers={"Content-Security-Policy": CONTENT_SECURITY})


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
    """The events of a service as a page, without scripts or foreign hosts: all of them in one table, then each."""
    subjects = _by_subject(published(service).values())
    about = (
        '<p>All topics of all services: <a href="asyncapi.json"><code>asyncapi.json</code></a> (AsyncAPI 3). Times are UTC;'
        " a key is the id of what an event is about, the state that of the same thing, as the API shows it.</p>"
    )
    return framed(
        f"{service}: events", [about, *_summary(subjects), *(_ for each in subjects.items() for _ in _subject(*each))]
    )


def _by_subject(events: Iterable[type[Event]]) -> dict[str, list[type[Event]]]:
    """By the module that holds them, a subject of its service, and in its order, which is that of a life; receipts last."""
    found = list(events)
    modules = sorted({event.__module__ for event in found}, key=lambda name: (name.endswith(".receipts"), name))
    return {name: [each for each in vars(sys.modules[name]).values() if each in found] for name in modules}


def _title(module: str) -> str:
    return module.rsplit(".", 1)[1].replace("_", "-").capitalize()


def _summary(subjects: Mapping[str, Sequence[type[Event]]]) -> Iterator[str]:
    yield "<table><thead><tr><th>Event</th><th>Published when</th><th>For a key</th><th>State after it</th></tr></thead>"
    for module, events in subjects.items():
        yield f'<tbody><tr><th colspan="4" scope="rowgroup"><a href="#{module}">{_title(module)}</a></th></tr>'
        for event in events:
            told = event.publication
            yield f"<tr><td>{_link(event.event_type)}</td><td>{_words(told.when)}</td>"
            yield f"<td>{told.often or ''}</td><td>{_state(told.state) if told.state else ''}</td></tr>"
        yield "</tbody>"
    yield "</table>"


def _subject(module: str, events: Sequence[type[Event]]) -> Iterator[str]:
    about, *_ = (sys.modules[module].__doc__ or "").split("\n\n")
    yield f'<section><h2 id="{module}">{_title(module)}</h2><p>{_words(about)}</p>'
    for event in events:
        yield from _event(event)
    yield "</section>"


@cache
def figures_page(service: str) -> str:
    """What the figures of a service mean as a page, without scripts or foreign hosts."""
    about = (
        "<p>A figure names its definition by key and version. Below the least n there is no value. "
        'The same as data: <a href="figures.json"><code>figures.json</code></a>.</p>'
    )
    head = "<table><thead><tr><th>Key</th><th>Version</th><th>Unit</th><th>Least n</th><th>Meaning</th></tr></thead><tbody>"
    rows = (_definition(each) for each in definitions(service).values())
    return framed(f"{service}: figures", [about, head, *rows, "</tbody></table>"])


def _definition(each: Definition) -> str:
    least = "by the policy in force" if each.least is None else str(each.least)
    cells = (str(each.version), each.unit, least, escape(each.words))
    return f"<tr><td><code>{escape(each.key)}</code></td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _event(event: type[Event]) -> Iterator[str]:
    """Folded; its name stands inside of what is folded, so that a link to it opens it."""
    kind, schema = event.event_type, schema_of(event)
    yield f"<details><summary><code>{escape(kind)}</code> {_words(meaning(event))}</summary>"
    yield f'<table id="{escape(kind)}"><tbody>'
    for name, told in _published(event):
        yield f'<tr><th scope="row">{name}</th><td>{told}</td></tr>'
    yield "</tbody></table>"
    for name, held in {"": schema, **schema.get("$defs", {})}.items():
        yield from _fields(name, held)
    example = orjson.dumps(examples_of(kind)[0], option=orjson.OPT_INDENT_2).decode()
    yield f"<h3>An example</h3><pre>{escape(example)}</pre></details>"


def _published(event: type[Event]) -> Iterator[tuple[str, str]]:
    """When it comes, how often, what it leaves behind, what takes it back, who reads it, and where it stands."""
    told = event.publication
    yield "Published when", _words(told.when)
    yield "How often", {"once": "Once for a key.", "again": "It may come again for a key.", None: ""}[told.often]
    yield "State after it", _state(told.state) if told.state else "It stays as it was."
    here = published(TOPICS[event.topic].owner)
    undone = (_link(kind) if kind in here else f"<code>{escape(kind)}</code>" for kind in told.undone_by)
    yield "Taken back by", ", ".join(undone) or "Nothing."
    yield "Read by", ", ".join([*(f"<code>{escape(each)}</code>" for each in readers_of(event.event_type)), "analysts"])
    yield "Topic, key, time", ", ".join(f"<code>{each}</code>" for each in (event.topic, event.key_field, event.time_field))
    yield "Schema", f'<a href="events/{escape(event.event_type)}"><code>{escape(event.event_type)}</code></a>'


def _state(state: str) -> str:
    code = f"<code>{escape(state.strip('{}'))}</code>"
    return f"see {code}" if state.startswith("{") else code


def _link(kind: str) -> str:
    return f'<a href="#{escape(kind)}"><code>{escape(kind)}</code></a>'


def _words(text: str) -> str:
    """Text with its `code` set as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _fields(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h3>{escape(name)}</h3>" if name else ""
    yield "<table><thead><tr><th>Field</th><th>Type</th><th>Unit</th><th>Meaning</th></tr></thead><tbody>"
    for field, inner in schema.get("properties", {}).items():
        unit, words = inner.get("x-unit", ""), inner.get("description", "")
        yield f"<tr><td><code>{escape(field)}</code></td><td>{escape(_type(inner))}</td><td>{escape(unit)}</td>"
        yield f"<td>{_words(words)}</td></tr>"
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
