"""What every property of the published language means: once for each name, not once for each type that has it.

A name that means something of its own in one place is found under that place: `Durations.queue`. The words of an owner stand
in its folder (`complaints/dictionary.py`), those that several owners use stand here. They become descriptions in the JSON
Schemas, of the AsyncAPI document and of every page made of these; a test lets no property through without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Meaning:
    """One entry. `unit` of a number, in full (`seconds`, `percent`); `null`: what a null says; `values`: the codes that are
    known today, others may come."""

    text: str
    unit: str | None = None
    null: str | None = None
    values: tuple[str, ...] = ()

    def of(self, schema: Schema) -> Schema:
        """The schema of a property with these words. A property that has words of its own keeps them."""
        known = self.values or tuple(_known(schema))
        told = [schema.get("description") or self.text]
        if self.null is not None and _may_be_null(schema):
            told.append(f"Null: {self.null}")
        if known:
            told.append(f"Known values: {', '.join(known)}; others may come.")
        more: Schema = {"description": " ".join(told)}
        if self.unit is not None:
            more["x-unit"] = self.unit
        if self.values:
            more["x-known-values"] = list(self.values)
        return {**schema, **more}


def described(schema: Schema, owner: str, name: str) -> Schema:
    """The schema of an event or of what others may write, each property with its words. `name` is that of its class."""
    words = meanings(owner)
    objects = {name: schema, **schema.get("$defs", {})}
    for place, held in objects.items():
        properties = held.get("properties", {})
        for field, inner in properties.items():
            found = words.get(f"{place}.{field}") or words.get(field)
            if found is not None:
                properties[field] = found.of(inner)
    return schema


def meanings(owner: str) -> Mapping[str, Meaning]:
    """The entries that hold for the types of an owner: its own, then the common ones."""
    return COMMON | import_module(f"rapport_contracts.{owner}.dictionary").WORDS


def _known(schema: Schema) -> Iterator[str]:
    yield from schema.get("x-known-values", ())
    for each in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        yield from _known(each)


def _may_be_null(schema: Schema) -> bool:
    return any(each.get("type") == "null" for each in schema.get("anyOf", ()))


COMMON: Mapping[str, Meaning] = {
    "customer_id": Meaning(
        "The customer, by an opaque id. Where a merge led them to, `customer.merged` says.", null="not known."
    ),
    "interaction_id": Meaning("The contact: a call, a visit, a chat, a letter.", null="none, or none that is known."),
    "complaint_id": Meaning("The complaint.", null="it is about no complaint."),
    "invitation_id": Meaning("The invitation to a survey, also one that was considered and never sent.", null="none."),
    "recovery_id": Meaning("The recovery case.", null="it is about no recovery."),
}
