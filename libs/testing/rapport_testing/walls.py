"""The walls of `.importlinter`, written from `.importlinter.in` for the services that there are: `make walls`."""

from __future__ import annotations

from collections.abc import Sequence

from rapport_testing.guards import ROOT, service_folders

WALLS, TEMPLATE = ROOT / ".importlinter", ROOT / ".importlinter.in"


def written(template: str, services: Sequence[str]) -> str:
    """The file that import-linter reads. A line with `{service}` becomes a line for each service; `{services}` stands for
    the packages of all of them beside each other, in one layer."""
    beside = " | ".join(f"rapport_{name}" for name in services)
    lines = template.replace("{services}", beside).splitlines()
    every = [line.replace("{service}", name) for line in lines for name in (services if "{service}" in line else [""])]
    return "\n".join(every) + "\n"


if __name__ == "__main__":
    WALLS.write_text(written(TEMPLATE.read_text(), service_folders()))
