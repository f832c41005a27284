"""What became of every row: counts, reasons with line numbers, and the place to go on from."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from rapport_cli.problems import CommandError

LINES_PER_REASON = 20
RESULTS = ("accepted", "duplicate", "late", "quarantined", "rejected", "unmappable")


@dataclass
class Report:
    """Counts by result and reason. `lines` keeps the first line numbers of each reason, `rows` counts what was read."""

    rows: int = 0
    results: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[int]] = field(default_factory=dict)

    def add(self, line: int, result: str, reason: str | None = None) -> None:
        """One row's result; `reason` where it was not simply taken."""
        self.rows += 1
        self.results[result] += 1
        if reason:
            name = f"{result}: {reason}"
            self.reasons[name] += 1
            kept = self.lines.setdefault(name, [])
            if len(kept) < LINES_PER_REASON:
                kept.append(line)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: all results, also those that are zero."""
        return {
            "rows": self.rows,
            **{name: self.results[name] for name in RESULTS},
            "reasons": [
                {"reason": name, "rows": rows, "lines": self.lines[name]} for name, rows in self.reasons.most_common()
            ],
        }


@dataclass
class Checkpoint:
    """Where an import stands, in a file that is written after each answered batch. A run that was cut off goes on there."""

    file: Path
    line: int = 1
    report: Report = field(default_factory=Report)

    @classmethod
    def open(cls, folder: Path, digest: str) -> Self:
        """The checkpoint of the import with this digest (file and mapping); a fresh one when none can be read."""
        file = folder / f"{digest}.json"
        try:
            kept = json.loads(file.read_text())
            was = kept["report"]
            report = Report(was["rows"], Counter(was["results"]), Counter(was["reasons"]), was["lines"])
            return cls(file, kept["line"], report)
        except (OSError, ValueError, KeyError, TypeError):
            return cls(file)

    def save(self, line: int) -> None:
        """Everything up to `line` was answered. Raises CommandError when that cannot be written."""
        self.line = line
        fresh = self.file.with_suffix(".new")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps({"line": line, "report": vars(self.report)}))
            fresh.replace(self.file)
        except OSError as error:
            raise CommandError(f"where the import stands cannot be kept in {self.file.parent}: {error.strerror}") from None

    def done(self) -> None:
        """The import is over: the next run of the same file begins anew (and changes nothing)."""
        self.file.unlink(missing_ok=True)
