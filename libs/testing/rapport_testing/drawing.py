"""The drawing of the house in `docs/house.md`: services, subjects, rooms, and which event goes from where to where; the
lives and the events in the README of each service; and who reads each type, for the contracts.

Written from what is declared and imported: `make drawing`. A test holds all of it against it. What is drawn in a README
stands between two comments: `<!-- drawn: life complaint -->` or `<!-- drawn: events -->`, and `<!-- /drawn -->`.
"""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rapport_chassis.service import Service
from rapport_chassis.subject import Subject
from rapport_cli.services import described
from rapport_contracts.event import Event, registry
from rapport_contracts.schemas import READERS
from rapport_contracts.topics import TOPICS

from rapport_testing.guards import ROOT
from rapport_testing.walls import rooms_in

PAGE = ROOT / "docs/house.md"
MANY = 20
"""Types of events that are not listed one by one."""
_DRAWN = re.compile(
    r"(?P<head><!-- drawn: (?P<what>events|life (?P<life>[a-z-]+)) -->\n).*?(?P<foot><!-- /drawn -->)", re.DOTALL
)
HEAD = """# The house, drawn
Written by `make drawing` from what services declare and import; a test holds it against the code.
"""


def drawn(services: Iterable[Service[Any]], root: Path = ROOT) -> str:
    """The whole page."""
    every = sorted(services, key=lambda service: service.name)
    parts = [HEAD, *_between_services(every)]
    for service in every:
        parts += _one_service(service, root / "services" / service.name / f"rapport_{service.name}")
    return "\n".join(parts) + "\n"


def readers(services: Iterable[Service[Any]]) -> dict[str, list[str]]:
    """Who reads each type of event, as `complaints.cases`, by type."""
    found: dict[str, set[str]] = defaultdict(set)
    for service in services:
        for subject in service.subjects:
            for event in _heard(subject):
                found[event.event_type].add(f"{service.name}.{subject.name}")
        if service.customers is not None:
            for subscription in service.subscriptions:
                if subscription.name == f"rapport.{service.name}.customers":
                    for kind in subscription.types:
                        found[kind].add(service.name)
    return {kind: sorted(names) for kind, names in found.items()}


def readers_file(services: Iterable[Service[Any]]) -> str:
    """The same as the file of the contracts."""
    return json.dumps(readers(services), indent=1, sort_keys=True) + "\n"


def readme_of(service: Service[Any], root: Path = ROOT) -> Path:
    """The page of a service."""
    return root / "services" / service.name / "README.md"


def redrawn(service: Service[Any], page: str) -> str:
    """The page of a service with what is drawn in it drawn anew. Raises KeyError for a life that the service does not
    have."""

    def draw(found: re.Match[str]) -> str:
        body = f"```mermaid\n{service.lives[found['life']].mermaid()}\n```\n" if found["life"] else _published_by(service)
        return f"{found['head']}{body}{found['foot']}"

    return _DRAWN.sub(draw, page)


def _published_by(service: Service[Any]) -> str:
    """The events of a service, by topic and key."""
    lines: dict[tuple[str, str], list[str]] = defaultdict(list)
    for kind, event in _ours().items():
        if TOPICS[event.topic].owner == service.name:
            lines[event.topic, event.key_field.removesuffix("_id").replace("_", "-")].append(kind.rpartition(".")[0])
    rows = [f"| `{topic}` | {key} | {_codes(kinds)} |" for (topic, key), kinds in sorted(lines.items())]
    return "\n".join(["| topic | key | events |", "|---|---|---|", *rows, ""])


def _heard(subject: Subject) -> Iterator[type[Event]]:
    yield from subject.listens.each
    for batch in subject.listens.batches:
        yield from batch.events


def _ours() -> dict[str, type[Event]]:
    """Events of the contracts; those that tests make are left out."""
    return {kind: event for kind, event in registry().items() if event.__module__.startswith("rapport_contracts.")}


def _between_services(services: list[Service[Any]]) -> list[str]:
    read = readers(services)
    lines = [
        "## Between services",
        "Arrows are events, with how many types; commands come in over HTTP.",
        "```mermaid",
        "flowchart LR",
    ]
    counted: dict[tuple[str, str], int] = defaultdict(int)
    for kind, event in _ours().items():
        for reader in {name.partition(".")[0] for name in read.get(kind, [])} - {TOPICS[event.topic].owner}:
            counted[TOPICS[event.topic].owner, reader] += 1
    lines += [f"  {service.name}" for service in services]
    lines += [f"  {owner} -->|{number}| {reader}" for (owner, reader), number in sorted(counted.items())]
    lines += ["```", "", "| event | from | read by |", "|---|---|---|"]
    for kind, event in sorted(_ours().items(), key=lambda each: (TOPICS[each[1].topic].owner, each[0])):
        others = "analysts" if TOPICS[event.topic].visibility == "public" else "its owner alone"
        lines.append(f"| `{kind}` | {TOPICS[event.topic].owner} | {', '.join(read.get(kind, [])) or others} |")
    inbound = [
        (raw.topic, f"{service.name}.{subject.name}")
        for service in services
        for subject in service.subjects
        for raw in subject.listens.raw_topics
    ]
    return [*lines, *(f"| records of `{topic}` | other systems | {reader} |" for topic, reader in sorted(inbound)), ""]


def _one_service(service: Service[Any], package: Path) -> list[str]:
    imports = subject_imports(package)
    lines = [
        f"## {service.name.capitalize()}",
        "Arrows are imports.",
        "```mermaid",
        "flowchart BT",
    ]
    names = [subject.name.replace("-", "_") for subject in service.subjects]
    lines += [f"  {name}" for name in names]
    lines += [f"  {one} --> {other}" for one, other in sorted(imports) if one in names and other in names]
    lines += ["```", "", "| subject | rooms | reacts to | reads | lives |", "|---|---|---|---|---|"]
    for subject in service.subjects:
        folder = package / subject.name.replace("-", "_")
        reacts = sorted({fact.event_type for fact in subject.reactions})
        cells = [
            subject.name,
            ", ".join(rooms_in(folder)),
            _codes(reacts),
            _codes(sorted({event.event_type for event in _heard(subject)}))
            if len(set(_heard(subject))) < MANY
            else "nearly every event",
            ", ".join(sorted(life.name for life in subject.lives)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _codes(names: list[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def subject_imports(package: Path) -> set[tuple[str, str]]:
    """Which subject of a package imports from which other, both by the name of their folder."""
    found = set()
    for file in package.glob("*/**/*.py"):
        subject = file.relative_to(package).parts[0]
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(f"{package.name}."):
                other = node.module.split(".")[1]
                if other != subject and (package / other).is_dir():
                    found.add((subject, other))
    return found


if __name__ == "__main__":
    PAGE.write_text(drawn(described()))
    for each in described():
        readme_of(each).write_text(redrawn(each, readme_of(each).read_text()))
    READERS.write_text(readers_file(described()))
