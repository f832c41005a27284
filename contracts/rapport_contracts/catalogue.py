"""What is behind the codes and versions that facts name: the fields that every record of a catalogue has.

A record is one version of one thing, and a version never changes: what a fact of last year pins is found as it was. So the
key is made of kind, code and version, and what is published again replaces itself.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from rapport_contracts.event import Payload
from rapport_contracts.fields import Code, UtcTime

NAMESPACE = UUID("cd207a61-4781-4080-bcda-d2bafd2b176e")
"""Of the keys below. It never changes: with another one every record would stand there twice."""


def entry_id(kind: str, code: str, version: int) -> UUID:
    """The key of one version of one thing: a UUIDv5 of `kind/code/version`. No kind has a slash in it."""
    return uuid5(NAMESPACE, f"{kind}/{code}/{version}")


class Entry(Payload):
    """One version; it holds from `effective_from` on until a later one of the same code does."""

    entry_id: UUID
    code: Code
    version: int
    effective_from: UtcTime
    published_at: UtcTime


class InLanguages(Payload):
    """One text in the languages in which it is worded."""

    zh: str | None = None
    en: str | None = None
