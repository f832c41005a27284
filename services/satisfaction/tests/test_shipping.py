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
from rapport_satisfaction import shipped as folder
from rapport_satisfaction.shipping import SHIPPED
from rapport_satisfaction.store.work import SatisfactionWork

from .world import API, World

NextVersion = Callable[..., Shipped[SatisfactionWork]]


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NextVersion:
    """`next_version(surveys=change)`: what a later version ships, with files changed in place."""
    monkeypatch.syspath_prepend(tmp_path)

    def made(**changes: Callable[[dict[str, Any]], None]) -> Shipped[SatisfactionWork]:
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
    await world.rows("TRUNCATE surveys, policies, shipped")
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

    def later(policies: dict[str, Any]) -> None:
        policies["throttle"]["default"]["any_survey_days"] = 1
        policies["follow-up"]["default"]["tries"] = 9

    assert await next_version(policies=later).load(world.served.works)
    rows = await world.rows("SELECT kind, number, rule, changed_by FROM policies WHERE number > 1 ORDER BY kind")
    assert [(row["kind"], row["number"], row["changed_by"]) for row in rows] == [
        ("follow-up", 2, "system:shipped"),
        ("throttle", 2, rows[1]["changed_by"]),
    ]
    assert rows[0]["rule"]["tries"] == 9
    assert rows[1]["rule"]["any_survey_days"] == 30 and rows[1]["changed_by"].startswith("person:")
