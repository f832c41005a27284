"""`rapport up`: everything on this machine in one go: PostgreSQL, Kafka and all services under one origin."""

from __future__ import annotations

from typing import Annotated

import typer

from rapport_cli.output import console
from rapport_cli.problems import CommandError


def up(
    port: Annotated[int, typer.Option(envvar="PORT", min=1, max=65535, help="Of the one HTTP origin.")] = 8080,
    kafka_port: Annotated[
        int, typer.Option(envvar="KAFKA_PORT", min=1, max=65535, help="Wished for; another one if it is taken.")
    ] = 29092,
    management_port: Annotated[
        int,
        typer.Option(envvar="MANAGEMENT_PORT", min=1, max=65535, help="Health and metrics; another one if it is taken."),
    ] = 8081,
) -> None:
    """Start PostgreSQL, Kafka and all services on this machine. Ctrl-C stops; the data stays in .rapport (RAPPORT_HOME)."""
    import uvloop

    from rapport_cli.local.process import StackError
    from rapport_cli.local.run import run

    try:
        uvloop.run(
            run(
                port=port,
                kafka_port=kafka_port,
                management_port=management_port,
                say=lambda line: console.print(line, markup=False),
            )
        )
    except StackError as error:
        raise CommandError(str(error)) from None
