"""`rapport quarantine`: pushed events that could not be used, to be mended and replayed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from rapport_cli import access
from rapport_cli.output import Json, console, print_json, print_list, print_table
from rapport_cli.problems import USAGE, CommandError

app = typer.Typer(no_args_is_help=True, help="Pushed events that could not be used: list, show, release (replay), drop.")

PATH = "/interactions/v1/quarantine"
SCOPE = "interactions:quarantine"
COLUMNS = ("id", "source", "reason", "where", "state", "size", "quarantined_at")
Id = Annotated[str, typer.Argument(help="The id of the event in the quarantine.")]


@app.command("list")
def list_(
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only with this reason.")] = None,
    state: Annotated[str, typer.Option(help="waiting, replayed or dropped.")] = "waiting",
    most: Annotated[int, typer.Option(min=1, help="At most so many.")] = 200,
    as_json: Json = False,
) -> None:
    """The events in the quarantine, the latest first."""
    with access.api(SCOPE) as api:
        found = list(api.pages(PATH, most=most, source=source, reason=reason, state=state))
    print_list(found, COLUMNS, nothing="The quarantine is empty.", as_json=as_json)


@app.command()
def show(which: Id, as_json: Json = False) -> None:
    """One event with what came; the reading is audited."""
    with access.api(SCOPE) as api:
        item = api.get(f"{PATH}/{which}")
    if as_json:
        print_json(item)
        return
    print_table(("field", "value"), [(key, value) for key, value in item.items() if key != "content"])
    console.out(item["content"] or "", highlight=False)


@app.command()
def release(
    which: Id,
    mended: Annotated[Path | None, typer.Option(help="A JSON file with the mended event; - reads it from stdin.")] = None,
    as_json: Json = False,
) -> None:
    """Take the event in, as it came or as mended."""
    body = {"event": _event(mended)} if mended else {}
    _settle(f"{PATH}/{which}:replay", body, as_json=as_json)


@app.command()
def drop(
    which: Id,
    reason: Annotated[str, typer.Option(prompt=True, help="A code that says why nobody needs it, e.g. test-traffic.")] = "",
    as_json: Json = False,
) -> None:
    """Destroy the event."""
    _settle(f"{PATH}/{which}:drop", {"reason": reason}, as_json=as_json)


def _settle(path: str, body: dict[str, Any], *, as_json: bool) -> None:
    with access.api(SCOPE) as api:
        item = api.post(path, body)
    if as_json:
        print_json(item)
    else:
        console.print(f"{item['state']}: {item['result']}")


def _event(file: Path) -> Any:
    try:
        return json.loads(sys.stdin.read() if str(file) == "-" else file.read_text())
    except (OSError, ValueError):
        raise CommandError(f"{file} is not a readable JSON file", USAGE) from None
