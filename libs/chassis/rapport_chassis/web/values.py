"""The values that a field is known to have, for the document: taken from the enum, the state table or the type that the code
itself lives by, never listed once more.

    state: Annotated[str, known(LIFE)]
    severity: Annotated[str | None, known(Severity)]

The list is open (`x-extensible-enum`, as in Zalando's guidelines): a client shows a value that it does not know as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from rapport_kernel.states import StateTable

OPEN = "x-extensible-enum"
Source = StateTable | Collection[str] | Any
"""A state table: its states; an enum or a collection: its members; a `Literal`: its values."""


@dataclass(frozen=True, slots=True)
class Known:
    """Adds the values to the schema of a text, to the texts of a list, and to what is not null."""

    values: tuple[str, ...]

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """As pydantic asks for it."""
        schema = handler(core)
        for text in _texts(schema):
            text[OPEN] = list(self.values)
        return schema


def known(*sources: Source) -> Known:
    """The values of all these sources, in their order. Raises TypeError for a source without any."""
    values = [value for source in sources for value in _values(source)]
    if not values or not all(isinstance(value, str) for value in values):
        raise TypeError("no source of known values")
    return Known(tuple(dict.fromkeys(str(value) for value in values)))


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
