"""Surveys are designed, published, and answered."""

from __future__ import annotations

from .world import API


async def test_a_survey_is_designed_published_and_answered_elsewhere(world) -> None:
    short = {"key": "after-visit", "title": "Would you recommend us?", "metric": "nps"}
    made = await world.http.post(f"{API}/surveys", json=short)
    assert (made.status_code, made.json()["published"]) == (201, None)
    assert (await world.http.post(f"{API}/surveys", json=short)).json()["code"] == "survey-exists"
    body = {"source": "s", "survey": "after-visit", "responses": [{"ref": "1", "answers": {"score": 9}}]}
    assert (await world.http.post(f"{API}/responses:import", json=body)).json()["code"] == "not-published"
    published = await world.http.post(f"{API}/surveys/after-visit:publish", json={})
    assert published.json()["published"] == 1
    assert (await world.http.post(f"{API}/surveys/after-visit:publish", json={})).json()["code"] == "already-published"
    assert (await world.http.post(f"{API}/responses:import", json=body)).json()["results"][0]["result"] == "accepted"
    other = {"title": "x", "metric": "csat"}
    assert (await world.http.post(f"{API}/surveys/after-visit/versions", json=other)).json()["code"] == "metric-changed"
    second = await world.http.post(f"{API}/surveys/after-visit/versions", json={"title": "New words", "metric": "nps"})
    assert [one["number"] for one in second.json()["versions"]] == [1, 2]
    assert second.json()["published"] == 1
    listed = (await world.http.get(f"{API}/surveys")).json()["items"]
    assert [one["key"] for one in listed] == [
        *("after-call", "after-complaint", "after-contact-effort", "after-recovery", "after-visit")
    ]
    [(_, fact)] = await world.published("survey.published")
    assert (fact["survey"], fact["version"], fact["metric"]) == ("after-visit", 1, "nps")
