"""A service is found by its entry point; the few files that have to name it do, and the recipe names these files."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from rapport_cli.services import GROUP, SERVICES, build
from rapport_testing.guards import ROOT, service_folders
from rapport_testing.registrations import PLACES, wrongly_registered
from rapport_testing.walls import TEMPLATE, WALLS, homes, orders, written

RECIPE = ROOT / "docs" / "new-service.md"
ITS_DATABASE = '["./deploy/secrets/databases/profiles:/run/secrets:ro"]'
MOST_REGISTRATIONS = 6


def test_every_folder_is_a_service_that_is_installed() -> None:
    """`make setup` installs what is missing."""
    assert service_folders() == list(SERVICES)


@pytest.mark.parametrize("name", service_folders())
def test_the_entry_point_is_the_service_of_that_name(name: str) -> None:
    project = tomllib.loads((ROOT / "services" / name / "pyproject.toml").read_text())["project"]
    assert project["entry-points"][GROUP] == {name: f"rapport_{name}.app:service"}
    made = build(name, database_url="postgresql://nobody@127.0.0.1/none", kafka="127.0.0.1:1")
    assert made.name == name


@pytest.mark.parametrize("file", PLACES)
def test_every_service_is_named_where_it_has_to_be(file: str) -> None:
    assert wrongly_registered(SERVICES, file, (ROOT / file).read_text()) == []


@pytest.mark.parametrize(("file", "what"), [(file, what) for file, said in PLACES.items() for what in said])
def test_a_service_that_was_forgotten_is_found(file: str, what: str) -> None:
    text = (ROOT / file).read_text()
    assert f"{file}: nowhere lacks {what}" in wrongly_registered([*SERVICES, "nowhere"], file, text)
    others = [name for name in SERVICES if name != "satisfaction"]
    assert f"{file}: {what} for satisfaction, which is no service" in wrongly_registered(others, file, text)
    assert f"{file}: satisfaction lacks {what}" in wrongly_registered(SERVICES, file, text.replace("satisfaction", "nobody"))


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("  profiles-relay: { <<: *profiles, command: *relay,", "  x-other: { <<: *profiles,"),
        ("profiles-relay: { <<: *profiles", "profiles-relay: { <<: *complaints"),
        ("profiles-relay: { <<: *profiles, command: *relay", "profiles-relay: { <<: *profiles, command: *worker"),
        ("databases/profiles:/run/secrets", "databases/complaints:/run/secrets"),
        ("owners/profiles:/run/secrets", "owners/complaints:/run/secrets"),
    ],
)
def test_a_service_without_one_of_its_containers_or_with_the_database_of_another_is_found(good: str, bad: str) -> None:
    file = "docker-compose.yml"
    text = (ROOT / file).read_text()
    assert good in text
    found = wrongly_registered(SERVICES, file, text.replace(good, bad))
    assert found == [f"{file}: profiles lacks a container for each role"]


def test_the_recipe_names_every_place_and_there_are_few() -> None:
    named = re.findall(r"^\| `([^`]+)` \|", RECIPE.read_text(), re.MULTILINE)
    assert named == list(PLACES)
    assert sum(len(said) for said in PLACES.values()) <= MOST_REGISTRATIONS


def test_the_walls_are_those_of_the_services_that_there_are() -> None:
    """`make walls` writes them anew."""
    services = service_folders()
    assert WALLS.read_text() == written(TEMPLATE.read_text(), services, homes(services), orders(services))


def test_walls_that_lack_a_service_a_subject_or_a_room_are_found() -> None:
    template = "# {home}\ncontainers =\n    rapport_{home}\nsources =\n    rapport_{home}.web\nlayers =\n    {services}\n"
    wanted = (
        "# {home}\ncontainers =\n    rapport_a.x\n    rapport_a.y\nsources =\n    rapport_a.x.web\n"
        "layers =\n    rapport_a | rapport_b\n"
    )
    rooms = {"a.x": ["domain", "web"], "a.y": ["domain"]}
    assert written(template, ["a", "b"], rooms) == wanted
    services, there, order = service_folders(), homes(service_folders()), orders(service_folders())
    assert WALLS.read_text() != written(TEMPLATE.read_text(), [*services, "nowhere"], there, order)
    assert WALLS.read_text() != written(TEMPLATE.read_text(), services, {**there, "complaints.tickets": ["store"]}, order)


def test_an_order_names_every_subject_once_and_becomes_a_wall_of_its_service(tmp_path: Path) -> None:
    package = tmp_path / "services/a/rapport_a"
    for subject in ("x", "y"):
        (package / subject / "domain").mkdir(parents=True)
        (package / subject / "domain/__init__.py").touch()
    alone = tmp_path / "services/b/rapport_b"
    (alone / "x" / "domain").mkdir(parents=True)
    (alone / "x" / "domain/__init__.py").touch()
    (alone / "__init__.py").touch()
    assert orders(["b"], tmp_path) == {"b": ["x"]}
    package.joinpath("__init__.py").write_text('ORDER = ("x", "y")\n')
    order = orders(["a"], tmp_path)
    template = "[wall-{ordered}]\nlayers =\n    {layers}\n\n[other]\n"
    assert written(template, ["a", "b"], {}, order) == "[wall-a]\nlayers =\n    y\n    x\n\n[other]\n"
    for wrong in ('("x",)', '("x", "y", "z")', '("x", "x | y")'):
        package.joinpath("__init__.py").write_text(f"ORDER = {wrong}\n")
        with pytest.raises(ValueError, match="ORDER of rapport_a names"):
            orders(["a"], tmp_path)
