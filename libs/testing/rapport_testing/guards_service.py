"""Guards that hold for every service: each takes a service, or a text of it, and returns what is wrong, one line each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

from rapport_chassis.histories import HistoryStore
from rapport_chassis.security.scopes import Scope
from rapport_chassis.service import Service
from rapport_chassis.settings import ServiceSettings
from rapport_chassis.web.router import Route
from rapport_contracts.event import registry
from rapport_contracts.topics import TOPICS
from sqlalchemy import MetaData

from rapport_testing.guards import CODE_SPAN

_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_EVENT = re.compile(r"([a-z][a-z0-9-]*)\.[a-z][a-z-]*(?:\.v[1-9][0-9]*)?")
_WORD = re.compile(r"[/:][a-z][a-z-]*")
_SCOPE = re.compile(r"[a-z][a-z-]*:[a-z][a-z-]*")
_VERB = re.compile(r":([a-z][a-z-]*)$")
EVERYTHING = "every public event"
"""What a page says of a consumer group, on the line of its name, that reads whatever the services publish."""

OF_EVERY_SERVICE = {"caller", "labels", "operation", "state machines"}
"""Tags of the routes that the chassis gives to each."""


def modules_of(service: str) -> Iterator[ModuleType]:
    """Every module of a service, whatever room or subject it stands in; migrations, which are no code of it, left out."""
    package = import_module(f"rapport_{service}")
    yield package
    for found in walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.startswith(f"{package.__name__}.migrations."):
            yield import_module(found.name)


def tables_of(service: str) -> MetaData:
    """All tables of a service, whatever module they stand in, copied into one catalogue that may be spoiled."""
    held = [value for module in list(modules_of(service)) for value in vars(module).values()]
    every = {table.name: table for each in held if isinstance(each, MetaData) for table in each.tables.values()}
    found = MetaData()
    for table in every.values():
        table.to_metadata(found)
    return found


def routes_of(service: Service[Any]) -> list[Route]:
    """The documented routes of a service, without those that every service has."""
    return [route for route in service.asgi.routes if not route.hidden and not OF_EVERY_SERVICE & set(route.tags)]


def unfired(service: Service[Any], modules: Iterable[ModuleType]) -> list[str]:
    """Timers that these modules of a service set and no subject of it handles: set by a store at `check_timer`, or with
    `work.timers.set(KIND, ...)` and a kind that the module names."""
    found: set[str] = set()
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, HistoryStore) and value.check_timer is not None:
                found.add(value.check_timer)
        for call in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("timers.set") and call.args:
                kind = call.args[0]
                named = kind.value if isinstance(kind, ast.Constant) else getattr(module, ast.unparse(kind), None)
                found |= {named} if isinstance(named, str) else set()
    return sorted(found - set(service.timers))


def unsaid(service: Service[Any], page: str, tables: MetaData) -> list[str]:
    """What the page of a service (its README) does not say: an event, consumer group, route, scope, table, timer, alarm or
    setting that it does not name, a life that it does not draw.

    A name stands between backticks. Of events the version may be missing, and in a row also what the names have in common:
    `complaint.received` `.closed`. Of a route each of its words is named, as `/words` or `:verb`.
    """
    spans = CODE_SPAN.findall(_FENCED.sub("", page))
    names, words = {*spans, *_events(spans)}, set(_WORD.findall(" ".join(spans)))
    scopes = {name for span in spans for name in _SCOPE.findall(span)}
    routes = routes_of(service)
    wanted = {route.allow.name for route in routes if isinstance(route.allow, Scope)}
    return [
        *(f"event {name}" for name in _published(service) if not {name, name.rpartition(".")[0]} & names),
        *_unsaid_groups(service, page, names),
        *(f"route {route.name}" for route in routes if not _words(service, route) <= words),
        *(f"scope {name}" for name in sorted(wanted - scopes)),
        *(f"table {name}" for name in sorted(set(tables.tables) - names)),
        *(f"timer {name}" for name in sorted(set(service.timers) - names)),
        *(f"alarm {name}" for name in _alarms(service) if not any(span.startswith(name) for span in spans)),
        *(f"setting {name}" for name in _settings(service) if name not in names),
        *(f"life {name}" for name, life in service.lives.items() if life.mermaid() not in page),
    ]


def actions_of(service: Service[Any], path: str) -> set[str]:
    """The verbs of the actions on one kind of thing, `POST <path>:<verb>`; `path` as in `/complaints/{complaint_id}`."""
    every = {route.path for route in routes_of(service) if route.method == "POST"}
    prefix = f"/{service.name}/v1{path}:"
    return {each.removeprefix(prefix) for each in every if each.startswith(prefix)}


def untried(service: Service[Any], tests: str) -> list[str]:
    """Actions of a service that no test of it asks for: their verb stands nowhere in `tests`, in a path or as a word."""
    verbs = {route.name: found[1] for route in routes_of(service) if (found := _VERB.search(route.path))}
    return [name for name, verb in verbs.items() if not re.search(rf'[:"]{verb}\b', tests)]


def _words(service: Service[Any], route: Route) -> set[str]:
    return set(_WORD.findall(re.sub(r"\{[^}]*\}", "", route.path.removeprefix(f"/{service.name}/v1"))))


def _events(spans: list[str]) -> Iterator[str]:
    """Names of events, those that are cut short written out."""
    subject = ""
    for span in spans:
        if found := _EVENT.fullmatch(span):
            subject = found[1]
            yield span
        elif span.startswith("."):
            yield subject + span


def _published(service: Service[Any]) -> list[str]:
    ours = {name: event for name, event in registry().items() if event.__module__.startswith("rapport_contracts.")}
    return [name for name, event in ours.items() if TOPICS[event.topic].owner == service.name]


def _unsaid_groups(service: Service[Any], page: str, names: set[str]) -> list[str]:
    missing = []
    for group in service.subscriptions:
        lines = [line for line in page.splitlines() if f"`{group.name}`" in line]
        if not lines:
            missing.append(f"group {group.name}")
        if not any(EVERYTHING in line for line in lines):
            unnamed = [name for name in group.types if not {name, name.rpartition(".")[0]} & names]
            missing += [f"event {name} of group {group.name}" for name in unnamed]
            missing += [f"topic {name} of group {group.name}" for name in group.topics if group.raw and name not in names]
    return missing


def _alarms(service: Service[Any]) -> list[str]:
    """Its own metrics: those of the chassis bear no service's name."""
    every = [metric.name for metric in service.metrics.registry.collect()]
    return [name for name in every if name.startswith(f"rapport_{service.name}_")]


def _settings(service: Service[Any]) -> list[str]:
    own = type(service.settings).model_fields.keys() - ServiceSettings.model_fields.keys()
    return sorted(f"RAPPORT_{name.upper()}" for name in own)
