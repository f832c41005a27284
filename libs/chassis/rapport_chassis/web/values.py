"""The values that a field is known to have, for the document: taken from the enum, the state table or the type that the code
itself lives by, never listed once more; and the name of their vocabulary, under which `labels` has words for them.

    state: Annotated[str, known(LIFE)]
    severity: Annotated[str | None, known(Severity)]
    result: Annotated[str, known("done", "refused", name="action-result")]

The list is open (`x-extensible-enum`, as in Zalando's guidelines): a client shows a value that it does not know as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from rapport_contracts.vocabulary import VOCABULARY, vocabulary_name
from rapport_kernel.states import StateTable
from rapport_kernel.vocabularies import Vocabulary

from rapport_chassis.web.operations import actions_of

OPEN = "x-extensible-enum"
Source = StateTable | Vocabulary | Collection[str] | Any
"""A state table: its states; a vocabulary, an enum or a collection: its members; a `Literal`: its values."""


@dataclass(frozen=True, slots=True)
class Known:
    """Adds the values, and the name of their vocabulary, to the schema of a text, to the texts of a list, and to what is not
    null."""

    values: tuple[str, ...]
    vocabulary: str | None

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """As pydantic asks for it."""
        schema = handler(core)
        for text in _texts(schema):
            text[OPEN] = list(self.values)
            if self.vocabulary is not None:
                text[VOCABULARY] = self.vocabulary
        return schema


def known(*sources: Source, name: str | None = "") -> Known:
    """The values of all these sources, in their order. Their vocabulary is called `name`, or as the one source is; with
    None it has no words: it is told with more, such as the kind that a state belongs to. Raises TypeError for a source
    without values, and where the vocabulary has no name."""
    values = [value for source in sources for value in _values(source)]
    if not values or not all(isinstance(value, str) for value in values):
        raise TypeError("no source of known values")
    called = _name(sources) if name == "" else name
    return Known(tuple(dict.fromkeys(str(value) for value in values)), called)


@dataclass(frozen=True, slots=True)
class ActedOn:
    """Names the vocabulary of the operations on things of a `kind`; which they are, the document is told by the routes."""

    kind: type[Any]

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """As pydantic asks for it."""
        schema = handler(core)
        schema["items"][VOCABULARY] = actions_of(self.kind)
        return schema


def acted_on(kind: type[Any]) -> ActedOn:
    """`allowed: Annotated[Allowed, acted_on(Complaint)]`: on what kind of thing the operations act."""
    return ActedOn(kind)


def _name(sources: tuple[Source, ...]) -> str:
    match sources:
        case (StateTable() as life,):
            return life.states.name
        case (Vocabulary() as vocabulary,):
            return vocabulary.name
        case (type() as codes,) if issubclass(codes, StrEnum):
            return vocabulary_name(codes.__name__)
        case _:
            raise TypeError(f"the vocabulary of {', '.join(map(str, sources))} has no name")


def _values(source: Source) -> Collection[Any]:
    if isinstance(source, StateTable):
        return source.states
    if isinstance(source, str):
        return (source,)
    return get_args(source) or tuple(source)


def _texts(schema: JsonSchemaValue) -> Iterator[JsonSchemaValue]:
    if schema.get("type") == "string":
        yield schema
    for inner in [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])]:
        yield from _texts(inner)
