"""Every service has the same rooms; a full one is divided, by the same subjects as the others (decision 0016)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = sorted(ROOT.glob("services/*/rapport_*"))
ROOMS = ("domain", "usecases", "store", "web")
FULL = 40


def faults(package: Path) -> Iterator[str]:
    """What is wrong with the rooms of a service."""
    told = ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""
    for name in ROOMS:
        room = package / name
        if not room.exists() and not room.with_suffix(".py").exists():
            yield f"{name} is missing"
        modules = [file for file in room.glob("*.py") if file.name != "__init__.py"]
        if len(modules) > FULL:
            yield f"{name} is full: {len(modules)} files, {FULL} may stand in one place"
        for subject in (file.parent for file in room.glob("*/__init__.py")):
            if f"`{subject.name}`" not in told:
                yield f"{name}/{subject.name} is no subject that the package names"


@pytest.mark.parametrize("package", SERVICES, ids=lambda package: package.name)
def test_the_rooms_are_those_of_every_service(package: Path):
    assert list(faults(package)) == []


def test_a_room_that_is_missing_full_or_divided_by_itself_is_found(tmp_path: Path):
    (tmp_path / "__init__.py").write_text('"""Subjects: `cases`."""')
    for name in ("domain", "usecases", "store"):
        (tmp_path / name).mkdir()
    for subject in ("cases", "others"):
        (tmp_path / "domain" / subject).mkdir()
        (tmp_path / "domain" / subject / "__init__.py").touch()
    for number in range(FULL + 1):
        (tmp_path / "usecases" / f"verb_{number}.py").touch()
    assert sorted(faults(tmp_path)) == [
        "domain/others is no subject that the package names",
        f"usecases is full: {FULL + 1} files, {FULL} may stand in one place",
        "web is missing",
    ]
