"""For whoever changes a schema: `python -m rapport_chassis.migrations --help`. docs/migrations.md says what to write."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from textwrap import dedent

from alembic import command
from alembic.script import ScriptDirectory

from rapport_chassis.migrations import configuration, triggers


def main(arguments: list[str] | None = None) -> None:
    """Run one command of `--help`."""
    parser = argparse.ArgumentParser(prog="python -m rapport_chassis.migrations", description=__doc__)
    commands = parser.add_subparsers(required=True)

    revision = commands.add_parser("revision", help="begin a revision: a .py and an empty .sql")
    revision.add_argument("branch", help="chassis, customers, or a service")
    revision.add_argument("about", help='"language of a complaint"')
    revision.set_defaults(run=lambda given: print(*new_revision(given.branch, given.about), sep="\n"))  # noqa: T201

    history = commands.add_parser("history", help="all revisions of a service's databases")
    history.add_argument("service")
    history.set_defaults(run=lambda given: command.history(configuration(f"rapport_{given.service}.migrations")))

    show = commands.add_parser("print", help="functions and triggers, to be written into the .sql of a revision")
    show.add_argument("what", choices=["following", "updating", "chained", "append-only"])
    show.add_argument("names", nargs="+", help="table [key] | table | rows heads subject sealed... | rows sealed...")
    show.set_defaults(run=lambda given: sys.stdout.write(statements(given.what, *given.names)))

    given = parser.parse_args(arguments)
    given.run(given)


def new_revision(branch: str, about: str) -> tuple[Path, Path]:
    """The next revision of a branch, or of a service's own: its .py and its .sql, which is still to be written."""
    shared = branch in ("chassis", "customers")
    config = configuration("rapport_chassis.migrations" if shared else f"rapport_{branch}.migrations")
    label = branch if shared else "service"
    (head,) = ScriptDirectory.from_config(config).get_revisions(f"{label}@head")
    assert head is not None  # noqa: S101 - every branch has a baseline
    counted = re.sub(r"\d+$", lambda number: f"{int(number[0]) + 1:0{len(number[0])}}", head.revision)
    folder = Path(head.path).parent
    made = command.revision(config, about, head=f"{label}@head", rev_id=counted, version_path=str(folder))
    assert made is not None  # noqa: S101 - nothing was asked for that makes several
    assert not isinstance(made, list)  # noqa: S101
    python = Path(made.path)
    python.with_suffix(".sql").touch()
    return python, python.with_suffix(".sql")


def statements(what: str, *names: str) -> str:
    """The statements of `triggers`, as SQL text."""
    first, *more = names
    made = {
        "following": lambda: triggers.following(first, *more),
        "updating": lambda: triggers.updating(first),
        "chained": lambda: triggers.chained(first, more[0], more[1], more[2:]),
        "append-only": lambda: triggers.append_only(first, more),
    }[what]()
    return "".join(f"{dedent(statement).strip()};\n\n" for statement in made)


if __name__ == "__main__":
    main()
