"""A token for the command itself: `RAPPORT_TOKEN` where one is given, else one of the local issuer."""

from __future__ import annotations

import os

from rapport_cli.client import Api
from rapport_cli.local.home import Home
from rapport_cli.problems import USAGE, CommandError


def token(*scopes: str, level: int = 4, subject: str = "rapport-command", minutes: float = 60) -> str:
    """A bearer token with these scopes. Raises CommandError where there is neither a token nor a local issuer."""
    given = os.environ.get("RAPPORT_TOKEN")
    if given:
        return given
    folder = Home.find().root / "issuer"
    if not (folder / "issuer.key.json").exists():
        raise CommandError(
            f"no token: set RAPPORT_TOKEN, or start a local installation (make run; looked in {folder})", USAGE
        )
    from rapport_chassis.security.issuer import LocalIssuer

    return LocalIssuer(folder).mint(subject, scopes, level=level, minutes=minutes)


def api(*scopes: str, level: int = 4, minutes: float = 60) -> Api:
    """The public API with a token for these scopes."""
    return Api(token(*scopes, level=level, minutes=minutes))
