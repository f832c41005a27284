"""`python -m rapport_contracts generate` writes schemas and asyncapi.json; `check` says whether they are as committed.

Both refuse (exit 1) a change that breaks a reader: make a class with the next major version instead, and keep the old one.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rapport_contracts.asyncapi import document
from rapport_contracts.compatibility import breaking_changes
from rapport_contracts.event import registry
from rapport_contracts.schemas import HERE, SCHEMAS, committed, committed_types, dumps, schema_of

ASYNCAPI = HERE / "asyncapi.json"


def problems() -> list[str]:
    """What forbids the payload classes as they are: broken readers, and types that lost their class."""
    events = registry()
    found = [
        f"{kind}: its class is gone; events of this type are in the log for ever"
        for kind in committed_types()
        if kind not in events
    ]
    for kind, event in events.items():
        old = committed(kind)
        if old is not None:
            found += [f"{kind}: {text}" for text in breaking_changes(old, schema_of(event))]
    return found


def files() -> dict[Path, str]:
    """What `generate` writes: path to text."""
    made = {SCHEMAS / f"{kind}.json": dumps(schema_of(event)) for kind, event in registry().items()}
    return made | {ASYNCAPI: dumps(document())}


def main(arguments: list[str]) -> int:
    """Run a command; returns the exit code."""
    if arguments not in (["generate"], ["check"]):
        print("usage: python -m rapport_contracts generate|check", file=sys.stderr)  # noqa: T201
        return 2
    found = problems()
    if arguments == ["check"]:
        found += [f"{path.name} is not as generated: run `make contracts`" for path, text in files().items()
                  if not path.exists() or path.read_text() != text]  # fmt: skip
    for line in found:
        print(line, file=sys.stderr)  # noqa: T201
    if not found and arguments == ["generate"]:
        SCHEMAS.mkdir(exist_ok=True)
        for path, text in files().items():
            path.write_text(text)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
