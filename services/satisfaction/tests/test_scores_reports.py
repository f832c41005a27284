"""Scores of imported answers: counted again from the answers that went in."""

from __future__ import annotations

import pytest
from rapport_testing.figures import declared, definitions_in

from .world import API, bring

AIRPORT = {10: 770, 9: 498, 8: 601, 7: 334, 6: 133, 5: 205, 4: 24, 3: 26, 2: 24, 1: 11, 0: 24, 11: 159}


async def scores(world, **asked) -> dict:
    answer = await world.http.get(f"{API}/scores", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_airport_has_its_nps_and_a_second_import_changes_nothing(world) -> None:
    answers = [f"{score}.0" for score, times in AIRPORT.items() for _ in range(times)]
    assert await bring(world, answers) == {("accepted", None): 2650, ("rejected", "out_of_scale"): 159}
    found = await scores(world, metric="nps", survey="after-call")
    assert (found["value"], found["n"], found["excluded"]) == (30.98, 2650, {"out_of_scale": 159})
    assert found["interval"]["method"] == "wald"
    assert (found["interval"]["high"] - found["interval"]["low"]) / 2 == pytest.approx(2.83, abs=0.005)
    assert (found["definition"], found["verdict"]) == ({"key": "satisfaction.nps", "version": 1}, "ok")
    published = len(await world.published())
    assert await bring(world, answers) == {("duplicate", None): 2650, ("rejected", "out_of_scale"): 159}
    again = await scores(world, metric="nps", survey="after-call")
    assert {**again, "as_of": ""} == {**found, "as_of": ""}
    assert len(await world.published()) == published == 2650 * 2 + 159


async def test_eight_answers_are_too_few(world) -> None:
    await bring(world, [9] * 8)
    found = await scores(world)
    assert (found["value"], found["verdict"], found["n"], found["interval"]) == (None, "too_few", 8, None)


async def test_a_score_is_narrowed_grouped_and_recounted(world) -> None:
    await bring(world, [10] * 20, source="a", agent="ann", touchpoint="hotline", answered_at="2026-01-10T12:00:00Z")
    await bring(world, [0] * 20, source="b", agents=["ann", "bob"], agent="bob", answered_at="2026-02-10T12:00:00Z")
    await bring(world, [11] * 3, source="c", agent="bob", answered_at="2026-02-11T12:00:00Z")
    whole = await scores(world, group_by="agent")
    assert (whole["value"], whole["n"], whole["distribution"]) == (0.0, 40, {"0": 20, "10": 20})
    assert [(one["key"], one["value"], one["n"], one["excluded"]) for one in whole["groups"]] == [
        ("ann", 100.0, 20, {}),
        ("bob", -100.0, 20, {"out_of_scale": 3}),
    ]
    assert (await scores(world, agent="ann"))["n"] == 20
    assert (await scores(world, agent="ann", attribution="any"))["n"] == 40
    assert (await scores(world, touchpoint="hotline"))["n"] == 20
    january = {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
    assert (await scores(world, **january))["value"] == 100.0
    months = await scores(world, group_by="month")
    assert [one["key"] for one in months["groups"]] == ["2026-01", "2026-02"]
    change = await scores(world, **{"from": "2026-02-01T00:00:00Z"}, compare_from=january["from"], compare_to=january["to"])
    assert (change["change"]["delta"], change["change"]["significant"]) == (-200.0, True)


async def test_three_points_on_two_hundred_answers_are_not_significant(world) -> None:
    first = [10] * 80 + [8] * 70 + [3] * 50
    second = [10] * 83 + [8] * 70 + [3] * 47
    await bring(world, first, source="jan", answered_at="2026-01-10T12:00:00Z")
    await bring(world, second, source="feb", answered_at="2026-02-10T12:00:00Z")
    found = await scores(
        world, **{"from": "2026-02-01T00:00:00Z"}, compare_from="2026-01-01T00:00:00Z", compare_to="2026-02-01T00:00:00Z"
    )
    assert (found["change"]["delta"], found["change"]["significant"]) == (3.0, False)


async def test_ces_has_its_mean_and_its_share(world) -> None:
    await bring(world, [7] * 10 + [6] * 10 + [4] * 10 + [2] * 10, survey="after-contact-effort")
    found = await scores(world, metric="ces")
    assert (found["value"], found["share"]["value"], found["share"]["unit"]) == (4.75, 50.0, "percent")


async def test_a_survey_of_another_metric_is_refused(world) -> None:
    answer = await world.http.get(f"{API}/scores", params={"metric": "csat", "survey": "after-call"})
    assert (answer.status_code, answer.json()["code"]) == (422, "other-metric")
    answer = await world.http.get(f"{API}/scores", params={"survey": "nobody"})
    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-survey")


async def test_answers_to_several_surveys_are_not_blended(world) -> None:
    one, other = {"survey": "after-complaint", "source": "one"}, {"survey": "after-recovery", "source": "other"}
    await bring(world, [5] * 20, agent="ann", **one)
    await bring(world, [1] * 20 + [11], agent="bob", **other)
    found = await scores(world, metric="csat")
    assert (found["value"], found["verdict"], found["n"], found["interval"]) == (None, "mixed", 40, None)
    assert (found["excluded"], found["group_by"]) == ({"out_of_scale": 1}, "survey")
    by_survey = [(each["key"], each["value"], each["n"], each["excluded"]) for each in found["groups"]]
    assert by_survey == [("after-complaint", 100.0, 20, {}), ("after-recovery", 0.0, 20, {"out_of_scale": 1})]
    await bring(world, [5] * 20, survey="after-recovery", source="more", agent="ann")
    agents = (await scores(world, metric="csat", group_by="agent"))["groups"]
    assert [(each["key"], each["value"], each["verdict"], each["n"]) for each in agents] == [
        ("ann", None, "mixed", 40),
        ("bob", 0.0, "ok", 20),
    ]
    alone = await scores(world, metric="csat", survey="after-recovery")
    assert (alone["value"], alone["verdict"], alone["groups"], alone["group_by"]) == (50.0, "ok", [], None)
    assert (await scores(world, metric="csat", source="other"))["value"] == 0
    ever = {"compare_from": "2020", "compare_to": "2030"}
    assert (await scores(world, metric="csat", source="other", **ever))["change"]["delta"] == 0
    assert (await scores(world, metric="csat", **ever))["change"] is None


async def test_times_and_groups_are_those_of_all_services(world) -> None:
    """Half past four in the afternoon of UTC is the next day, week, month, quarter and year in Shanghai."""
    await bring(world, [10] * 20, answered_at="2025-12-31T16:30:00Z", touchpoint=None, source="s")
    keys = {"day": "2026-01-01", "week": "2026-W01", "month": "2026-01", "quarter": "2026-Q1", "year": "2026"}
    for word, key in {**keys, "touchpoint": None, "source": "s", "survey": "after-call"}.items():
        found = await scores(world, group_by=word)
        assert [(one["key"], one["n"]) for one in found["groups"]] == [(key, 20)], word
        assert (found["group_by"], found["tz"]) == (word, "Asia/Shanghai")
    for word, key in {"day": "2025-12-31", "year": "2025"}.items():
        assert [one["key"] for one in (await scores(world, group_by=word, tz="UTC"))["groups"]] == [key]
    found = await scores(world, period="2026-Q1")
    assert (found["since"], found["until"]) == ("2025-12-31T16:00:00.000000Z", "2026-03-31T16:00:00.000000Z")
    assert found["n"] == 20
    assert (await scores(world, period="2026", tz="UTC"))["n"] == 0
    for bad in (
        {"period": "2026-W54"},
        {"compare_from": "soon", "compare_to": "2026"},
        {"tz": "Mars"},
        {"group_by": "hour"},
    ):
        assert (await world.http.get(f"{API}/scores", params=bad)).status_code == 422
    half = await world.http.get(f"{API}/scores", params={"compare_from": "2026"})
    assert (half.status_code, half.json()["code"]) == (422, "half-comparison")


async def test_the_definitions_are_exactly_those_that_are_answered(world) -> None:
    await bring(world, [7] * 10, survey="after-contact-effort")
    answers = [await scores(world, metric=metric) for metric in ("nps", "csat", "ces")]
    assert definitions_in(*answers) == declared("satisfaction")
