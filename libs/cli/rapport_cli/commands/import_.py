"""`rapport import`: a file of another system through the public API."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from rapport_cli import access
from rapport_cli.client import Api
from rapport_cli.importing import rows, run
from rapport_cli.importing.mapping import Mapping, MappingError, load, shipped
from rapport_cli.importing.report import RESULTS, Report
from rapport_cli.local.home import Home
from rapport_cli.output import Json, console, errors, print_json, print_table
from rapport_cli.problems import REFUSED, USAGE, CommandError

LONGEST_IMPORT = 24 * 60
"""Minutes for which the token is good."""
SCOPES = {
    "calls": ("interactions:push",),
    "survey": ("satisfaction:import", "satisfaction:design", "satisfaction:read"),
    "complaints": ("complaints:import",),
}


class Kind(enum.StrEnum):
    """What the rows are."""

    CALLS = "calls"
    SURVEY = "survey"
    COMPLAINTS = "complaints"


def import_(
    kind: Annotated[Kind, typer.Argument(help="What the rows of the file are.")],
    file: Annotated[Path, typer.Argument(help="A delimited text file with a header.", dir_okay=False)],
    mapping: Annotated[str, typer.Option(help="A mapping file, or the name of a shipped one: " + ", ".join(shipped()))],
    as_json: Json = False,
) -> None:
    """Import FILE: every row is accepted, duplicate, late, quarantined, rejected or unmappable, and the report says why.

    Cut off, it goes on where it stood; run again, it changes nothing.
    """
    try:
        chosen = load(mapping)
        if chosen.kind != kind:
            raise CommandError(f"the mapping '{mapping}' is for {chosen.kind}, not for {kind}", USAGE)
        if not file.is_file():
            raise CommandError(f"{file} is no readable file", USAGE)
        with access.api(*SCOPES[kind], minutes=LONGEST_IMPORT) as api:
            prepare(chosen, api)
            report, began = _with_bar(file, chosen, api, quiet=as_json)
    except (MappingError, rows.UnreadableFile) as error:
        raise CommandError(str(error), USAGE) from None
    _show(report, began, as_json=as_json)
    if report.rows and not any(report.results[name] for name in ("accepted", "duplicate", "late")):
        raise typer.Exit(REFUSED)


def prepare(mapping: Mapping, api: Api) -> None:
    """What must be there before the first row: the survey that answers belong to."""
    if mapping.survey:
        key = mapping.survey["key"]
        known = {survey["key"] for survey in api.pages("/satisfaction/v1/surveys")}
        if key not in known:
            api.post("/satisfaction/v1/surveys", mapping.survey)
            api.post(f"/satisfaction/v1/surveys/{key}:publish", {})


def _with_bar(file: Path, mapping: Mapping, api: Api, *, quiet: bool) -> tuple[Report, int]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    total = rows.count_lines(file)
    with Progress(*columns, console=errors, disable=quiet) as bar:
        task = bar.add_task(file.name, total=total)
        done = run.run(file, mapping, api, state=Home.find().root / "imports", progress=lambda rows: bar.advance(task, rows))
        bar.update(task, total=done[0].rows, completed=done[0].rows)
        return done


def _show(report: Report, began: int, *, as_json: bool) -> None:
    made: dict[str, Any] = {**report.as_dict(), "continued_after_line": began if began > 1 else None}
    if as_json:
        print_json(made)
        return
    if began > 1:
        console.print(f"Went on after line {began}, where an earlier run was cut off.")
    print_table(("result", "rows"), [(name, report.results[name]) for name in RESULTS] + [("total", report.rows)])
    if report.reasons:
        shown = [(r["reason"], r["rows"], ", ".join(map(str, r["lines"]))) for r in made["reasons"]]
        print_table(("reason", "rows", "lines (first ones)"), shown)
