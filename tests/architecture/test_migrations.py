"""Revisions are frozen, know no code, take nothing away unannounced; what is shipped is loaded. Guards are fed bad cases."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from rapport_chassis.migrations import configuration
from rapport_cli.services import SERVICES, described
from rapport_testing.frozen import contracting, own_imports, routines
from rapport_testing.guards import ROOT, tracked
from rapport_testing.upgrades import RELEASED, changed, hashes, revisions

TEMPLATES = "libs/chassis/rapport_chassis/migrations/triggers.py"
"""What a new revision is written from; no revision may import it."""
CODE = [path for path in tracked("*.py", "*.sql") if path not in revisions() and "tests" not in path.parts]
LATER = [path for path in revisions() if "baseline" not in path.name]


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_there_is_a_baseline_of_every_branch() -> None:
    assert len([path for path in revisions() if path.name.endswith("0001_baseline.sql")]) == len(SERVICES) + 2


def test_revisions_import_nothing_that_could_change() -> None:
    assert own_imports(path for path in revisions() if path.suffix == ".py") == []


def test_the_guard_of_imports_refuses(tmp_path: Path) -> None:
    text = (
        "from rapport_chassis.migrations import run_sql\nfrom alembic import op\nfrom rapport_complaints.domain import x\n"
        "import rapport_chassis.tables\ndef upgrade():\n    from rapport_chassis.migrations.triggers import following\n"
    )
    assert own_imports([write(tmp_path, "0002_x.py", text)]) == [
        "0002_x.py imports rapport_complaints.domain.x",
        "0002_x.py imports rapport_chassis.tables",
        "0002_x.py imports rapport_chassis.migrations.triggers.following",
    ]


def test_functions_and_triggers_are_made_by_revisions_alone() -> None:
    assert routines(path for path in CODE if path != ROOT / TEMPLATES) == []
    assert routines([ROOT / TEMPLATES])


def test_the_guard_of_routines_refuses(tmp_path: Path) -> None:
    text = 'A = "create function f() returns int"\nB = """CREATE OR REPLACE FUNCTION g()"""\nC = "CREATE TRIGGER t"\n'
    assert len(routines([write(tmp_path, "tables.py", text)])) == 3


def test_revisions_take_nothing_away_unannounced() -> None:
    assert contracting(path for path in LATER if path.suffix == ".sql") == []


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE a DROP COLUMN b;",
        "ALTER TABLE a DROP b, ADD c text;",
        "DROP TABLE a;",
        "ALTER TABLE a RENAME COLUMN b TO c;",
        "ALTER TABLE a ALTER COLUMN b SET NOT NULL;",
        "alter table a alter b type bigint;",
        "DROP FUNCTION f();",
    ],
)
def test_the_guard_of_what_is_taken_away_refuses(tmp_path: Path, statement: str) -> None:
    assert len(contracting([write(tmp_path, "0002_x.sql", statement)])) == 1
    said = statement + "\nUPDATE schema_compatibility SET compatible_from = '0002' WHERE branch = 'service';\n"
    assert contracting([write(tmp_path, "0003_x.sql", said)]) == []


def test_what_only_adds_is_let_through(tmp_path: Path) -> None:
    text = (
        "ALTER TABLE a ADD COLUMN b text;\nCREATE INDEX c ON a (b);\nALTER TABLE a DROP CONSTRAINT d;\nDROP INDEX e;\n"
        "ALTER TABLE a ALTER b DROP NOT NULL;\nALTER TABLE a ALTER b SET DEFAULT 'x';\nDROP TRIGGER t ON a;\n"
    )
    assert contracting([write(tmp_path, "0002_x.sql", text)]) == []


def test_released_revisions_are_as_they_were_released() -> None:
    assert changed(json.loads(RELEASED.read_text()), hashes(revisions())) == []


def test_the_guard_of_released_revisions_refuses(tmp_path: Path) -> None:
    first, second = write(tmp_path, "0001_a.sql", "CREATE TABLE a ();"), write(tmp_path, "0002_b.sql", "CREATE TABLE b ();")
    released = {"1.0.0": hashes([first, second], tmp_path)}
    assert changed(released, hashes([first, second], tmp_path)) == []
    write(tmp_path, "0001_a.sql", "CREATE TABLE a (b text);")
    assert changed(released, hashes([first], tmp_path)) == [
        "0001_a.sql was released with 1.0.0 and changed: add a revision instead",
        "0002_b.sql was released with 1.0.0 and is gone: add a revision instead",
    ]


@pytest.mark.parametrize("service", described(), ids=SERVICES)
def test_a_service_has_the_tables_of_customers_when_it_holds_some(service) -> None:
    branches = configuration(service.migrations).attributes["branches"]
    assert ("customers" in branches) == (service.customers is not None)


@pytest.mark.parametrize("service", described(), ids=SERVICES)
def test_every_shipped_file_is_loaded_and_says_nothing_that_is_not_read(service) -> None:
    package = f"rapport_{service.name}"
    folder = ROOT / "services" / service.name / package / "shipped"
    there = {path.stem for path in folder.glob("*.json")}
    if find_spec(f"{package}.shipping") is None:
        assert there == set() and service.shipped is None
        return
    assert service.shipped is import_module(f"{package}.shipping").SHIPPED  # by this name the test databases find it
    assert {file.name for file in service.shipped.files} == there
