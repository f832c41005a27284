"""A history as a chain: each row is sealed by a hash that goes over its content and the hash of the row before.

What is hashed is written here once, so that anybody can check it with nothing but SHA-256 and JSON: a hash is that of the
hash before (32 bytes) and the canonical JSON of the content. Free text takes part by `digest` only: SHA-256 over a random
salt and the text. Once text and salt are gone (erased), the digest says nothing about them, and the chain still holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

SALT_BYTES = 32
"""Of the random salt of a text: too many to be tried."""
DIGEST_BYTES = 32
"""Of a digest; what is longer was not made of a salt and a text, and cannot be checked."""
MISSING, CHANGED, CUT, BEYOND = "row-missing", "row-changed", "rows-missing-at-the-end", "rows-beyond-the-end"
"""Why a chain is broken at a row."""


@dataclass(frozen=True, slots=True)
class Link:
    """One sealed row: `seq` counts from 1 without gaps."""

    seq: int
    hash: bytes
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the number and the hash of its last row; `seq` 0 before the first."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row at which a chain does not hold, and why: `row-missing`, `row-changed`, `rows-missing-at-the-end`,
    `rows-beyond-the-end`."""

    seq: int
    reason: str


def beginning(subject: UUID) -> Head:
    """Where the chain of this subject begins; no two subjects begin alike, so that rows cannot change sides."""
    return Head(0, hashlib.sha256(b"rapport chain " + str(subject).encode()).digest())


def canonical(content: Mapping[str, Any]) -> bytes:
    """JSON with sorted names, no spaces, UTF-8. Content is text, whole numbers, truth values, null, lists and objects of
    these: fractions are written in more than one way. Raises TypeError for anything else."""
    _plain(content)
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def document_digest(document: Mapping[str, Any]) -> str:
    """SHA-256, hex, of a document's canonical JSON without its own `sha256`. Fractions are written as JSON read them."""
    rest = {name: part for name, part in document.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def moment(at: datetime) -> str:
    """An instant as content has it: UTC with microseconds, as `2026-11-20T02:00:00.000000Z`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def seal(before: Head, content: Mapping[str, Any]) -> Link:
    """The next row after `before`."""
    return Link(before.seq + 1, hashlib.sha256(before.hash + canonical(content)).digest(), content)


def digest(salt: bytes, text: str) -> bytes:
    """What a text takes part by: SHA-256 over its salt (SALT_BYTES at random) and its UTF-8."""
    return hashlib.sha256(salt + text.encode()).digest()


def check(subject: UUID, links: Iterable[Link], head: Head | None) -> Broken | None:
    """The first row where the chain of `subject` does not hold; None: it is intact. `links` in order of `seq`; `head` is
    kept apart from the rows, so that cutting the last ones off is noticed, or None when there is none."""
    last = beginning(subject)
    for link in links:
        if link.seq != last.seq + 1:
            return Broken(last.seq + 1, MISSING)
        if head is not None and link.seq > head.seq:
            return Broken(link.seq, BEYOND)
        try:
            expected = seal(last, link.content)
        except TypeError:
            return Broken(link.seq, CHANGED)
        if expected.hash != link.hash:
            return Broken(link.seq, CHANGED)
        last = Head(link.seq, link.hash)
    if head is None:
        return Broken(last.seq, BEYOND) if last.seq else None
    if head.seq > last.seq:
        return Broken(last.seq + 1, CUT)
    return None if head.hash == last.hash else Broken(last.seq, CHANGED)


def _plain(value: Any) -> None:
    if isinstance(value, Mapping):
        for name, part in value.items():
            if not isinstance(name, str):
                raise TypeError("names in content are text")
            _plain(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _plain(part)
    elif not (value is None or isinstance(value, str | int)):
        raise TypeError(f"no {type(value).__name__} in the content of a chain")
