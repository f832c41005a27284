"""The services there are, and how to put each together: the only place that knows all four."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rapport_cli.problems import USAGE, CommandError

if TYPE_CHECKING:
    from rapport_chassis.service import Service

SERVICES = ("profiles", "interactions", "complaints", "satisfaction")


def known(name: str) -> str:
    """The name, when a service has it. Raises CommandError."""
    if name not in SERVICES:
        raise CommandError(f"no service '{name}'; there are: {', '.join(SERVICES)}", USAGE)
    return name


def build(name: str, **settings: Any) -> Service[Any]:
    """The service of that name with its settings from the environment; `settings` overrides single ones."""
    package = f"rapport_{name}"
    made: Service[Any] = import_module(f"{package}.app").service(import_module(f"{package}.settings").Settings(**settings))
    return made


def described() -> list[Service[Any]]:
    """All services as they are written, connected to nothing: for asking what routes and scopes there are."""
    nowhere = {"database_url": "postgresql://nobody@127.0.0.1/none", "kafka": "127.0.0.1:1"}
    return [build(name, **nowhere) for name in SERVICES]
