"""`rapport timers`: what was to be done at a certain time and failed for good."""

from __future__ import annotations

from typing import Annotated

import typer

from rapport_cli import access
from rapport_cli.output import Json, console, print_json, print_list
from rapport_cli.problems import USAGE, CommandError
from rapport_cli.services import known

app = typer.Typer(no_args_is_help=True, help="Timers that failed for good: list, release, drop.")

Which = Annotated[str, typer.Argument(help="Which, as SERVICE/KIND or SERVICE/KIND/KEY; `list` shows them.")]
COLUMNS = ("timer", "due", "attempts", "failure", "parked_at")


@app.command("list")
def list_(
    service: Annotated[str | None, typer.Option("--service", help="Only this service. Default: all.")] = None,
    most: Annotated[int, typer.Option(min=1, help="At most so many of each service.")] = 200,
    as_json: Json = False,
) -> None:
    """The failed timers of every service, in the order in which they failed."""
    every = access.in_services(service, "read-parked", "failed-timers", most=most)
    found = [{"timer": f"{name}/{one['kind']}/{one['key']}", **one} for name, one in every]
    print_list(found, COLUMNS, nothing="No timer has failed for good.", as_json=as_json)


@app.command()
def release(which: Which, as_json: Json = False) -> None:
    """Fire them again, now. What fails again comes back into the list."""
    name, chosen = _split(which)
    with access.service_api(name, "settle-parked") as api:
        done = api.post(f"/{name}/v1/failed-timers:release", chosen)
    if as_json:
        print_json(done)
    else:
        console.print(f"Released {done['released']}.")


@app.command()
def drop(
    which: Which,
    why: Annotated[str, typer.Option(prompt="Why", help="Why nobody needs it; kept in the audit trail.")] = "",
    as_json: Json = False,
) -> None:
    """Give them up: what they were set for does not happen."""
    name, chosen = _split(which)
    with access.service_api(name, "settle-parked") as api:
        done = api.post(f"/{name}/v1/failed-timers:drop", {**chosen, "why": why})
    if as_json:
        print_json(done)
    else:
        console.print(f"Dropped {done['dropped']}.")


def _split(which: str) -> tuple[str, dict[str, str]]:
    name, _, rest = which.partition("/")
    kind, _, key = rest.partition("/")
    if not kind:
        raise CommandError("say which as SERVICE/KIND or SERVICE/KIND/KEY, e.g. complaints/clock.look", USAGE)
    return known(name), {"kind": kind, **({"key": key} if key else {})}
