"""The walls of `.importlinter`, written from `.importlinter.in` for the services and subjects there are (`make walls`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapport_testing.guards import ROOT, service_folders, subjects_of

WALLS, TEMPLATE = ROOT / ".importlinter", ROOT / ".importlinter.in"


def written(template: str, house: Mapping[str, Sequence[str]]) -> str:
    """The file that import-linter reads, for the subjects of each service.

    A line with `{service}` becomes a line for each service, one with `{subject}` a line for each subject of each, as in
    `complaints.cases`; `{services}` stands for the packages of all services beside each other, in one layer.
    """
    beside = " | ".join(f"rapport_{name}" for name in house)
    places = {
        "{service}": list(house),
        "{subject}": [f"{name}.{subject}" for name, subjects in house.items() for subject in subjects],
    }
    lines = template.replace("{services}", beside).splitlines()
    for place, names in places.items():
        lines = [line.replace(place, name) for line in lines for name in (names if place in line else [""])]
    return "\n".join(lines) + "\n"


def there() -> dict[str, list[str]]:
    """The services of this checkout, each with its subjects."""
    return {name: subjects_of(ROOT / "services" / name / f"rapport_{name}") for name in service_folders()}


if __name__ == "__main__":
    WALLS.write_text(written(TEMPLATE.read_text(), there()))
