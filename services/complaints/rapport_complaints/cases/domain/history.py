"""Who did what when and why: what every command hands in, and what stays of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from rapport_kernel.chain import moment
from rapport_kernel.ids import new_id

Sealed = bytes
"""Free text under the key of the complaint's subject; the domain carries it and never reads it."""


@dataclass(frozen=True, slots=True)
class Act:
    """The circumstances of a command. `at` is when it happened (UTC), which may lie before `recorded_at`, when it was
    entered; `by` is `kind:opaque-id`; `reason` is a code; `note` is sealed free text, by whose `digest` it takes part in the
    chain of the history, with the sealed `salt` of that."""

    at: datetime
    recorded_at: datetime
    by: str
    reason: str | None = None
    note: Sealed | None = None
    salt: Sealed | None = None
    digest: bytes | None = None

    @property
    def who(self) -> str:
        """The opaque id in `by`, as staff are named elsewhere."""
        return self.by.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Finding:
    """A piece of what was found out. `part`: `evidence` (kind: what it is), `why` (one of the whys, in their order) or
    `branch` (kind: the bone of the diagram); it is something of ours, or sealed words with `salt` and `digest` as a note."""

    part: str
    kind: str
    reference_id: UUID | None = None
    words: Sealed | None = None
    salt: Sealed | None = None
    digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """One row of the history: a move that was made. `detail` holds codes, times and ids, never free text; `findings` is
    what was found with it."""

    move: str
    source: str
    target: str
    act: Act
    detail: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    id: UUID = field(default_factory=new_id)


def content(move: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is hashed of a row of the history and of what was found with it, by the names of their columns; `detail` as plain
    JSON. Words stand in it by their digest. Rows that were sealed stay as they are: this never changes."""
    plain = ("move", "source", "target", "actor", "reason", "detail")
    return {
        **{name: move[name] for name in plain},
        "id": str(move["id"]),
        "complaint_id": str(move["complaint_id"]),
        "at": moment(move["at"]),
        "recorded_at": moment(move["recorded_at"]),
        "note": _hex(move["digest"]),
        "found": [
            {
                "id": str(each["id"]),
                "part": each["part"],
                "kind": str(each["kind"]),
                "reference_id": None if each["reference_id"] is None else str(each["reference_id"]),
                "words": _hex(each["digest"]),
            }
            for each in found
        ],
    }


def _hex(digest: bytes | None) -> str | None:
    return None if digest is None else digest.hex()
