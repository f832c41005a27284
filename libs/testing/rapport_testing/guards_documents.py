"""A guard over the OpenAPI document of any service: what a generator of clients or a reader stumbles over, one line each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
from rapport_chassis.web.openapi import used
from rapport_contracts.openapi import nodes

SCHEMA_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")
OPERATION_ID = re.compile(r"[a-z][a-z0-9-]*\.[a-z][a-z0-9_]*")
KEYWORDS = {
    *("$ref", "title", "description", "default", "examples", "type", "enum", "const", "format", "anyOf", "oneOf", "allOf"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern"),
    *("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "properties", "required", "additionalProperties"),
    *("patternProperties", "propertyNames", "minProperties", "maxProperties", "discriminator", "contentMediaType"),
    "contentSchema",
}
"""The keywords of JSON Schema and OpenAPI that our documents may use; others mean nothing to a reader. `x-` is free."""
_OF_VALUES = ("default", "examples", "enum", "const", "discriminator")
_OF_NAMES = ("properties", "patternProperties")
Json = dict[str, Any]


def unclean(document: Json) -> list[str]:
    """Schemas and operations with names that say a module path or hold a blank, or that two share; references that lead
    nowhere; words in schemas that are no keywords; operations without a summary, a description or an answer for what is
    refused; problems that are written out where they are used; answers without the headers that all have; parameters that
    are null or that OpenAPI ignores; examples that their schemas refuse; tags and a document that say nothing of themselves;
    parts that nothing uses."""
    return [
        *_head(document),
        *_names(document),
        *_references(document),
        *_keywords(document),
        *_operations(document),
        *_parameters(document),
        *_examples(document),
    ]


def _head(document: Json) -> Iterator[str]:
    info = document["info"]
    if not re.fullmatch(r"Rapport( [A-Z][a-z]+)*", info["title"]):
        yield "info: the title is not of the pattern `Rapport Complaints`"
    yield from (f"info: no {part}" for part in ("description", "contact", "license", "version") if not info.get(part))
    if not document.get("servers"):
        yield "no servers"
    told = {tag["name"] for tag in document["tags"] if tag.get("description")}
    used = {tag for _, operation in _every(document) for tag in operation["tags"]}
    yield from (f"tag {name}: no description" for name in sorted(used - told))


def _parameters(document: Json) -> Iterator[str]:
    for name, operation in _every(document):
        for each in operation.get("parameters", ()):
            if each["in"] == "header" and each["name"].lower() in {"accept", "content-type", "authorization"}:
                yield f"{name}: OpenAPI ignores a header parameter {each['name']}"
            if any(one.get("type") == "null" for one in [each["schema"], *each["schema"].get("anyOf", ())]):
                yield f"{name}: the parameter {each['name']} may be null"


def _examples(document: Json) -> Iterator[str]:
    """Examples of schemas and of their fields, held against them."""
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        for field, held in {"": schema, **schema.get("properties", {})}.items():
            if held.get("examples"):
                needed = {each: schemas[each] for each in used(document, [held])}
                whole = {**held, "components": {"schemas": needed}}
                validator = jsonschema_rs.validator_for(whole, validate_formats=True)
                place = f"{name}.{field}".rstrip(".")
                yield from (f"{place}: an example does not fit" for one in held["examples"] if not validator.is_valid(one))


def _names(document: Json) -> Iterator[str]:
    yield from (f"schema {name}: no name" for name in document["components"]["schemas"] if not SCHEMA_NAME.fullmatch(name))
    ids = [operation["operationId"] for _, operation in _every(document)]
    yield from (f"operation {name}: no name" for name in ids if not OPERATION_ID.fullmatch(name))
    yield from (f"operation {name}: there are {many}" for name, many in Counter(ids).items() if many > 1)


CODED = frozenset(
    {
        "state",
        "kind",
        "severity",
        "channel",
        "direction",
        "stage",
        "metric",
        "mode",
        "decision",
        "flags",
        "outcome",
        "purpose",
    }
    | {
        "purpose",
        "verdict",
        "remedy",
        "remedies",
        "grounds",
        "dimension",
        "trigger",
        "band",
        "link_rule",
        "complaint_state",
        "to_kind",
    }
)
"""Fields whose values come from a vocabulary of ours, in whatever answer they stand."""
FREE = frozenset(
    {
        "Problem.state",  # of whatever was refused
        "FailedTimer.kind",  # named by the subject that set it
        "VisitView.outcome",  # a code of the installation
    }
)


def without_values(document: Json) -> list[str]:
    """Fields of answers that hold a code of ours and do not say which values it has."""
    schemas = document["components"]["schemas"]
    sent = used(document, [operation["responses"] for _, operation in _every(document)])
    return [
        f"{name}.{field}: no known values"
        for name in sorted(sent)
        for field, schema in schemas[name].get("properties", {}).items()
        if field in CODED and f"{name}.{field}" not in FREE and not _has_values(schema, schemas)
    ]


def _has_values(schema: Json, schemas: Json) -> bool:
    if "$ref" in schema:
        return _has_values(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas)
    inner = [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])]
    if inner:
        return all(_has_values(each, schemas) for each in inner)
    return schema.get("type") != "string" or bool({"enum", "const", "x-extensible-enum"} & schema.keys())


def _references(document: Json) -> Iterator[str]:
    refs = {str(node["$ref"]) for node in nodes(document) if "$ref" in node}
    for kind in ("schemas", "headers", "examples"):
        known = {f"#/components/{kind}/{name}" for name in document["components"][kind]}
        yield from (f"{ref}: nothing uses it" for ref in sorted(known - refs))
    for node in nodes(document):
        if "$ref" in node:
            target: Any = document
            for part in str(node["$ref"]).removeprefix("#/").split("/"):
                target = target.get(part, {}) if isinstance(target, Mapping) else {}
            if not target:
                yield f"{node['$ref']}: leads nowhere"


def _keywords(document: Json) -> Iterator[str]:
    roots = list(document["components"]["schemas"].items())
    for name, operation in _every(document):
        held = [*operation.get("parameters", ()), *_contents(operation.get("requestBody", {}))]
        held += [content for answer in operation["responses"].values() for content in _contents(answer)]
        roots += [(name, each["schema"]) for each in held if "schema" in each]
    found = {f"{name}: {word} is no keyword" for name, root in roots for word in _words(root) - KEYWORDS}
    yield from sorted(line for line in found if ": x-" not in line)


def _words(schema: Any) -> set[str]:
    """The keywords of a schema and of all inside it; names of properties and values are none."""
    if isinstance(schema, list):
        return {word for each in schema for word in _words(each)}
    if not isinstance(schema, Mapping):
        return set()
    found = set(schema)
    for word, inner in schema.items():
        if word in _OF_NAMES:
            found |= {each for field in inner.values() for each in _words(field)}
        elif word not in _OF_VALUES and not word.startswith("x-"):
            found |= _words(inner)
    return found


def _operations(document: Json) -> Iterator[str]:
    for name, operation in _every(document):
        if not operation.get("summary"):
            yield f"{name}: no summary"
        if not operation.get("description"):
            yield f"{name}: no description"
        if not any(status.startswith("4") for status in operation["responses"]) and operation["security"]:
            yield f"{name}: no answer for what is refused"
        if any("traceparent" not in answer.get("headers", ()) for answer in operation["responses"].values()):
            yield f"{name}: an answer without its headers"
        contents = [content for answer in operation["responses"].values() for content in _contents(answer)]
        if any("value" in each for content in contents for each in content.get("examples", {}).values()):
            yield f"{name}: a problem is written out"


def _every(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _contents(part: Json) -> list[Json]:
    return list(part.get("content", {}).values())
