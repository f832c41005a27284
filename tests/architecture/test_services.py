"""A service is found by its entry point; the few files that have to name it do, and the recipe names these files."""

from __future__ import annotations

import re
import tomllib

import pytest
from rapport_cli.services import GROUP, SERVICES, build
from rapport_testing.guards import ROOT, service_folders
from rapport_testing.registrations import PLACES, wrongly_registered
from rapport_testing.walls import TEMPLATE, WALLS, is_there, there, written

RECIPE = ROOT / "docs" / "new-service.md"
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
    others = [name for name in SERVICES if name != "satisfaction"]
    assert f"{file}: elsewhere lacks {what}" in wrongly_registered([*SERVICES, "elsewhere"], file, text)
    assert f"{file}: {what} for satisfaction, which is no service" in wrongly_registered(others, file, text)
    assert f"{file}: satisfaction lacks {what}" in wrongly_registered(SERVICES, file, text.replace("satisfaction", "nobody"))


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("  profiles-relay: { <<: *profiles, command: *relay }\n", ""),
        ("profiles-relay: { <<: *profiles", "profiles-relay: { <<: *complaints"),
        ("profiles-relay: { <<: *profiles, command: *relay }", "profiles-relay: { <<: *profiles, command: *worker }"),
        ("databases/profiles:/run/secrets", "databases/complaints:/run/secrets"),
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


def test_the_walls_are_those_of_the_services_and_subjects_that_there_are() -> None:
    """`make walls` writes them anew."""
    assert WALLS.read_text() == written(TEMPLATE.read_text(), there(), is_there)


def test_walls_that_lack_a_service_or_a_subject_are_found() -> None:
    for forgotten in ({"elsewhere": []}, {"complaints": [*there()["complaints"], "hotlines"]}):
        assert WALLS.read_text() != written(TEMPLATE.read_text(), {**there(), **forgotten}, lambda _: True)


def test_a_wall_stands_for_every_service_and_subject_that_has_the_room() -> None:
    house = {"a": ["c", "d"], "b": []}
    template = "of = x\n    rapport_{service}.events\n    rapport_{subject}\nlayers =\n    {services}\n"
    lines = ["of = x", "rapport_b.events", "rapport_a.c", "rapport_a.d", "layers =", "rapport_a | rapport_b"]
    made = written(template, house, lambda module: module != "rapport_a.events")
    assert [line.strip() for line in made.splitlines()] == lines
    with pytest.raises(ValueError, match=r"nothing is called rapport_\{service\}.evnets"):
        written("    rapport_{service}.evnets\n", house, lambda module: "evnets" not in module)


def test_a_module_is_there_as_a_file_a_folder_or_by_a_wildcard() -> None:
    modules = (
        "rapport_complaints.app",
        "rapport_complaints.cases",
        "rapport_complaints.*.web",
        "rapport_complaints.nothing",
    )
    assert [is_there(module) for module in modules] == [True, True, True, False]
