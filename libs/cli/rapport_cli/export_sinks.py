"""What an export writes to: a file of lines, or a folder of Parquet files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, ClassVar, Protocol


class Sink(Protocol):
    """Where events are written. After `settle` all that was added is there for good, and its size is known.

    `every`: lines after which it is to be settled; a killed export writes at most so many again.
    """

    every: ClassVar[int]

    def size(self) -> int:
        """What is there, in the unit of `Place.size`."""
        ...

    def begin(self, size: int) -> None:
        """Go on behind `size`; what a killed run wrote after its last remembered place goes."""
        ...

    def add(self, entry: Mapping[str, Any]) -> None:
        """One more event, as `Entry.as_dict` says it."""
        ...

    def settle(self) -> int:
        """Have it all on the disk; the size."""
        ...


class Lines:
    """A file with a line of JSON for each event."""

    every: ClassVar[int] = 5_000

    def __init__(self, file: Path) -> None:
        """Opened by `begin`."""
        self._file = file
        self._out: IO[bytes] | None = None

    def size(self) -> int:
        """Bytes."""
        return self._file.stat().st_size if self._file.exists() else 0

    def begin(self, size: int) -> None:
        """Cut what is behind `size`."""
        self._out = self._file.open("ab")
        self._out.truncate(size)

    def add(self, entry: Mapping[str, Any]) -> None:
        """A line."""
        assert self._out is not None  # noqa: S101 - `begin` comes first
        self._out.write(_line(entry))

    def settle(self) -> int:
        """Flush."""
        assert self._out is not None  # noqa: S101
        self._out.flush()
        os.fsync(self._out.fileno())
        return self._out.tell()


class Parquet:
    """A folder of Parquet files, `events-00001.parquet` and so on, each whole or not there. Columns are those of the lines;
    `data` is JSON as text, since each type has fields of its own."""

    every: ClassVar[int] = 50_000
    COLUMNS: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("id", "subject", "correlation_id", "causation_id"), "UUID"),
        **dict.fromkeys(("type", "source", "actor", "topic"), "VARCHAR"),
        "time": "TIMESTAMPTZ",
        "sequence": "BIGINT",
        "partition": "INTEGER",
        "offset": "BIGINT",
        "data": "JSON",
    }

    def __init__(self, folder: Path) -> None:
        """Made when the first part is written."""
        self._folder = folder
        self._parts = 0
        self._lines: list[bytes] = []

    def size(self) -> int:
        """Parts."""
        return len(list(self._folder.glob("events-*.parquet"))) if self._folder.is_dir() else 0

    def begin(self, size: int) -> None:
        """Forget parts behind `size`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._parts = size
        for number in range(size + 1, self.size() + 1):
            self._part(number).unlink()

    def add(self, entry: Mapping[str, Any]) -> None:
        """Kept until the part is full."""
        self._lines.append(_line(entry))

    def settle(self) -> int:
        """Write what is kept as a part of its own."""
        if self._lines:
            import duckdb

            part = self._part(self._parts + 1)
            lines, fresh = part.with_suffix(".jsonl"), part.with_suffix(".new")
            lines.write_bytes(b"".join(self._lines))
            with duckdb.connect() as database:
                database.execute("SET TimeZone = 'UTC'")
                read = database.read_json(str(lines), format="newline_delimited", columns=self.COLUMNS)
                read.write_parquet(str(fresh), compression="zstd")
            lines.unlink()
            fresh.replace(part)
            self._parts, self._lines = self._parts + 1, []
        return self._parts

    def _part(self, number: int) -> Path:
        return self._folder / f"events-{number:05}.parquet"


def _line(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, default=str).encode() + b"\n"
