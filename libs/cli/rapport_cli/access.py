"""A token for the command itself: `RAPPORT_TOKEN` where one is given, else one of the local issuer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from rapport_cli.client import Api
from rapport_cli.local.home import Home
from rapport_cli.problems import USAGE, CommandError
from rapport_cli.services import SERVICES, known


def token(*scopes: str, level: int = 4, subject: str = "rapport-command", minutes: float = 60, program: bool = False) -> str:
    """A bearer token with these scopes, for a person or, as client credentials give it, for a `program`. Raises
    CommandError where there is neither a token nor a local issuer."""
    given = os.environ.get("RAPPORT_TOKEN")
    if given:
        return given
    folder = Home.find().root / "issuer"
    if not (folder / "issuer.key.json").exists():
        raise CommandError(
            f"no token: set RAPPORT_TOKEN, or start a local installation (make run; looked in {folder})", USAGE
        )
    from rapport_chassis.security.issuer import LocalIssuer

    own = {"client_id": subject} if program else {}
    return LocalIssuer(folder).mint(subject, scopes, level=level, minutes=minutes, **own)


def api(*scopes: str, level: int = 4, minutes: float = 60) -> Api:
    """The public API with a token for these scopes."""
    return Api(token(*scopes, level=level, minutes=minutes))


def service_api(name: str, right: str) -> Api:
    """The public API with a token for this right of one service. Raises CommandError when there is no such service."""
    return api(f"{known(name)}:{right}")


def in_services(
    only: str | None, right: str, path: str, *, most: int, **filters: str | None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The items of the list that services have at `path`, each with its service: at most so many of each of them, or of
    `only`. One that has no such list, as one without customers has none of erasures, is left out. Raises CommandError."""
    for name in [only] if only else SERVICES:
        with service_api(name, right) as opened:
            try:
                for item in opened.pages(f"/{name}/v1/{path}", most=most, **filters):
                    yield name, item
            except CommandError as error:
                if only or error.code != "no-such-route":
                    raise
