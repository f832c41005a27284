"""Assigning by rules: who is chosen, why each other one is not, and what happens when there is nobody."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.handling.domain.assignment import (
    AssignmentRule,
    AssignmentRules,
    Candidate,
    StaffMember,
    choose_staff,
)
from rapport_complaints.handling.store.staff import count_unassigned
from rapport_complaints.shipped import shipped
from rapport_contracts.complaints.vocabulary import Severity
from rapport_testing.databases import statements

from .desk import Desk
from .making import brought_to

ANYBODY = shipped("assignment_rules", AssignmentRules)["standard"]


def somebody(staff: str, has: int = 0, *, working: bool = True, **more: Any) -> Candidate:
    member = StaffMember(**{"team": "parcels", "capacity": 10, "calendar": "cn", **more})
    return Candidate(staff, member, has, working)


def results(rules: AssignmentRules, candidates: list[Candidate], **complaint: Any) -> dict[str, str]:
    choice = choose_staff(rules, 3, brought_to("assessed", **complaint), candidates)
    return {each.staff: each.result for each in choice.considered}


def test_the_least_loaded_by_capacity_is_chosen_and_of_equals_the_first() -> None:
    staff = [somebody("c", 2), somebody("b", 1, capacity=4), somebody("a", 2), somebody("d", 9)]
    assert results(ANYBODY, staff) == {"a": "chosen", "b": "busier", "c": "busier", "d": "busier"}


def test_each_other_one_has_his_reason() -> None:
    rules = AssignmentRules(name="r", rules=[AssignmentRule(team="parcels", skills=["en"])])
    able: dict[str, Any] = {"skills": ["en", "zh"]}
    staff = [
        somebody("able", 5, **able),
        somebody("subject", **able),
        somebody("before", **able),
        somebody("full", 10, **able),
        somebody("home", working=False, **able),
        somebody("gone", active=False, **able),
        somebody("mute"),
        somebody("other", **{**able, "team": "letters"}),
        somebody("never", capacity=0, **able),
    ]
    assert results(rules, staff, subject_staff=["subject"], barred=["before"]) == {
        "able": "chosen",
        "subject": "conflict-of-interest",
        "before": "conflict-of-interest",
        "full": "at-capacity",
        "home": "outside-working-hours",
        "gone": "inactive",
        "mute": "skill-missing",
        "other": "other-team",
        "never": "at-capacity",
    }


def test_the_first_matching_rule_counts_and_without_one_nobody_is_considered() -> None:
    narrow = AssignmentRule(categories=["x"], severities=[Severity.MEDIUM], team="letters")
    rules = AssignmentRules(name="r", rules=[AssignmentRule(categories=["y"]), narrow, AssignmentRule()])
    assert choose_staff(rules, 1, brought_to("assessed"), [somebody("a")]).rule == 1
    assert results(AssignmentRules(name="r", rules=[AssignmentRule(categories=["y"])]), [somebody("a")]) == {}


async def hire(desk: Desk, staff: str, **changes: Any) -> None:
    await desk.put(f"/staff/{staff}", {"team": "parcels", "capacity": 2, "calendar": "always", **changes})


async def test_the_choice_is_made_by_load_and_explained(desk: Desk, served: Service[Work]) -> None:
    await hire(desk, "agent-1")
    await hire(desk, "agent-2", capacity=1)
    await hire(desk, "agent-3", active=False)
    first = await desk.act(await desk.until("assessed"), "auto-assign")
    assert (first["state"], first["assignee"], first["choice"]["rule"]) == ("assigned", "agent-1", 0)
    filed = await desk.until("assessed")
    with statements(served) as seen:
        second = await desk.act(filed, "auto-assign")
    assert len(seen) <= 14, seen  # a plain command, and rules, staff, lock, loads, calendars, names
    assert second["choice"]["considered"] == [
        {"staff": "agent-1", "open": 1, "capacity": 2, "result": "busier"},
        {"staff": "agent-2", "open": 0, "capacity": 1, "result": "chosen"},
        {"staff": "agent-3", "open": 0, "capacity": 2, "result": "inactive"},
    ]
    assert (await desk.act(filed, "auto-assign", status=409))["code"] == "already-taken"
    assert (await desk.act(await desk.file(), "auto-assign", status=409))["code"] == "not-allowed"


async def test_nobody_to_assign_is_an_alarm_until_somebody_has_it(desk: Desk, served: Service[Work]) -> None:
    await hire(desk, "agent-1")
    filed = await desk.until("assessed", subject_staff=["agent-1"])
    refused = await desk.act(filed, "auto-assign", status=409)
    assert refused["code"] == "nobody-to-assign" and "1 conflict-of-interest" in refused["detail"]
    flagged = await desk.get("/complaints", {"flag": "unassigned"})
    assert [item["id"] for item in flagged["items"]] == [filed["id"]]
    async with served.works(Actor.system("test")) as work:
        assert await count_unassigned(work) == 1
    assert (await desk.act(filed, "claim"))["flags"] == []


async def test_two_choices_at_once_do_not_both_take_the_last_place(desk: Desk) -> None:
    await hire(desk, "agent-1", capacity=1)
    filed = [await desk.until("assessed") for _ in range(4)]
    answers = await asyncio.gather(
        *(desk.http.post(f"/complaints/v1/complaints/{one['id']}:auto-assign", json={}) for one in filed)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_rules_are_versions_of_one_set(desk: Desk) -> None:
    await hire(desk, "agent-1")
    await hire(desk, "agent-2", team="letters", skills=["en"])
    rules = {"name": "By team", "rules": [{"categories": ["delivery"], "team": "letters", "skills": ["en"]}]}
    assert (await desk.put("/assignment-rules/standard", rules))["version"] == 2
    await desk.put("/assignment-rules/other", rules, status=404)
    assigned = await desk.act(await desk.until("assessed"), "auto-assign")
    assert (assigned["assignee"], assigned["choice"]["version"]) == ("agent-2", 2)
    unmatched = await desk.until("assessed", category="manners")
    assert (await desk.act(unmatched, "auto-assign", status=409))["code"] == "nobody-to-assign"
    assert [item["version"] for item in (await desk.get("/assignment-rules"))["items"]] == [1, 2]


async def test_the_staff_is_listed_as_it_is_now(desk: Desk) -> None:
    await hire(desk, "agent-2", skills=["en"])
    await hire(desk, "agent-1")
    await hire(desk, "agent-1", team="letters", active=False)
    await hire(desk, "agent-3", effective_from="2199-01-01T00:00:00Z")

    async def ids(**asked: Any) -> list[str]:
        return [item["code"] for item in (await desk.get("/staff", asked))["items"]]

    assert await ids() == ["agent-1", "agent-2"]
    assert await ids(team="letters") == ["agent-1"]
    assert await ids(skill="en") == ["agent-2"]
    assert await ids(active="true") == ["agent-2"]
    first = await desk.get("/staff", {"limit": 1})
    assert [item["code"] for item in (await desk.get("/staff", {"limit": 1, "after": first["next"]}))["items"]] == [
        "agent-2"
    ]


@pytest.mark.parametrize(
    ("staff", "change", "code"),
    [
        ("agent-1", {"calendar": "none"}, "unknown-calendar"),
        ("agent-1", {"capacity": -1}, "invalid-body"),
        ("agent-1", {"name": " "}, "invalid-body"),
        ("a@b.cn", {}, "invalid-parameters"),
    ],
)
async def test_what_is_no_member_of_the_staff_is_refused(desk: Desk, staff: str, change: dict[str, Any], code: str) -> None:
    body = {"team": "parcels", "capacity": 2, "calendar": "always", **change}
    assert (await desk.put(f"/staff/{staff}", body, status=422))["code"] == code
    assert (await desk.get("/staff"))["items"] == []


async def test_one_version_of_the_staff_and_of_the_rules_is_read(desk: Desk) -> None:
    await hire(desk, "agent-1")
    await hire(desk, "agent-1", team="letters")
    assert (await desk.get("/staff/agent-1"))["body"]["team"] == "letters"
    assert (await desk.get("/staff/agent-1", {"version": 1}))["body"]["team"] == "parcels"
    assert (await desk.get("/assignment-rules/standard"))["version"] == 1
    assert (await desk.get("/assignment-rules/standard", {"version": 1}))["body"]["rules"][0]["team"] is None
    for path in ("/staff/agent-1", "/assignment-rules/standard", "/sla-policies/standard", "/calendars/cn"):
        for version in (0, -1, 99, 2**31, 2**63, 10**30):
            await desk.get(path, {"version": version}, status=404)
        await desk.get(path, {"version": "new"}, status=422)
    await desk.get("/staff/agent-9", status=404)
    await desk.get("/assignment-rules/other", status=404)
    await desk.get("/staff/a@b.cn", status=422)
