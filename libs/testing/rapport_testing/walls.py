"""The walls of `.importlinter`, written from `.importlinter.in` for what services and subjects there are: `make walls`."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from rapport_testing.guards import ROOT, service_folders

WALLS, TEMPLATE = ROOT / ".importlinter", ROOT / ".importlinter.in"
ROOMS = ("domain", "usecases", "store", "web")


def homes(services: Sequence[str], root: Path = ROOT) -> dict[str, Collection[str]]:
    """Where rooms are, as `complaints.cases`, and which."""
    found: dict[str, Collection[str]] = {}
    for service in services:
        package = root / "services" / service / f"rapport_{service}"
        found |= {f"{service}.{each.name}": rooms_in(each) for each in sorted(package.iterdir()) if rooms_in(each)}
    return found


def orders(services: Sequence[str], root: Path = ROOT) -> dict[str, Sequence[str]]:
    """The `ORDER` of the subjects of each service, the core first; those in one line with `|` are beside each other. A
    service with one subject need not say it. Raises ValueError for an order that does not name every subject once."""
    found: dict[str, Sequence[str]] = {}
    for service in services:
        package = root / "services" / service / f"rapport_{service}"
        for statement in ast.parse((package / "__init__.py").read_text()).body:
            if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "ORDER":
                found[service] = ast.literal_eval(statement.value)
        there = sorted(each.name for each in package.iterdir() if rooms_in(each))
        if len(there) == 1:
            found.setdefault(service, there)
        named = sorted(name.strip() for line in found.get(service, ()) for name in line.split("|"))
        if named != there:
            raise ValueError(f"ORDER of {package.name} names {', '.join(named)}; there are {', '.join(there)}")
    return found


def rooms_in(folder: Path) -> list[str]:
    """The rooms of a subject: folders or files."""
    return [room for room in ROOMS if (folder / room / "__init__.py").exists() or (folder / f"{room}.py").exists()]


def written(
    template: str,
    services: Sequence[str],
    rooms: dict[str, Collection[str]],
    order: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """The file that import-linter reads. A line with `{service}` becomes a line for each service, `{services}` stands for
    the packages of all of them beside each other, in one layer; a line with `{home}` becomes a line for each home of rooms,
    one that goes on with a room (`rapport_{home}.web`) for those that have it. A section with `{ordered}` becomes one for
    each service in `order`, what may import most on top."""
    sections = [each for section in template.split("\n\n") for each in _ordered(section, order or {})]
    template = "\n\n".join(sections)
    lines = template.replace("{services}", " | ".join(f"rapport_{name}" for name in services)).splitlines()
    return "\n".join(written for line in lines for written in _every(line, services, rooms)) + "\n"


def _ordered(section: str, order: Mapping[str, Sequence[str]]) -> list[str]:
    if "{ordered}]" not in section:
        return [section]
    return [
        section.replace("{ordered}", service).replace("{layers}", "\n    ".join(reversed(layers)))
        for service, layers in order.items()
        if len(layers) > 1 or "|" in layers[0]  # one subject alone has nobody to import
    ]


def _every(line: str, services: Sequence[str], rooms: dict[str, Collection[str]]) -> list[str]:
    if "{home}" in line and not line.startswith("#"):
        room = line.rpartition("{home}")[2].strip().removeprefix(".")
        return [line.replace("{home}", home) for home, there in rooms.items() if not room or room in there]
    return [line.replace("{service}", name) for name in services] if "{service}" in line and line[0] != "#" else [line]


if __name__ == "__main__":
    SERVICES = service_folders()
    WALLS.write_text(written(TEMPLATE.read_text(), SERVICES, homes(SERVICES), orders(SERVICES)))
