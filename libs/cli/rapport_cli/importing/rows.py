"""Reading a delimited file row by row: bounded memory, line numbers, and a digest that says whether it is the same file."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

from rapport_cli.importing.mapping import FileFormat, MappingError, Row

LONGEST_FIELD = 1_000_000
_CHUNK = 1 << 20


class UnreadableFile(Exception):
    """The file cannot be read as its mapping says; the message is for the person who started the import."""


def digest(path: Path) -> str:
    """SHA-256 of the file's bytes, in hex. Raises UnreadableFile."""
    made = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                made.update(chunk)
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror}") from None
    return made.hexdigest()


def count_lines(path: Path) -> int:
    """About how many rows the file has (line ends, minus the header): for a progress bar, not for a report.

    Raises UnreadableFile.
    """
    try:
        with path.open("rb") as file:
            return max(0, sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b"")) - 1)
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror}") from None


def read(path: Path, written: FileFormat, columns: set[str]) -> Iterator[tuple[int, Row | None]]:
    """Every row with the number of its last line (the header is line 1); None for a row with too few or too many fields.

    Column names are taken without surrounding blanks. Raises MappingError when the file lacks one of `columns`, and
    UnreadableFile when it is not text in the stated encoding.
    """
    csv.field_size_limit(LONGEST_FIELD)
    line = 1
    try:
        with path.open(encoding=written.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=written.delimiter)
            names = [name.strip() for name in next(reader, [])]
            if missing := columns - set(names):
                raise MappingError(f"{path.name} has no column {', '.join(sorted(missing))}; it has: {', '.join(names)}")
            if double := sorted(name for name in columns if names.count(name) > 1):
                raise MappingError(f"{path.name} has more than one column {', '.join(double)}")
            for fields in reader:
                line = reader.line_num
                if fields:
                    yield line, dict(zip(names, fields, strict=True)) if len(fields) == len(names) else None
    except UnicodeDecodeError:
        raise UnreadableFile(f"{path.name} is not {written.encoding} text (after line {line})") from None
    except csv.Error as error:
        raise UnreadableFile(f"{path.name} is not a delimited file (after line {line}): {error}") from None
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror}") from None
