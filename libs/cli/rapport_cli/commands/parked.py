"""`rapport parked`: messages that a service could not apply, and what to do with them."""

from __future__ import annotations

import base64
from typing import Annotated

import typer

from rapport_cli import access
from rapport_cli.output import Json, console, print_json, print_list, print_table
from rapport_cli.problems import USAGE, CommandError
from rapport_cli.services import SERVICES

app = typer.Typer(no_args_is_help=True, help="Messages that could not be applied: list, show, release, drop.")

ServiceName = Annotated[str | None, typer.Option("--service", help="Only this service. Default: all.")]
One = Annotated[str, typer.Argument(help="Which one, as SERVICE/ID, e.g. profiles/17; `list` shows them.")]
COLUMNS = ("id", "consumer", "type", "key", "reason", "detail", "attempts", "parked_at")


@app.command("list")
def list_(
    service: ServiceName = None,
    reason: Annotated[str | None, typer.Option(help="Only this reason.")] = None,
    state: Annotated[str, typer.Option(help="parked, released or dropped.")] = "parked",
    most: Annotated[int, typer.Option(min=1, help="At most so many of each service.")] = 200,
    as_json: Json = False,
) -> None:
    """The messages of every service in the order of parking."""
    every = access.in_services(service, "read-parked", "parked", most=most, reason=reason, state=state)
    found = [{**message, "service": name, "id": f"{name}/{message['id']}"} for name, message in every]
    print_list(found, COLUMNS, nothing="Nothing is parked.", as_json=as_json)


@app.command()
def show(which: One, as_json: Json = False) -> None:
    """One message with its bytes; the reading is audited, since they may hold personal data."""
    name, number = _split(which)
    with access.service_api(name, "read-parked") as api:
        message = api.get(f"/{name}/v1/parked/{number}")
    if as_json:
        print_json(message)
        return
    print_table(("field", "value"), [(key, value) for key, value in message.items() if key not in {"headers", "value"}])
    for header, value in message["headers"]:
        console.out(f"{header}: {_text(value)}", highlight=False)
    console.out(_text(message["value"]), highlight=False)


@app.command()
def release(
    which: Annotated[str | None, typer.Argument(help="SERVICE/ID of one message; it must be the first of its key.")] = None,
    service: ServiceName = None,
    key: Annotated[str | None, typer.Option(help="All messages of this aggregate.")] = None,
    reason: Annotated[str | None, typer.Option(help="All keys with a message of this reason.")] = None,
    as_json: Json = False,
) -> None:
    """Apply again, in order for each key. What fails again stays parked."""
    name, path, body = _settling(which, service, {"key": key, "reason": reason}, "release")
    with access.service_api(name, "settle-parked") as api:
        done = api.post(path, body)
    if as_json:
        print_json(done)
    else:
        console.print(f"Released {done['released']}; failed again: {len(done['failed'])}.")
    if done["failed"]:
        raise typer.Exit(1)


@app.command()
def drop(
    which: Annotated[str | None, typer.Argument(help="SERVICE/ID of one message.")] = None,
    service: ServiceName = None,
    key: Annotated[str | None, typer.Option(help="All messages of this aggregate.")] = None,
    reason: Annotated[str | None, typer.Option(help="All messages of this reason.")] = None,
    why: Annotated[str, typer.Option(prompt="Why", help="Why nobody needs it; kept in the audit trail.")] = "",
    as_json: Json = False,
) -> None:
    """Give up messages for good."""
    name, path, body = _settling(which, service, {"key": key, "reason": reason}, "drop")
    with access.service_api(name, "settle-parked") as api:
        done = api.post(path, {**body, "why": why})
    if as_json:
        print_json(done)
    else:
        console.print(f"Dropped {done['dropped']}.")


def _split(which: str) -> tuple[str, int]:
    name, _, number = which.partition("/")
    if name not in SERVICES or not number.isdigit():
        raise CommandError("say which one as SERVICE/ID, e.g. profiles/17", USAGE)
    return name, int(number)


def _settling(
    which: str | None, service: str | None, selected: dict[str, str | None], verb: str
) -> tuple[str, str, dict[str, str]]:
    """Service, path and body of a release or drop: of one message, or of a selection."""
    selection = {field: value for field, value in selected.items() if value}
    if which and not selection:
        name, number = _split(which)
        return name, f"/{name}/v1/parked/{number}:{verb}", {}
    if service and selection and not which:
        return service, f"/{service}/v1/parked:{verb}", selection
    raise CommandError("name one message (SERVICE/ID), or --service with --key or --reason", USAGE)


def _text(encoded: str | None) -> str:
    return "" if encoded is None else base64.b64decode(encoded).decode(errors="backslashreplace")
