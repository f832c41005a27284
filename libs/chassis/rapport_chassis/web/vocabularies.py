"""The names of vocabularies in a document: `x-vocabulary` beside the values of a field, under which `GET labels` has the
words for them. A field names its own (`values`); what follows from the document and the routes is added here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rapport_contracts.openapi import nodes
from rapport_contracts.vocabulary import VOCABULARY, vocabulary_name

from rapport_chassis.web.operations import On, actions_of
from rapport_chassis.web.router import Route
from rapport_chassis.web.values import OPEN

Json = dict[str, Any]


def name_all(document: Json, routes: Iterable[Route]) -> None:
    """Enums are called after their classes; what is `allowed` gets the names of the operations on that kind of thing."""
    for name, schema in document["components"]["schemas"].items():
        if "enum" in schema:
            schema.setdefault(VOCABULARY, vocabulary_name(name))
    operations = _operations(routes)
    for node in nodes(document):
        if node.get(VOCABULARY) in operations and not {OPEN, "enum"} & node.keys():
            node[OPEN] = operations[node[VOCABULARY]]


def _operations(routes: Iterable[Route]) -> Mapping[str, list[str]]:
    """The names of the operations that may stand in some `allowed`, by vocabulary."""
    found: dict[str, list[str]] = defaultdict(list)
    for route in routes:
        if route.verb is not None and isinstance(route.on, On):
            found[actions_of(route.on.kind)].append(route.verb)
    return found


def vocabularies_of(document: Json) -> Mapping[str, set[str]]:
    """The values that a document has of each vocabulary."""
    found: dict[str, set[str]] = defaultdict(set)
    for node, values in valued(document):
        if VOCABULARY in node:
            found[node[VOCABULARY]] |= values
    return found


def valued(document: Json) -> Iterator[tuple[Json, set[str]]]:
    """Every schema that lists texts as its values, with them."""
    for node in nodes(document):
        values = node.get("enum", node.get(OPEN))
        if isinstance(values, list) and all(isinstance(value, str) for value in values):
            yield node, set(values)
