"""The import itself: rows to items, items to batches, batches to the public API, answers to the report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapport_cli.client import Api
from rapport_cli.importing import rows
from rapport_cli.importing.mapping import Mapping, Row, RowError
from rapport_cli.importing.report import Checkpoint, Report
from rapport_cli.problems import CommandError

BATCH = 500
NOT_THESE = {413, 422}
"""A batch that is too large, or in which one item spoils the body, is sent in halves."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where items of one kind go: the path, the name of the list in the body, and the rest of the body."""

    path: str
    items: str
    body: dict[str, Any]
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file: its item, or why it has none."""

    number: int
    item: dict[str, Any] | None
    reason: str | None = None


def target(mapping: Mapping) -> Target:
    """The public route of the mapping's kind."""
    match mapping.kind:
        case "calls":
            return Target("/interactions/v1/interaction-events:batch", "events", {}, {"source": mapping.source})
        case "survey":
            survey = (mapping.survey or {}).get("key", mapping.source)
            return Target("/satisfaction/v1/responses:import", "responses", {"source": mapping.source, "survey": survey}, {})
        case "complaints":
            return Target("/complaints/v1/complaints:import", "complaints", {"source": mapping.source}, {})


def run(path: Path, mapping: Mapping, api: Api, *, state: Path, progress: Callable[[int], None]) -> tuple[Report, int]:
    """Import a file; returns the report and the line it went on from (1: from the start).

    `state` is the folder of checkpoints; `progress` is told the number of rows done since the last call. Raises
    MappingError, UnreadableFile, CommandError; what was answered until then is kept and the next run goes on after it.
    """
    checkpoint = Checkpoint.open(state, _identity(path, mapping, api.url))
    began = checkpoint.line
    progress(checkpoint.report.rows)
    to = target(mapping)
    for batch in _batches(path, mapping, after=began):
        _send(api, to, batch, checkpoint.report)
        checkpoint.save(batch[-1].number)
        progress(len(batch))
    checkpoint.done()
    return checkpoint.report, began


def _identity(path: Path, mapping: Mapping, url: str) -> str:
    """Of this file with this mapping into this installation."""
    mapped = hashlib.sha256(f"{url} {mapping.model_dump_json()}".encode()).hexdigest()
    return f"{rows.digest(path)[:32]}-{mapped[:16]}"


def _batches(path: Path, mapping: Mapping, *, after: int) -> Iterator[list[Line]]:
    batch: list[Line] = []
    for number, row in rows.read(path, mapping.format, mapping.columns):
        if number <= after:
            continue
        batch.append(_line(number, row, mapping))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _line(number: int, row: Row | None, mapping: Mapping) -> Line:
    if row is None:
        return Line(number, None, "wrong-number-of-fields")
    try:
        return Line(number, mapping.apply(row))
    except RowError as error:
        return Line(number, None, str(error))


def _send(api: Api, to: Target, batch: list[Line], report: Report) -> None:
    """Send the items of a batch; each row of it gets its result."""
    for line, result in _answers(api, to, [line for line in batch if line.item is not None]):
        report.add(line.number, result["result"], result.get("reason"))
    for line in batch:
        if line.item is None:
            report.add(line.number, "unmappable", line.reason)


def _answers(api: Api, to: Target, lines: list[Line]) -> Iterator[tuple[Line, dict[str, Any]]]:
    """The result of each of these rows. A row that no body can carry is rejected with the code of the refusal."""
    if not lines:
        return
    try:
        answer = api.post(to.path, {**to.body, to.items: [line.item for line in lines]}, params=to.params)
    except CommandError as error:
        if error.status not in NOT_THESE:
            raise
        if len(lines) == 1:
            yield lines[0], {"result": "rejected", "reason": error.code or str(error.status)}
            return
        half = len(lines) // 2
        yield from _answers(api, to, lines[:half])
        yield from _answers(api, to, lines[half:])
    else:
        yield from zip(lines, answer["results"], strict=True)
