"""`python -m rapport_contracts generate` writes schemas and asyncapi.json; `check` says whether they are as committed;
`release 1.2.0` keeps the schemas as that release wrote them, for ever.

All refuse (exit 1) a change that breaks a reader of any release: make a class with the next major version instead, and keep
the old one.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rapport_contracts.asyncapi import document
from rapport_contracts.compatibility import breaking_changes
from rapport_contracts.event import registry
from rapport_contracts.figures import definitions
from rapport_contracts.schemas import HERE, RELEASED, SCHEMAS, bare, committed, committed_types, dumps, released, schema_of
from rapport_contracts.topics import TOPICS

ASYNCAPI = HERE / "asyncapi.json"
SEEDS = HERE.parent / "analytics/seeds"
VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


def problems() -> list[str]:
    """What forbids the payload classes as they are: readers of a release or of what is committed that would be broken, and
    types that lost their class."""
    before = released() | {"committed": {kind: schema for kind in committed_types() if (schema := committed(kind))}}
    events = registry()
    lost = {kind for schemas in before.values() for kind in schemas} - set(events)
    found = [f"{kind}: its class is gone; events of this type are in the log for ever" for kind in sorted(lost)]
    for version, schemas in before.items():
        for kind in sorted(schemas.keys() & events.keys()):
            found += [f"{kind} ({version}): {text}" for text in breaking_changes(schemas[kind], schema_of(events[kind]))]
    return found


def release(version: str) -> str | None:
    """Keep the schemas as they are as those of this release; what forbids it, or None."""
    file = RELEASED / f"{version}.json"
    if not VERSION.fullmatch(version):
        return f"{version} is no version such as 1.2.0"
    if file.exists():
        return f"{version} is released already: what it wrote is in logs for ever"
    RELEASED.mkdir(exist_ok=True)
    file.write_text(json.dumps({kind: bare(schema_of(event)) for kind, event in registry().items()}, sort_keys=True) + "\n")
    return None


def files() -> dict[Path, str]:
    """What `generate` writes: path to text."""
    made = {SCHEMAS / f"{kind}.json": dumps(schema_of(event)) for kind, event in registry().items()}
    return made | {
        ASYNCAPI: dumps(document()),
        SEEDS / "event_types.csv": types(),
        SEEDS / "figure_definitions.csv": figures(),
    }


def types() -> str:
    """What the models for analysts have to know of each type: its key, and the state that it leaves."""
    rows = [
        (kind, TOPICS[event.topic].owner, event.key_field, event.publication.state or "")
        for kind, event in registry().items()
    ]
    return _csv(("type", "owner", "key", "state"), rows)


def figures() -> str:
    """What they have to know of each figure."""
    rows = [
        (key, str(each.version), each.unit, "" if each.least is None else str(each.least))
        for key, each in definitions().items()
    ]
    return _csv(("key", "version", "unit", "least"), rows)


def _csv(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "".join(",".join(row) + "\n" for row in (names, *rows))


def main(arguments: list[str]) -> int:
    """Run a command; returns the exit code."""
    if arguments not in (["generate"], ["check"]) and (len(arguments) != 2 or arguments[0] != "release"):  # noqa: PLR2004
        print("usage: python -m rapport_contracts generate|check|release VERSION", file=sys.stderr)  # noqa: T201
        return 2
    found = problems()
    if arguments == ["check"]:
        found += [f"{path.name} is not as generated: run `make contracts`" for path, text in files().items()
                  if not path.exists() or path.read_text() != text]  # fmt: skip
    if not found and arguments[0] == "release":
        found += [why] if (why := release(arguments[1])) else []
    for line in found:
        print(line, file=sys.stderr)  # noqa: T201
    if not found and arguments == ["generate"]:
        SCHEMAS.mkdir(exist_ok=True)
        for path, text in files().items():
            path.write_text(text)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
