"""Who may import whom: every wall of `.importlinter` stands, and each is seen to refuse a bad import."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFIG = configparser.ConfigParser()
CONFIG.read(ROOT / ".importlinter")
PACKAGES = CONFIG["importlinter"]["root_packages"].split()
LINTER = Path(sys.executable).with_name("lint-imports")

BREACHES = [
    ("storeys", "rapport_chassis/__init__.py", "import rapport_complaints"),
    ("storeys", "rapport_kernel/ids.py", "import rapport_contracts.event"),
    ("storeys", "rapport_profiles/app.py", "import rapport_interactions.app"),
    ("rooms", "rapport_complaints/cases/domain/complaint.py", "import rapport_complaints.cases.store.tables"),
    ("rooms", "rapport_satisfaction/surveys/store.py", "import rapport_satisfaction.surveys.usecases"),
    ("rooms", "rapport_interactions/pushing/usecases.py", "import rapport_interactions.pushing.web"),
    ("domain", "rapport_profiles/identity/domain.py", "import sqlalchemy"),
    ("order-complaints", "rapport_complaints/clocks/store.py", "import rapport_complaints.cases.store.tables"),
    ("order-complaints", "rapport_complaints/cases/usecases/working.py", "import rapport_complaints.handling.store.staff"),
    ("order-complaints", "rapport_complaints/cases/store/tables.py", "import rapport_complaints.repairs.store"),
    ("order-complaints", "rapport_complaints/handling/web/assignment.py", "import rapport_complaints.figures.web"),
    (
        "order-complaints",
        "rapport_complaints/repairs/store.py",
        "import rapport_complaints.emergencies.store",
    ),
    ("order-complaints", "rapport_complaints/finding/store/findings.py", "import rapport_complaints.correspondence.store"),
    ("order-complaints", "rapport_complaints/win_backs/web.py", "import rapport_complaints.figures.web"),
    ("order-complaints", "rapport_complaints/figures/web.py", "import rapport_complaints.dossiers.subject"),
    ("domain", "rapport_complaints/cases/domain/complaint.py", "import rapport_chassis"),
    ("sql", "rapport_interactions/contacts/usecases/__init__.py", "import sqlalchemy"),
    ("sql", "rapport_profiles/customers/web.py", "import asyncpg"),
    ("http", "rapport_complaints/cases/usecases/ending.py", "import fastapi"),
    ("http", "rapport_interactions/pushing/usecases.py", "import rapport_chassis.web"),
    ("http", "rapport_satisfaction/follow_ups/usecases.py", "from rapport_chassis.web.answer import Answer"),
    ("http", "rapport_profiles/timeline/store.py", "from rapport_chassis.web import Call"),
    ("http", "rapport_complaints/cases/store/tables.py", "import rapport_chassis.web.answer"),
    ("http", "rapport_chassis/lists.py", "import rapport_chassis.web.endpoint"),
    ("kafka", "rapport_satisfaction/asking/subject.py", "import aiokafka"),
    ("kernel", "rapport_kernel/money.py", "import pydantic"),
    ("contracts", "rapport_contracts/topics.py", "import orjson"),
    ("order-profiles", "rapport_profiles/customers/web.py", "import rapport_profiles.consents.store"),
    ("order-profiles", "rapport_profiles/consents/store.py", "import rapport_profiles.timeline.store"),
    ("order-interactions", "rapport_interactions/contacts/web.py", "import rapport_interactions.quarantine.domain"),
    ("order-interactions", "rapport_interactions/quarantine/usecases.py", "import rapport_interactions.pushing.usecases"),
    ("order-interactions", "rapport_interactions/pushing/usecases.py", "import rapport_interactions.figures.domain"),
    ("order-satisfaction", "rapport_satisfaction/surveys/usecases.py", "import rapport_satisfaction.asking.domain.policies"),
    (
        "order-satisfaction",
        "rapport_satisfaction/answers/usecases/responses.py",
        "import rapport_satisfaction.follow_ups.store",
    ),
    ("order-satisfaction", "rapport_satisfaction/follow_ups/usecases.py", "import rapport_satisfaction.scores.domain"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the linter on the packages found in `folder`."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [LINTER, "--config", str(ROOT / ".importlinter"), "--no-cache"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages side by side in a scratch folder, where they may be spoiled."""
    folder = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        (source,) = (*ROOT.glob(package), *ROOT.glob(f"*/{package}"), *ROOT.glob(f"*/*/{package}"))
        shutil.copytree(source, folder / package, ignore=shutil.ignore_patterns("__pycache__", "*.json"))
    return folder


def test_the_walls_stand(copy: Path):
    done = lint(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("wall", "file", "line"), BREACHES, ids=[f"{w}:{f.split('/', 1)[0]}" for w, f, _ in BREACHES])
def test_a_wall_refuses_a_bad_import(copy: Path, wall: str, file: str, line: str):
    target = copy / file
    kept = target.read_text()
    try:
        target.write_text(f"{kept}\n{line}\n")
        done = lint(copy)
    finally:
        target.write_text(kept)
    assert done.returncode == 1
    name = CONFIG[f"importlinter:contract:{wall}"]["name"]
    assert f"{name} BROKEN" in " ".join(done.stdout.split())


def test_every_wall_is_tried():
    walls = {section.rsplit(":", 1)[1] for section in CONFIG.sections() if ":contract:" in section}
    assert walls == {wall for wall, _, _ in BREACHES}
