"""A page that lists the operations of a service: made from its OpenAPI document, without scripts or foreign hosts."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; --line: #8884; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid var(--line); border-radius: .25rem; }
details { border: 1px solid var(--line); border-radius: .25rem; margin: .5rem 0; padding: .5rem .75rem; }
summary { cursor: pointer; }
summary b { display: inline-block; min-width: 4.5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); padding: .25rem .5rem; }
td:first-child code { white-space: nowrap; }
th[scope=rowgroup] { padding-top: 1.25rem; }
th[scope=row] { white-space: nowrap; }
"""
CONTENT_SECURITY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_DEEPEST = 6


def page(document: Mapping[str, Any]) -> str:
    """The page of an OpenAPI document."""
    about = (
        '<p>Made from <a href="openapi.json"><code>openapi.json</code></a>, which any OpenAPI tool reads. '
        "Send your token as <code>Authorization: Bearer …</code>.</p>"
    )
    return framed(f"{document['info']['title']}: operations", [about, *_sections(document)])


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


def _sections(document: Mapping[str, Any]) -> Iterator[str]:
    by_tag: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["other"])[0]
            by_tag.setdefault(tag, []).append((method.upper(), path, operation))
    for tag in sorted(by_tag, key=lambda tag: (tag == "operation", tag)):
        yield f"<section><h2>{escape(tag.capitalize())}</h2>"
        for method, path, operation in by_tag[tag]:
            yield from _operation(document, method, path, operation)
        yield "</section>"


def _operation(document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<details><summary><b>{method}</b> <code>{escape(path)}</code> {escape(operation.get('summary', ''))}</summary>"
    if "x-scope" in operation:
        scope, level = escape(operation["x-scope"]), operation["x-level"]
        yield f"<p>Who: scope <code>{scope}</code>, access level {level} or higher.</p>"
    else:
        yield "<p>Who: anybody.</p>"
    for paragraph in operation.get("description", "").split("\n\n"):
        if paragraph:
            yield f"<p>{escape(paragraph)}</p>"
    yield from _parameters(operation.get("parameters", []))
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<h3>Body: <code>{escape(media_type)}</code></h3>{_shown(document, content)}"
    yield "<h3>Answers</h3><table><thead><tr><th>Status</th><th>Meaning</th><th>Codes</th></tr></thead><tbody>"
    for status, answer in operation["responses"].items():
        codes = (code for content in answer.get("content", {}).values() for code in content.get("examples", {}))
        listed = ", ".join(f"<code>{escape(code)}</code>" for code in codes)
        yield f"<tr><td>{escape(str(status))}</td><td>{escape(answer.get('description', ''))}</td><td>{listed}</td></tr>"
    yield "</tbody></table>"
    for status, answer in operation["responses"].items():
        for media_type, content in answer.get("content", {}).items():
            if media_type == "application/json" and content.get("schema"):
                yield f"<h3>Answer {escape(str(status))}</h3>{_shown(document, content)}"
    yield "</details>"


def _parameters(parameters: list[Mapping[str, Any]]) -> Iterator[str]:
    if not parameters:
        return
    yield "<h3>Parameters</h3><table><thead><tr><th>Name</th><th>In</th><th>Needed</th><th>Meaning</th></tr></thead><tbody>"
    for one in parameters:
        needed = "yes" if one.get("required") else "no"
        about = escape(one.get("description", ""))
        yield f"<tr><td><code>{escape(one['name'])}</code></td><td>{one['in']}</td><td>{needed}</td><td>{about}</td></tr>"
    yield "</tbody></table>"


def _shown(document: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    example = content.get("example", _example(document, content.get("schema", {})))
    return f"<pre>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</pre>"


def _example(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> Any:
    """A value of the schema's shape: its own examples where it has some, else the names of types."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return _example(document, document["components"]["schemas"][name], depth)
    given = _given(schema)
    if given is not None or depth > _DEEPEST:
        return given if given is not None else "…"
    options = [
        option for key in ("anyOf", "oneOf", "allOf") for option in schema.get(key, ()) if option.get("type") != "null"
    ]
    if options:
        return _example(document, options[0], depth)
    if "properties" in schema:
        return {name: _example(document, field, depth + 1) for name, field in schema["properties"].items()}
    if schema.get("type") == "array":
        return [_example(document, schema.get("items", {}), depth + 1)]
    return schema.get("format") or schema.get("type") or "any"


def _given(schema: Mapping[str, Any]) -> Any:
    """The example that the schema itself has, or None."""
    for key in ("example", "const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    listed = schema.get("examples") or schema.get("enum")
    return listed[0] if listed else None
