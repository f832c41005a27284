"""Every setting has its line in docs/settings.md, and every variable that is read somewhere is known as one."""

from __future__ import annotations

import re
import typing
from datetime import timedelta
from pathlib import Path

from pydantic import Field
from rapport_chassis.settings import API, ServiceSettings
from rapport_cli import variables
from rapport_cli.services import SERVICES, load
from rapport_testing.guards import ROOT
from rapport_testing.settings import PAGE, page, read_in, undescribed

PARTS = {"RAPPORT_COMPANY", "RAPPORT_KAFKA_"}


class Grown(ServiceSettings):
    """With one of everything more."""

    patience: timedelta = Field(default=timedelta(minutes=90), description="how long | we wait", json_schema_extra=API)
    mood: str


def test_the_page_is_what_the_settings_say() -> None:
    """`make drawing` writes it anew."""
    assert PAGE.read_text() == page(variables.classes())


def test_every_setting_says_what_it_is() -> None:
    assert undescribed(variables.classes().values()) == []
    assert undescribed([Grown]) == ["mood"]


def test_a_setting_of_a_service_is_on_the_page_with_its_kind_its_default_and_who_reads_it() -> None:
    made = page({"care": Grown})
    assert "## Care\n" in made
    assert "| `RAPPORT_PATIENCE` | duration | `PT90M` | api | how long \\| we wait |" in made
    assert "| `RAPPORT_MOOD` | text | must be set | all |  |" in made


def test_the_classes_are_those_that_the_services_take() -> None:
    taken = {name: typing.get_type_hints(load(name))["settings"] for name in SERVICES}
    assert variables.classes() == taken


def unknown(folders: list[Path]) -> set[str]:
    """Variables that our code or the stack names, and that would be refused."""
    known = variables.of_services() | variables.ELSEWHERE.keys()
    return {name for folder in folders for name in read_in(folder) if name not in known and name not in PARTS}


def test_every_variable_that_is_named_somewhere_is_known(tmp_path: Path) -> None:
    places = [ROOT / "libs" / "cli" / "rapport_cli", ROOT / "libs" / "chassis" / "rapport_chassis", ROOT / "deploy"]
    assert unknown([each for each in places if each.name != "secrets"]) <= {"RAPPORT_TEST", "RAPPORT_EXPIRED_TOKEN"}
    stack = set(re.findall(r"RAPPORT_[A-Z_]*[A-Z]\b", (ROOT / "docker-compose.yml").read_text()))
    assert stack <= variables.of_services() | variables.ELSEWHERE.keys()
    (tmp_path / "new.py").write_text('os.environ.get("RAPPORT_MOOD")')
    assert unknown([tmp_path]) == {"RAPPORT_MOOD"}
