"""The walls of `.importlinter`, written from `.importlinter.in` for the services and subjects there are (`make walls`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rapport_testing.guards import ROOT, service_folders, subjects_of

WALLS, TEMPLATE = ROOT / ".importlinter", ROOT / ".importlinter.in"


def written(template: str, house: Mapping[str, Sequence[str]], exists: Callable[[str], bool]) -> str:
    """The file that import-linter reads, for the subjects of each service.

    A line with `{service}` becomes a line for each service, one with `{subject}` a line for each subject of each, as in
    `complaints.cases`; a module that a service does not have (`exists`) is left out. `{services}` stands for the packages of
    all services beside each other, in one layer. Raises ValueError for a line that no service fits.
    """
    beside = " | ".join(f"rapport_{name}" for name in house)
    places = {
        "{service}": list(house),
        "{subject}": [f"{name}.{subject}" for name, subjects in house.items() for subject in subjects],
    }
    lines: list[str] = []
    for line in template.replace("{services}", beside).splitlines():
        names = next((names for place, names in places.items() if place in line), None)
        every = [line] if names is None else [line.format(service=name, subject=name) for name in names]
        lines += (found := [each for each in every if names is None or exists(each.strip())])
        if not found:
            raise ValueError(f"nothing is called {line.strip()}")
    return "\n".join(lines) + "\n"


def is_there(module: str) -> bool:
    """Whether a service has this module; one with a wildcard may match later."""
    package, _, rest = module.partition(".")
    place = ROOT / "services" / package.removeprefix("rapport_") / package / rest.replace(".", "/")
    return "*" in module or place.exists() or place.with_suffix(".py").exists()


def there() -> dict[str, list[str]]:
    """The services of this checkout, each with its subjects."""
    return {name: subjects_of(ROOT / "services" / name / f"rapport_{name}") for name in service_folders()}


if __name__ == "__main__":
    WALLS.write_text(written(TEMPLATE.read_text(), there(), is_there))
