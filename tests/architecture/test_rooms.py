"""A service is a list of subjects; a subject has the same rooms as every other (decision 0016)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = sorted(ROOT.glob("services/*/rapport_*"))
ROOMS = {"domain", "usecases", "store", "web"}
NO_SUBJECT = {"migrations", "shipped", "packs", "__pycache__"}
FULL = 40


def faults(package: Path) -> Iterator[str]:
    """What is wrong with the subjects and rooms of a service."""
    docstring = ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""
    subjects = [folder for folder in sorted(package.iterdir()) if folder.is_dir() and folder.name not in NO_SUBJECT]
    for subject in subjects:
        if f"`{subject.name}`" not in docstring:
            yield f"{subject.name} is not on the map of the package"
        for entry in sorted(subject.iterdir()):
            name = entry.name.removesuffix(".py")
            if name not in {*ROOMS, "__init__", "__pycache__", "subject"}:
                yield f"{subject.name}/{entry.name} is no room"
            modules = [file for file in entry.glob("*.py") if file.name != "__init__.py"] if entry.is_dir() else []
            if len(modules) > FULL:
                yield f"{subject.name}/{name} is full: {len(modules)} files, {FULL} may stand in one place"
    if not subjects:
        yield "there are no subjects"


@pytest.mark.parametrize("package", SERVICES, ids=lambda package: package.name)
def test_the_rooms_are_those_of_every_service(package: Path):
    assert list(faults(package)) == []


def test_what_is_not_on_the_map_no_room_or_full_is_found(tmp_path: Path):
    (tmp_path / "__init__.py").write_text('"""Subjects: `cases`."""')
    assert list(faults(tmp_path)) == ["there are no subjects"]
    for subject in ("cases", "others"):
        (tmp_path / subject / "usecases").mkdir(parents=True)
    (tmp_path / "cases" / "helpers.py").touch()
    (tmp_path / "cases" / "store.py").touch()
    for number in range(FULL + 1):
        (tmp_path / "cases" / "usecases" / f"verb_{number}.py").touch()
    assert list(faults(tmp_path)) == [
        "cases/helpers.py is no room",
        f"cases/usecases is full: {FULL + 1} files, {FULL} may stand in one place",
        "others is not on the map of the package",
    ]
