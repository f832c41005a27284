"""What a command prints: tables and bars for a person on a terminal, JSON for a program (`--json`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text.")]

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """One JSON document, indented."""
    console.out(json.dumps(value, indent=2, ensure_ascii=False, default=str), highlight=False)


def print_json_line(value: Any) -> None:
    """One JSON document on one line, for streams."""
    console.out(json.dumps(value, ensure_ascii=False, default=str), highlight=False)


def print_list(items: Sequence[Mapping[str, Any]], columns: Sequence[str], *, nothing: str, as_json: bool) -> None:
    """What a command that lists has found: JSON of all of it, or a table of these columns; `nothing` says it is empty."""
    if as_json:
        print_json(items)
    elif not items:
        console.print(nothing)
    else:
        print_table(columns, [[item[column] for column in columns] for item in items])


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """A table; cells are shown as text, None as a dash."""
    table = Table(*columns, title=title, title_justify="left", show_edge=False, pad_edge=False)
    for row in rows:
        table.add_row(*("-" if cell is None else str(cell) for cell in row))
    console.print(table)
