"""What Satisfaction ships with: announced when it comes, followed by a changed one where nobody has put one of their own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from rapport_chassis.shipped import Shipped, entries
from rapport_chassis.work import Work
from rapport_satisfaction import shipped as folder
from rapport_satisfaction.shipping import SHIPPED

from .world import API, World

NextVersion = Callable[..., Shipped[Work]]


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NextVersion:
    """`next_version(surveys=change)`: what a later version ships, with files changed in place."""
    monkeypatch.syspath_prepend(tmp_path)

    def made(**changes: Callable[[dict[str, Any]], None]) -> Shipped[Work]:
        package = f"later_{abs(hash(tmp_path))}"
        shutil.copytree(Path(folder.__file__).parent, tmp_path / package)
        for name, change in changes.items():
            file = tmp_path / package / f"{name}.json"
            changed = json.loads(file.read_text())
            change(changed)
            file.write_text(json.dumps(changed))
        return replace(SHIPPED, package=package)

    return made


@pytest_asyncio.fixture(autouse=True)
async def shipped(world: World) -> list[tuple[str, dict[str, Any]]]:
    """What the first load publishes, on empty tables."""
    await world.rows("TRUNCATE surveys, trigger_rules, throttle_rules, follow_up_rules, shipped")
    assert await SHIPPED.load(world.served.works)
    assert not await SHIPPED.load(world.served.works)
    told = await world.published()
    assert {row["sequence"] for row in await world.rows("SELECT sequence FROM outbox")} == {f"{1:020}"}
    await world.rows("TRUNCATE outbox")
    return told


async def test_surveys_are_published_and_announced_once_when_they_come(world: World, shipped: list[Any]) -> None:
    assert [kind for kind, _ in shipped] == ["survey.published"] * 4
    there = entries("rapport_satisfaction.shipped", "surveys")
    assert {data["survey"]: data["survey_id"] for _, data in shipped} == {key: entry["id"] for key, entry in there.items()}
    assert {data["version"] for _, data in shipped} == {1}
    rows = await world.rows("SELECT version, key FROM surveys")
    assert {(row["version"], row["key"]) for row in rows} == {(1, key) for key in there}


async def test_a_changed_survey_is_its_next_version_unless_somebody_drafted_one(
    world: World, next_version: NextVersion
) -> None:
    drafted = (await world.http.get(f"{API}/surveys/after-complaint")).json()["versions"][0]["definition"]
    answer = await world.http.post(f"{API}/surveys/after-complaint/versions", json={**drafted, "title": {"en": "Ours"}})
    assert answer.status_code == 201, answer.text

    def retitle(surveys: dict[str, Any]) -> None:
        for key in ("after-call", "after-complaint"):
            surveys[key]["definition"]["title"]["en"] = "Another title"

    assert await next_version(surveys=retitle).load(world.served.works)
    assert [(data["survey"], data["version"]) for _, data in await world.published("survey.published")] == [
        ("after-call", 2)
    ]
    changed = (await world.http.get(f"{API}/surveys/after-call")).json()
    assert [version["definition"]["title"]["en"] for version in changed["versions"]] == [
        "Your call with us",
        "Another title",
    ]
    kept = (await world.http.get(f"{API}/surveys/after-complaint")).json()["versions"]
    assert [version["definition"]["title"]["en"] for version in kept] == ["How we handled your complaint", "Ours"]


async def test_a_changed_rule_holds_from_now_on_unless_somebody_put_one(world: World, next_version: NextVersion) -> None:
    body = {"rule": {"any_survey_days": 30}, "reason": "ours"}
    assert (await world.http.put(f"{API}/throttle-rules/default", json=body)).status_code in (200, 201)

    def throttle(rules: dict[str, Any]) -> None:
        rules["default"]["any_survey_days"] = 1

    def follow_up(rules: dict[str, Any]) -> None:
        rules["default"]["tries"] = 9

    assert await next_version(throttle_rules=throttle, follow_up_rules=follow_up).load(world.served.works)
    (ours,) = await world.rows("SELECT * FROM throttle_rules WHERE version > 1")
    (changed,) = await world.rows("SELECT * FROM follow_up_rules WHERE version > 1")
    assert await world.rows("SELECT 1 FROM trigger_rules WHERE version > 1") == []
    assert (changed["version"], changed["recorded_by"], changed["reason"]) == (2, "system:shipped", "shipped")
    assert changed["body"]["tries"] == 9
    assert (ours["version"], ours["body"]["any_survey_days"], ours["reason"]) == (2, 30, "ours")
    assert ours["recorded_by"].startswith("person:")
