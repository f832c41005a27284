"""`rapport projections`: tables that are built from events alone; compare them with the log, or build them anew."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rapport_cli.local.home import Home
from rapport_cli.local.users import settings_of_service
from rapport_cli.output import Json, console, errors, print_json, print_table
from rapport_cli.problems import USAGE, CommandError
from rapport_cli.services import SERVICES, build, described

if TYPE_CHECKING:
    from rapport_chassis.projections import Projection, Rebuilt
    from rapport_chassis.service import Service
    from rapport_kernel.errors import RapportError

app = typer.Typer(no_args_is_help=True, help="Tables that are built from events alone: list, check, rebuild from the log.")

Which = Annotated[list[str], typer.Argument(help="Which, as SERVICE/NAME, e.g. profiles/timeline; `list` shows them.")]
COLUMNS = ("projection", "table", "rows", "added", "changed", "lost")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """All there are, with their tables and the events that they are made of."""
    rows = [
        {
            "projection": f"{service.name}/{each.name}",
            "tables": [table.name for table in each.tables],
            "events": sorted(event.event_type for event in each.events),
        }
        for service in described()
        for each in service.projections
    ]
    if as_json:
        print_json(rows)
    else:
        shown = [(row["projection"], ", ".join(row["tables"]), len(row["events"])) for row in rows]
        print_table(("projection", "tables", "kinds of events"), shown)


@app.command()
def check(which: Which, as_json: Json = False) -> None:
    """Say what a rebuild would change; changes nothing. Exits with 1 when rows differ from the log."""
    found = _run(which, keep=False, accept_loss=False)
    _show(found, as_json=as_json)
    if not all(rebuilt.same for rebuilt in found.values()):
        raise typer.Exit(1)


@app.command()
def rebuild(
    which: Which,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Also when the log does not give rows that are there.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Build anew from the log, beside the running service: all of a projection, or nothing of it. Nothing is sent twice."""
    _show(_run(which, keep=True, accept_loss=accept_loss), as_json=as_json)


def _run(which: Sequence[str], *, keep: bool, accept_loss: bool) -> dict[str, Rebuilt]:
    """Raises CommandError; names are looked at before anything is done."""
    from aiokafka.errors import KafkaError
    from rapport_kernel.errors import RapportError

    wanted = [_find(one) for one in dict.fromkeys(which)]
    found = {}
    for service, projection in wanted:
        name = f"{service.name}/{projection.name}"
        try:
            found[name] = asyncio.run(_rebuild(service, projection, keep=keep, accept_loss=accept_loss))
        except RapportError as error:
            raise CommandError(f"{name}: {_words(error)} ({error.code})") from None
        except (KafkaError, OSError) as error:
            raise CommandError(f"{name}: broker or database do not answer ({type(error).__name__})") from None
    return found


async def _rebuild(service: Service[Any], projection: Projection, *, keep: bool, accept_loss: bool) -> Rebuilt:
    from rapport_chassis.projections import rebuild as build_anew

    def tell(events: int) -> None:
        if errors.is_terminal:
            errors.print(f"\r{service.name}/{projection.name}: {events} events", end="")

    try:
        return await build_anew(service, projection, keep=keep, accept_loss=accept_loss, tell=tell)
    finally:
        if errors.is_terminal:
            errors.print()
        await service.database.close()


def _find(one: str) -> tuple[Service[Any], Projection]:
    from rapport_chassis.projections import find
    from rapport_kernel.errors import NotFound

    name, _, projection = one.partition("/")
    if name not in SERVICES or not projection:
        raise CommandError("say which one as SERVICE/NAME, e.g. profiles/timeline; `rapport projections list`", USAGE)
    service = _service(name)
    try:
        return service, find(service.projections, projection)
    except NotFound as error:
        raise CommandError(f"{name}: {_words(error)}", USAGE) from None


def _words(error: RapportError) -> str:
    """The sentence of a refusal, out of the register."""
    from rapport_chassis.problems import register

    found = register().get(error.code)
    return error.message if found is None else found.detail("en", error.params)


def _service(name: str) -> Service[Any]:
    """With the settings of the environment, as `serve` has them, else of the local installation that runs."""
    from pydantic import ValidationError

    home = Home.find()
    running = home.running()
    if running is not None and "RAPPORT_DATABASE_URL" not in os.environ:
        return build(
            name,
            database_url=running.databases[name],
            **settings_of_service(home, running.kafka, name),
            home=home.root,
        )
    try:
        return build(name)
    except ValidationError:
        raise CommandError(
            "nothing runs here (make run), and RAPPORT_DATABASE_URL and RAPPORT_KAFKA do not say where else", USAGE
        ) from None


def _show(found: dict[str, Rebuilt], *, as_json: bool) -> None:
    rows = [
        {"projection": name, "table": c.table, "rows": c.rows, "added": c.added, "changed": c.changed, "lost": c.lost}
        for name, rebuilt in found.items()
        for c in rebuilt.changes
    ]
    if as_json:
        print_json([{**row, "events": found[str(row["projection"])].events} for row in rows])
    else:
        print_table(COLUMNS, [[row[column] for column in COLUMNS] for row in rows])
        console.print(f"Events read: {sum(rebuilt.events for rebuilt in found.values())}.")
