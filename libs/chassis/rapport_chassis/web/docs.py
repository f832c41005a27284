"""A page that lists the operations of a service: made from its OpenAPI document, without scripts or foreign hosts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from rapport_chassis.web.docs_fields import body, field, kind, schemas, values, words

_STYLE = """
:root { color-scheme: light dark; --line: #8884; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid var(--line); border-radius: .25rem; }
details { border: 1px solid var(--line); border-radius: .25rem; margin: .5rem 0; padding: .5rem .75rem; }
summary { cursor: pointer; }
summary b { display: inline-block; min-width: 4.5rem; }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); padding: .25rem .5rem; }
td:first-child code { white-space: nowrap; }
th[scope=rowgroup] { padding-top: 1.25rem; }
th[scope=row] { white-space: nowrap; }
dl { margin: .25rem 0; }
dt { margin-top: .5rem; }
dd { margin: 0 0 0 1rem; }
dd dl { border-left: 1px solid var(--line); padding-left: .75rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li { padding: .15rem 0; }
em { font-style: normal; opacity: .75; }
"""
CONTENT_SECURITY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
Operation = tuple[str, str, Mapping[str, Any]]
"""Method, path, and what the document says of it."""


def page(document: Mapping[str, Any]) -> str:
    """The page of an OpenAPI document: contents by tag, each operation folded under an anchor of its own, the schemas."""
    about = (
        f"<p>{words(document['info'].get('description', ''))}</p>"
        '<p>Made from <a href="openapi.json"><code>openapi.json</code></a>, which any OpenAPI tool reads; version '
        f"{escape(document['info']['version'])}. Send your token as <code>Authorization: Bearer …</code>.</p>"
    )
    by_tag = _by_tag(document)
    parts = [about, *_contents(by_tag), *_sections(document, by_tag), *schemas(document["components"]["schemas"])]
    return framed(f"{document['info']['title']}: operations", parts)


def framed(title: str, parts: Iterable[str], language: str = "en") -> str:
    """A page of these parts, to be answered with `CONTENT_SECURITY`. The title is text, the parts are HTML."""
    shown = escape(title)
    return "".join(
        (
            f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{shown}</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{_STYLE}</style></head><body><main><h1>{shown}</h1>",
            *parts,
            "</main></body></html>",
        )
    )


def _by_tag(document: Mapping[str, Any]) -> dict[str, list[Operation]]:
    """The operations by their first tag, in the order of the tags."""
    found: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found[operation["tags"][0]].append((method.upper(), path, operation))
    return found


def _contents(by_tag: Mapping[str, Sequence[Operation]]) -> Iterator[str]:
    yield "<nav><h2>Contents</h2>"
    for tag, operations in by_tag.items():
        yield f"<details><summary>{escape(tag.capitalize())} <em>{len(operations)}</em></summary><ul>"
        for method, path, operation in operations:
            link = f'<a href="#{_anchor(operation)}">{escape(operation["summary"])}</a>'
            yield f"<li>{link} <em>{method} {escape(path)}</em></li>"
        yield "</ul></details>"
    yield '<p><a href="#schemas">Schemas</a></p></nav>'


def _sections(document: Mapping[str, Any], by_tag: Mapping[str, Sequence[Operation]]) -> Iterator[str]:
    told = {tag["name"]: tag.get("description", "") for tag in document["tags"]}
    for tag, operations in by_tag.items():
        yield f"<section><h2>{escape(tag.capitalize())}</h2><p>{words(told[tag])}</p>"
        for each in operations:
            yield from _operation(document, *each)
        yield "</section>"


def _anchor(operation: Mapping[str, Any]) -> str:
    return escape(operation["operationId"])


def _operation(document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    """Folded; its anchor stands inside of what is folded, so that a link to it opens it."""
    yield f"<details><summary><b>{method}</b> <code>{escape(path)}</code> {words(operation['summary'])}</summary>"
    yield f'<p id="{_anchor(operation)}"><a href="#{_anchor(operation)}"><code>{_anchor(operation)}</code></a></p>'
    if "x-scope" in operation:
        scope, level = escape(operation["x-scope"]), operation["x-level"]
        only = " Only for programs, not for people." if "x-callers" in operation else ""
        yield f"<p>Who: scope <code>{scope}</code>, access level {level} or higher.{only}</p>"
    else:
        yield "<p>Who: anybody.</p>"
    for paragraph in operation.get("description", "").split("\n\n"):
        yield f"<p>{words(paragraph)}</p>" if paragraph else ""
    yield from _parameters(operation.get("parameters", []))
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<h3>Body: <code>{escape(media_type)}</code></h3>"
        yield from body(content.get("schema", {}), document["components"]["schemas"])
    yield "<h3>Answers</h3><dl>"
    for status, answer in operation["responses"].items():
        yield from _answer(status, answer)
    yield "</dl></details>"


def _parameters(parameters: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if parameters:
        yield "<h3>Parameters</h3><dl>"
        for one in parameters:
            yield field(one["name"], one["schema"], f"in {one['in']}", needed=one.get("required", False))
            yield f"<dd>{words(one.get('description', ''))}{values(one['schema'])}</dd>"
        yield "</dl>"


def _answer(status: str, answer: Mapping[str, Any]) -> Iterator[str]:
    yield f"<dt><b>{escape(status)}</b> {words(answer['description'])}</dt><dd>"
    for media_type, content in answer.get("content", {}).items():
        shown = kind(content["schema"]) if content.get("schema") else ""
        yield f"<div><code>{escape(media_type)}</code> {shown}</div>"
        if content.get("examples"):
            yield f"<div>Codes: {', '.join(f'<code>{escape(code)}</code>' for code in content['examples'])}</div>"
    headers = ", ".join(f"<code>{escape(name)}</code>" for name in answer.get("headers", {}) if name != "traceparent")
    yield f"<div>Headers: {headers}</div></dd>" if headers else "</dd>"
