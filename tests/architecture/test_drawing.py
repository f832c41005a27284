"""The drawing of the house is true: it is what services declare and import today."""

from __future__ import annotations

from pathlib import Path

from rapport_chassis.subject import Subject
from rapport_cli.services import described
from rapport_contracts.schemas import READERS
from rapport_kernel.states import Move, StateTable
from rapport_testing.drawing import PAGE, drawn, readers, readers_file, subject_imports


def test_the_page_is_what_is_declared_and_imported() -> None:
    """`make drawing` writes it anew."""
    assert PAGE.read_text() == drawn(described())


def test_the_contracts_name_the_readers_that_there_are() -> None:
    """`make drawing` writes them anew, `make contracts` the schemas that name them."""
    assert READERS.read_text() == readers_file(described())
    assert readers_file(described()[1:]) != readers_file(described())


def test_a_subject_that_is_not_drawn_is_found() -> None:
    services = described()
    services[0].subjects = [
        *services[0].subjects,
        Subject("moods", lives=[StateTable("mood", "good", [Move("sour", "good", "bad")])]),
    ]
    assert PAGE.read_text() != drawn(services)


def test_every_event_that_a_service_listens_to_is_drawn_with_its_reader() -> None:
    services = described()
    read = readers(services)
    for service in services:
        for subscription in service.subscriptions:
            for kind in subscription.types:
                assert any(name.split(".")[0] == service.name for name in read[kind]), (kind, subscription.name)


def test_imports_between_subjects_are_found(tmp_path: Path) -> None:
    package = tmp_path / "rapport_shop"
    for subject, text in (("core", "import os\n"), ("leaf", "from rapport_shop.core.domain import Order\n")):
        (package / subject).mkdir(parents=True)
        (package / subject / "domain.py").write_text(text)
    assert subject_imports(package) == {("leaf", "core")}
