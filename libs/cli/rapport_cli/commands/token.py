"""`rapport token`: a token of the local issuer, for trying the APIs on one machine."""

from __future__ import annotations

from typing import Annotated

import typer

from rapport_cli import access
from rapport_cli.local.home import Home
from rapport_cli.output import Json, console, print_json


def token(
    scope: Annotated[
        list[str] | None, typer.Option(help="A scope to put in; repeat it. Default: every scope there is.")
    ] = None,
    level: Annotated[int, typer.Option(min=1, max=4, help="Access level: 1 sees personal data masked, 4 in clear.")] = 4,
    subject: Annotated[str, typer.Option(help="Who the token is for.")] = "local-developer",
    program: Annotated[bool, typer.Option(help="For a program, as client credentials give it.")] = False,
    minutes: Annotated[float, typer.Option(min=0.1, max=24 * 60, help="How long it is good.")] = 60,
    as_json: Json = False,
) -> None:
    """Print a token of the local issuer. Works on the machine of a local installation only."""
    scopes = sorted(set(scope)) if scope else every_scope()
    made = access.token(*scopes, level=level, subject=subject, minutes=minutes, program=program)
    if as_json:
        print_json({"token": made, "scopes": scopes, "level": level, "subject": subject, "minutes": minutes})
    else:
        console.out(made, highlight=False)


def every_scope() -> list[str]:
    """All scopes that there are: what runs here says so, else the services are asked, which takes seconds."""
    from rapport_cli.services import described, scopes_of

    running = Home.find().running()
    return running.scopes if running is not None and running.scopes else scopes_of(described())
