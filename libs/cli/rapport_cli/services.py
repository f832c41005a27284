"""The services that are installed, and how to put each together. A service is known by its entry point, and named nowhere:

    [project.entry-points."rapport.services"]
    complaints = "rapport_complaints.app:service"

The function takes its settings, `def service(settings: Settings) -> Service[...]`; their class is read from its signature.
"""

from __future__ import annotations

import os
import typing
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, TypeVar

from rapport_cli.local.home import Home
from rapport_cli.local.users import settings_of_service
from rapport_cli.problems import USAGE, CommandError

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings
    from rapport_chassis.service import Service

S = TypeVar("S", bound="BaseSettings")
GROUP = "rapport.services"
_FOUND: dict[str, EntryPoint] = {each.name: each for each in sorted(entry_points(group=GROUP), key=lambda one: one.name)}

SERVICES = tuple(_FOUND)
"""Their names, in alphabetical order."""


def known(name: str) -> str:
    """The name, when a service has it. Raises CommandError."""
    if name not in SERVICES:
        raise CommandError(f"no service '{name}'; there are: {', '.join(SERVICES)}", USAGE)
    return name


def module_of(name: str) -> str:
    """The module of a service's entry point, `rapport_complaints.app`; it is not loaded."""
    return _FOUND[name].module


def load(name: str) -> Callable[[Any], Service[Any]]:
    """The function that puts the service of that name together; imports its code, which takes about a second."""
    made: Callable[[Any], Service[Any]] = _FOUND[name].load()
    return made


def build(name: str, **settings: Any) -> Service[Any]:
    """The service of that name with its settings from the environment; `settings` overrides single ones. Raises CommandError
    for a setting that is missing or wrong, without its value."""
    make = load(name)
    return make(read_settings(typing.get_type_hints(make)["settings"], **settings))


def read_settings(kind: type[S], **settings: Any) -> S:
    """Settings of this kind from the environment; `settings` overrides single ones. Raises CommandError for one that is
    missing or wrong, without its value."""
    from pydantic import ValidationError

    try:
        return kind(**settings)
    except ValidationError as error:
        wrong = "; ".join(_wrong(one["loc"], one["msg"]) for one in error.errors())
        raise CommandError(f"settings that are missing or wrong: {wrong}", USAGE) from None


def installed(name: str) -> Service[Any]:
    """With the settings of the environment, as `serve` has them, else of the local installation that runs. Raises
    CommandError."""
    home = Home.find()
    running = home.running()
    if running is not None and "RAPPORT_DATABASE_URL" not in os.environ:
        reached = settings_of_service(home, running.kafka, name)
        return build(name, database_url=running.databases[name], **reached, home=home.root)
    return build(name)


def _wrong(place: tuple[int | str, ...], says: str) -> str:
    """What is wrong with one setting, or with several together."""
    says = says.removeprefix("Value error, ")
    return f"{'_'.join(['RAPPORT', *map(str, place)]).upper()}: {says}" if place else says


def scopes_of(services: Iterable[Service[Any]]) -> list[str]:
    """All scopes that the routes of these services ask for."""
    from rapport_chassis.security.scopes import Scope

    routes = [route for service in services for route in service.asgi.routes]
    return sorted({route.allow.name for route in routes if isinstance(route.allow, Scope)})


def described() -> list[Service[Any]]:
    """All services as they are written, connected to nothing: for asking what routes and scopes there are."""
    nowhere = {"database_url": "postgresql://nobody@127.0.0.1/none", "kafka": "127.0.0.1:1"}
    return [build(name, **nowhere) for name in SERVICES]
