"""The `rapport` command: one file for each command under `commands/`, put together here."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from typing import Annotated

import typer

from rapport_cli.commands import (
    access,
    audit,
    backup,
    dossier,
    events,
    keys,
    parked,
    projections,
    quarantine,
    stats,
    timers,
)
from rapport_cli.commands.backtest import backtest
from rapport_cli.commands.demo import demo
from rapport_cli.commands.erasures import erasures
from rapport_cli.commands.forget import forget
from rapport_cli.commands.import_ import import_
from rapport_cli.commands.migrate import migrate
from rapport_cli.commands.secrets import secrets
from rapport_cli.commands.serve import serve
from rapport_cli.commands.token import token
from rapport_cli.commands.up import up
from rapport_cli.output import console, errors
from rapport_cli.problems import CommandError
from rapport_cli.variables import refuse_unknown

INTERRUPTED = 130

app = typer.Typer(
    name="rapport",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _tell_version(asked: bool) -> None:
    if asked:
        console.print(f"rapport {metadata.version('rapport-cli')}", highlight=False)
        raise typer.Exit


@app.callback()
def before(
    version: Annotated[  # noqa: ARG001 - told by its callback
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Which version this is.")
    ] = False,
) -> None:
    """Rapport: an open backend for customer experience management."""
    refuse_unknown(os.environ)


app.command()(up)
app.command()(demo)
app.command()(serve)
app.command()(migrate)
app.command()(token)
app.command("import")(import_)
app.command()(backtest)
app.command()(erasures)
app.command()(forget)
app.command()(secrets)
app.command()(backup.restore)
app.add_typer(access.app, name="access")
app.add_typer(stats.app, name="stats")
app.add_typer(audit.app, name="audit")
app.add_typer(backup.app, name="backup")
app.add_typer(dossier.app, name="dossier")
app.add_typer(events.app, name="events")
app.add_typer(keys.app, name="keys")
app.add_typer(parked.app, name="parked")
app.add_typer(projections.app, name="projections")
app.add_typer(timers.app, name="timers")
app.add_typer(quarantine.app, name="quarantine")


def main() -> None:
    """The entry point. A user's mistake is one line on stderr and an exit code, never a traceback."""
    try:
        app()
    except CommandError as error:
        errors.print(f"rapport: {error}", markup=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
