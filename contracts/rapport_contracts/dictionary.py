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
    own: Mapping[str, Meaning] = import_module(f"rapport_contracts.{owner}.dictionary").WORDS
    return {**COMMON, **own}


def _known(schema: Schema) -> Iterator[str]:
    yield from schema.get("x-known-values", ())
    for each in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        yield from _known(each)


def _may_be_null(schema: Schema) -> bool:
    return any("null" in each.get("type", ()) for each in (schema, *schema.get("anyOf", ())))


COMMON: Mapping[str, Meaning] = {
    # Ids
    "customer_id": Meaning(
        "The customer, by an opaque id, as known at the time. Where a merge led them to, `customer.merged` says.",
        null="not known when this was published.",
    ),
    "interaction_id": Meaning("The contact: a call, a visit, a chat, a letter.", null="none, or none that is known."),
    "complaint_id": Meaning("The complaint.", null="it is about no complaint."),
    "invitation_id": Meaning(
        "The invitation to a survey. Every candidate that is considered has one, sent or not; so has every imported answer,"
        " though it was sent to nobody.",
        null="none.",
    ),
    "recovery_id": Meaning("The recovery case.", null="it is about no recovery."),
    "merge_id": Meaning("The merge of two customers. A split that takes the merge back has the same id."),
    "erasure_id": Meaning("The request to forget a customer; the receipts of all services carry the same id."),
    # Receipts
    "absorbed_id": Meaning("The customer who was merged into the survivor, who is `customer_id`."),
    "restored_id": Meaning(
        "The customer who is separate again; `customer_id` is the survivor of the merge that was taken back."
    ),
    "rows": Meaning(
        "Rows of the service that changed hands, or hold nothing readable any more, counted by table. Tables without such"
        " rows are left out; empty when there were none at all."
    ),
    "what": Meaning(
        "The table of the service whose rows are counted, by its name in the database; in the `reasons` of a hold the kind"
        " of open case."
    ),
    "count": Meaning("Number of rows of that table, or of open cases of that kind.", unit="rows or open cases"),
    "keys": Meaning(
        "Number of encryption keys destroyed since the erasure began, those of earlier confirmations included.",
        unit="keys",
    ),
    "applied_at": Meaning("When the service had finished moving the rows (UTC); later than the merge or split itself."),
    "erased_at": Meaning(
        "When the service had nothing readable of the customer left (UTC). Said again, with a later time, when something of"
        " theirs arrived afterwards and was erased too."
    ),
    # Anchors
    "anchor_id": Meaning("The service, as the key of all its anchors."),
    "audit_rows": Meaning("How many rows the audit trail had: the number of its last one.", unit="rows"),
    "audit_hash": Meaning("Hash of that row (SHA-256, hexadecimal), which seals it and all rows before."),
    "anchored_at": Meaning("When the trail ended there (UTC)."),
    # Checkpoints
    "checkpoint_id": Meaning("The service, as the key of all its checkpoints."),
    "checkpoint_number": Meaning("Number of the checkpoint of this service, from 1 on, without holes.", unit="checkpoints"),
    "complete_until": Meaning(
        "Every event of the service whose `ce_time` lies before it (UTC) is below the offsets named here, but for those"
        " that are withheld. A day is complete once this has passed its end."
    ),
    "withheld": Meaning(
        "Events that the broker refuses and that wait for an operator; they come later, or never.", unit="events"
    ),
    "types": Meaning("How many events of each type were published in the named parts of the log, repeats not counted."),
    "partitions": Meaning("The parts of the log in which the counted events lie, one for each partition of each topic."),
    "recorded_at": Meaning("When it was recorded (UTC)."),
    "PublishedType.topic": Meaning("The topic of the type."),
    "PublishedType.type": Meaning("The type with its major version, as in `ce_type`."),
    "PublishedType.count": Meaning(
        "So many were published. A reader who has read the named offsets and dropped repeated ids holds at least as many;"
        " fewer means a loss on the way, one or two more a repeat that the service had not noted yet.",
        unit="events",
    ),
    "PublishedPartition.topic": Meaning("The topic."),
    "PublishedPartition.partition": Meaning("Number of the partition, from 0 on.", unit="partition"),
    "PublishedPartition.first_offset": Meaning(
        "The first offset that is counted: 0, or what was there when an older installation began to count.", unit="offset"
    ),
    "PublishedPartition.next_offset": Meaning("The first offset after those that are counted.", unit="offset"),
    # Catalogues
    "entry_id": Meaning(
        "This version of this thing: a UUIDv5 of kind, code and version, the same wherever it is published."
    ),
    "code": Meaning("Code by which facts and other records name it."),
    "version": Meaning("Number of the version, from 1; it never changes, a change is the next one.", unit="versions"),
    "effective_from": Meaning("From when on this version holds (UTC), until a later one of the same code does."),
    "published_at": Meaning("When this version was made (UTC); published again, it says the same."),
    "InLanguages.zh": Meaning("In Chinese.", null="not worded in Chinese."),
    "InLanguages.en": Meaning("In English.", null="not worded in English."),
    "body": Meaning(
        "What the API answers as `body` for this kind, without texts that tell staff what to do. Its fields are those that"
        " the API documents for the kind; others may come."
    ),
    # Scores
    "metric": Meaning(
        "The measure that the survey asks for: NPS (0 to 10), CSAT (1 to 5) or CES (1 to 7, 7 is easiest).",
        null="no survey gave a value.",
    ),
    "value": Meaning(
        "The number that the customer gave, on the scale of the metric: NPS 0 to 10, CSAT 1 to 5, CES 1 to 7. One answer,"
        " no average and no percentage.",
        unit="points of the scale",
        null="no survey gave a value.",
    ),
}
