"""The catalogue of surveys and rules: every version that the API answers, as it is; and no draft."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rapport_chassis.actor import Actor
from rapport_contracts.catalogue import entry_id
from rapport_kernel.errors import Conflict
from rapport_satisfaction.surveys.domain import SCALES
from rapport_satisfaction.surveys.store import Surveys

from .world import API, World

Told = dict[str, Any]
SURVEY, RULE = "survey-version.published", "satisfaction-policy.published"


async def told(world: World, kind: str) -> list[Told]:
    """What waits for the topic; the outbox is emptied."""
    found = [data for _, data in await world.published(kind)]
    await world.rows("DELETE FROM outbox")
    return found


async def told_anew(world: World, kind: str) -> list[Told]:
    """All that there is, as after an upgrade."""
    await world.rows("DELETE FROM outbox")
    async with world.served.works(Actor.system("test")) as work:
        for each in world.served.told:
            await each.tell(work)
    return await told(world, kind)


def worded(wording: dict[str, str] | None) -> dict[str, str | None] | None:
    return None if wording is None else {"zh": wording.get("zh"), "en": wording.get("en")}


def same(fact: Told, key: str, version: dict[str, Any]) -> None:
    """A version of a survey as told, and as the API answers it."""
    definition = version["definition"]
    assert fact["entry_id"] == str(entry_id("survey", key, version["number"]))
    assert (fact["code"], fact["version"]) == (key, version["number"])
    assert fact["published_at"] == fact["effective_from"] == version["published_at"]
    assert {name: fact[name] for name in ("metric", "kind", "language")} == {
        name: definition[name] for name in ("metric", "kind", "language")
    }
    assert fact["title"] == worded(definition["title"])
    assert [question["code"] for question in fact["questions"]] == [each["key"] for each in definition["questions"]]
    for ours, theirs in zip(fact["questions"], definition["questions"], strict=True):
        lowest, highest = SCALES[definition["metric"]]
        scale = theirs["scale"] or {"low": lowest, "high": highest}
        if theirs["kind"] == "comment":
            scale = {"low": None, "high": None}
        assert (ours["lowest"], ours["highest"]) == (scale["low"], scale["high"])
        assert {name: ours[name] for name in ("kind", "required")} == {n: theirs[n] for n in ("kind", "required")}
        assert ours["text"] == worded(theirs["text"])
        labels = worded(theirs["low_label"]), worded(theirs["high_label"])
        assert (ours["lowest_label"], ours["highest_label"]) == labels


async def test_a_version_is_told_when_it_is_put_into_use_and_drafts_are_not(world: World) -> None:
    questions = [
        {"key": "score", "kind": "score", "text": "How was it?", "low_label": "Bad", "required": True},
        {"key": "speed", "kind": "rating", "text": {"en": "How quick?", "zh": "快吗？"}, "scale": {"low": 1, "high": 3}},
        {"key": "why", "kind": "comment", "text": "Why?"},
    ]
    body = {"key": "after-visit", "title": "Your visit", "metric": "csat", "questions": questions}
    assert (await world.http.post(f"{API}/surveys", json=body)).status_code == 201
    assert await told_anew(world, SURVEY) == await told_anew(world, SURVEY)
    assert "after-visit" not in {each["code"] for each in await told_anew(world, SURVEY)}
    shown = (await world.http.post(f"{API}/surveys/after-visit:publish", json={})).json()
    (fact,) = await told(world, SURVEY)
    same(fact, "after-visit", shown["versions"][0])
    await world.http.post(f"{API}/surveys/after-visit/versions", json={"title": "Anew", "metric": "csat"})
    shown = (await world.http.post(f"{API}/surveys/after-visit:publish", json={})).json()
    (later,) = await told(world, SURVEY)
    same(later, "after-visit", shown["versions"][1])
    assert [each for each in await told_anew(world, SURVEY) if each["code"] == "after-visit"] == [fact, later]


async def test_every_published_version_that_the_api_answers_is_told(world: World) -> None:
    facts = {(each["code"], each["version"]): each for each in await told_anew(world, SURVEY)}
    surveys = (await world.http.get(f"{API}/surveys")).json()["items"]
    for survey in surveys:
        for version in survey["versions"]:
            same(facts.pop((survey["key"], version["number"])), survey["key"], version)
    assert len(surveys) >= 4 and facts == {}


async def test_a_draft_has_nothing_to_tell(world: World) -> None:
    await world.http.post(f"{API}/surveys", json={"key": "new", "title": "New", "metric": "nps"})
    async with world.served.works(Actor.system("test")) as work:
        survey = await work.store(Surveys).by_key("new")
        with pytest.raises(Conflict, match="not-published"):
            survey.told(survey.versions[0])


@pytest.mark.parametrize(
    ("path", "code", "rule"),
    [
        ("trigger-rules", "after-call", {"event": "interaction.completed", "survey": "after-call", "sampling_percent": 40}),
        ("throttle-rules", "default", {"any_survey_days": 30, "exceptions": {"after-call": 3}}),
        ("follow-up-rules", "default", {"due_hours": 12}),
    ],
)
async def test_a_rule_is_told_with_what_the_api_answers_but_not_who_and_why(
    world: World, path: str, code: str, rule: dict[str, Any]
) -> None:
    kind = path.removesuffix("s")
    answer = await world.http.put(f"{API}/{path}/{code}", json={"rule": rule, "reason": "Mr. Li asked for it."})
    assert answer.status_code in (200, 201), answer.text
    (fact,) = await told(world, RULE)
    items = (await world.http.get(f"{API}/{path}/{code}")).json()["items"]
    assert len(items) == 2
    facts = {each["version"]: each for each in await told_anew(world, RULE) if (each["kind"], each["code"]) == (kind, code)}
    assert facts[2] == fact
    for item in items:
        number = item["number"]
        assert facts[number] == {
            "entry_id": str(entry_id(kind, code, number)), "kind": kind, "code": code, "version": number,
            "effective_from": item["effective_from"], "published_at": item["changed_at"], "body": item["rule"],
        }  # fmt: skip
    everything = json.dumps(await told_anew(world, RULE))
    assert "Mr. Li" not in everything and items[1]["changed_by"] not in everything
