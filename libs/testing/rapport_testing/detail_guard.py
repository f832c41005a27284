"""Every entry that a test writes into a history of ours is held against what its kind says that it notes, on the spot.

`watch` puts it around `HistoryStore`, for all tests of a process: a detail that is not as the documents have it
(`x-by-move`), or that holds a code which they do not name, fails what wrote it, and so the test. Documents leave their lists
of codes open for entries of other versions; what this version writes, it names.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import jsonschema_rs
import orjson
from rapport_chassis.database import to_json
from rapport_chassis.histories import HistoryStore
from rapport_chassis.web.histories import details_of
from rapport_chassis.web.values import OPEN
from rapport_kernel.history import HistoryEntry


class WrongDetail(AssertionError):
    """An entry of a history notes what the documents do not say."""


def watch() -> None:
    """Watch every `HistoryStore` of this process. Asked twice, it does it once."""
    plain: Any = HistoryStore._row  # noqa: SLF001 - the one place where entries become rows
    if hasattr(plain, "__wrapped__"):
        return

    @functools.wraps(plain)
    def watched(store: HistoryStore[Any], subject_id: UUID, entry: HistoryEntry) -> dict[str, Any]:
        row: dict[str, Any] = plain(store, subject_id, entry)
        check_detail(store.kind, entry.move, orjson.loads(to_json(entry.detail)))
        return row

    HistoryStore._row = watched  # type: ignore[method-assign,assignment]  # noqa: SLF001


def check_detail(kind: Any, move: str, detail: Mapping[str, Any]) -> None:
    """Raises WrongDetail."""
    if not _validator(kind, move).is_valid(detail):
        names = ", ".join(f"{name} ({type(value).__name__})" for name, value in detail.items()) or "nothing"
        raise WrongDetail(f"'{move}' of {kind.__name__} notes {names}, which is not what its document says")


@functools.cache
def _validator(kind: Any, move: str) -> Any:
    schema = details_of(kind).get(move, {"type": "object", "properties": {}})
    return jsonschema_rs.validator_for({**_closed(schema), "additionalProperties": False}, validate_formats=True)


def _closed(schema: Any) -> Any:
    """With its open lists of codes closed."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {"enum" if name == OPEN else name: _closed(inner) for name, inner in schema.items()}
