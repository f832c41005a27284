"""`rapport dossier show|verify`: all that is known of a complaint, and whether its history is what was written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from rapport_cli import access
from rapport_cli.output import Json, console, print_json, print_table
from rapport_cli.problems import REFUSED, USAGE, CommandError
from rapport_cli.sealed import Checked, check_file

app = typer.Typer(no_args_is_help=True, help="All that is known of a complaint, its history as a chain of hashes.")

CHAPTERS = (
    "clocks", "investigation", "root_causes", "decisions", "appeals", "communications", "letters", "attachments", "repairs",
    "incidents",
)  # fmt: skip


@app.command()
def show(
    complaint: Annotated[str, typer.Argument(help="The id of the complaint.")],
    pdf: Annotated[Path | None, typer.Option(help="Write the PDF to this file instead of showing anything.")] = None,
    language: Annotated[str, typer.Option(help="Of the headings of the PDF: zh or en.")] = "zh",
    as_json: Json = False,
) -> None:
    """The dossier of COMPLAINT: its history and what else there is. `--json` is the file that `verify` checks offline."""
    path = f"/complaints/v1/complaints/{_id(complaint)}/dossier"
    with access.api("complaints:read") as api:
        if pdf is not None:
            _write(pdf, api.download(f"{path}.pdf", language=language))
            return
        dossier = api.get(path)
    if as_json:
        print_json(dossier)
        return
    about, verdict = dossier["complaint"], dossier["verdict"]
    console.print(f"{about['number']}: {about['category']} by {about['channel']}, {about['state']}", markup=False)
    print_table(("chapter", "entries"), [(name.replace("_", " "), len(dossier[name])) for name in CHAPTERS])
    rows = dossier["history"]["rows"]
    columns = ("row", "at", "move", "state", "actor", "hash")
    print_table(columns, [_row(row) for row in rows])
    console.print(_says(verdict["intact"], verdict["rows"], verdict["broken"]), markup=False)


@app.command()
def verify(
    complaint: Annotated[str, typer.Argument(help="The id of a complaint, or a file with a saved dossier.")],
    as_json: Json = False,
) -> None:
    """Say whether a history is what was written, or name the first row that is wrong; then the exit code is 1.

    A saved dossier is checked offline, with nothing but SHA-256 and JSON.
    """
    file = Path(complaint)
    found = _checked(file) if file.is_file() else _asked(_id(complaint))
    if as_json:
        print_json(found)
    else:
        console.print(_says(found["intact"], found["rows"], found["broken"]), markup=False)
        console.print(f"texts that are as written: {found['words']}, unchecked: {found['unchecked']}", markup=False)
        if found["head"]:
            console.print(f"last row: {found['head']['seq']} {found['head']['hash']}", markup=False)
        if "sha256" in found:
            console.print(f"checksum: {found['sha256']} (the audit trail has it, if it was ever handed out)", markup=False)
    if not found["intact"]:
        raise typer.Exit(REFUSED)


def _asked(complaint: UUID) -> dict[str, Any]:
    with access.api("complaints:read") as api:
        return dict(api.get(f"/complaints/v1/complaints/{complaint}/dossier:verify"))


def _checked(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise CommandError(f"{file} is no saved dossier", USAGE) from None
    checked: Checked | None = check_file(document)
    if checked is None:
        raise CommandError(f"{file} is no saved dossier", USAGE)
    return checked.plain()


def _id(complaint: str) -> UUID:
    try:
        return UUID(complaint)
    except ValueError:
        raise CommandError("a complaint is named by its id, a saved dossier by its file", USAGE) from None


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise CommandError(f"cannot write {file}: {error.strerror}", USAGE) from None
    console.print(f"{file}: {len(content):,} bytes", markup=False)


def _row(row: dict[str, Any]) -> tuple[Any, ...]:
    content = row["content"]
    at = content["at"][:19].replace("T", " ")
    return row["seq"], at, content["move"], content["target"], content["actor"], row["hash"][:12]


def _says(intact: bool, rows: int, broken: dict[str, Any] | None) -> str:
    if broken is None:
        return f"intact: {rows} rows" if intact else "not intact"
    where = f"row {broken['seq']} of {rows}" if broken["seq"] else "the file"
    return f"NOT INTACT: {where} is wrong ({broken['reason']})"
