"""Major complaints (重大投诉, S60): declared by rule or by hand, worked on by a checklist, lowered by somebody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from pydantic import ValidationError
from rapport_chassis.actor import Actor
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.cases.domain.refusals import AlreadyMajor, ApproverInvolved, ChecklistIncomplete
from rapport_complaints.clocks.domain.policies import calendar_of
from rapport_complaints.handling.domain.major import MajorCase, MajorPolicy, MajorRule
from rapport_complaints.shipped import shipped
from rapport_kernel.errors import Conflict, Invalid, NotAllowed
from rapport_kernel.ids import new_id
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk
from .making import MONDAY, OFFICE, act, basis, brought_to, clock, hours, received, version

SHIPPED_MAJOR_POLICY = shipped("major_policies", MajorPolicy)["standard"]
CALENDAR = calendar_of([version(OFFICE)])
NOW = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
STEP = {"code": "call", "text": "Call.", "role": "lead"}
EMPTY = {"name": "x", "calendar": "always", "tell": [], "rules": [], "steps": [STEP]}


def policy(**said: Any) -> MajorPolicy:
    body = {"name": "x", "calendar": "always", "tell": ["boss"], "rules": [], "steps": [STEP], **said}
    return MajorPolicy.model_validate(body, strict=False)


def declared(*steps: dict[str, Any]) -> MajorCase:
    made = policy(steps=list(steps) or [STEP])
    return MajorCase.declare(new_id(), new_id(), act(), version(made, "standard", 4), CALENDAR)


def strict() -> Any:
    return replace(basis(), policy=version(basis().policy.body, "major"))


def test_the_checklist_is_that_of_the_policy_and_its_limits_count_from_the_declaration() -> None:
    case = declared({**STEP, "within": {"amount": 4, "unit": "business_hours"}}, {**STEP, "code": "later"})
    assert [(step.code, step.due_at) for step in case.steps] == [("call", MONDAY + hours(5.5)), ("later", None)]
    assert (case.policy_version, case.told, case.next_check_at) == (4, ["boss"], MONDAY + hours(5.5))


def test_a_step_that_is_late_is_said_once_at_its_time_and_one_done_in_time_is_in_time_whenever_it_is_entered() -> None:
    limit = {"amount": 4, "unit": "business_hours"}
    case = declared({**STEP, "within": limit}, {**STEP, "code": "two", "within": limit})
    case.settle(MONDAY + timedelta(days=9))
    case.settle(MONDAY + timedelta(days=10))
    missed = [fact for fact in case.recorded if types_of(fact) == "major-step.missed"]
    assert [fact.missed_at for fact in missed] == [MONDAY + hours(5.5)] * 2
    case.complete_step(act(MONDAY + hours(1)), "call")
    case.complete_step(act(MONDAY + hours(9)), "two")
    assert [step.missed_at for step in case.steps] == [None, MONDAY + hours(5.5)]
    assert [fact.in_time for fact in case.recorded if types_of(fact) == "major-step.completed"] == [True, False]
    assert case.late_steps == 1 and case.next_check_at is None
    with pytest.raises(Conflict):
        case.complete_step(act(), "two")
    with pytest.raises(Invalid):
        case.complete_step(act(), "three")


def types_of(fact: Any) -> str:
    return str(fact.event_type.removesuffix(".v1"))


def test_who_declared_it_or_is_its_subject_does_not_lower_it() -> None:
    case = declared()
    with pytest.raises(ApproverInvolved):
        case.lower(act(), [])
    with pytest.raises(ApproverInvolved):
        case.lower(replace(act(), by="person:other"), ["other"])
    case.lower(replace(act(), by="person:other"), ["third"])
    assert (case.state, case.outcome) == ("lowered", "lowered")
    for late in (lambda: case.close(act(), "accepted", complete=False), lambda: case.complete_step(act(), "call")):
        with pytest.raises(NotAllowed):
            late()


def test_a_complaint_is_closed_with_the_whole_checklist_done_and_ends_in_other_ways_without() -> None:
    case = declared()
    with pytest.raises(ChecklistIncomplete):
        case.close(act(), "accepted", complete=True)
    assert case.state == "declared"
    case.close(act(), "withdrawn", complete=False)
    assert (case.outcome, case.open_steps) == ("withdrawn", ["call"])


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"severities": ["critical"]}, True),
        ({"severities": ["high"]}, False),
        ({"vulnerable": True}, True),
        ({"vulnerable": False, "severities": ["critical"]}, False),
        ({"severities": ["critical"], "vulnerable": True, "categories": ["x"]}, True),
        ({"severities": ["critical"], "vulnerable": True, "categories": ["y"]}, False),
    ],
)
def test_a_rule_fits_when_all_is_true_that_it_says(rule: dict[str, Any], fits: bool) -> None:
    complaint = brought_to("assessed", vulnerability=b"sealed")
    complaint.severity = "critical"
    assert MajorRule.model_validate({"code": "r", **rule}, strict=False).fits(complaint) is fits


@pytest.mark.parametrize("state", ["closed", "withdrawn", "duplicate", "transferred", "feedback_given"])
def test_rules_do_not_look_at_what_is_over_or_told(state: str) -> None:
    assert not brought_to(state).may_become_major()
    assert brought_to("assessed").may_become_major()


def test_stricter_clocks_run_beside_the_others_from_the_declaration_on() -> None:
    complaint = received()
    complaint.mark_major(act(MONDAY + hours(2)), new_id(), strict(), version=1, told=["boss"])
    added = [each for each in complaint.clocks if each.policy == "major"]
    assert [(each.kind, each.started_at) for each in added] == [
        ("acknowledgement", MONDAY + hours(2)),
        ("resolution", MONDAY + hours(2)),
    ]
    assert complaint.is_major and complaint.traits.major
    with pytest.raises(AlreadyMajor):
        complaint.mark_major(act(MONDAY + hours(2)), new_id(), strict(), version=1, told=[])
    complaint.lower_major(act(MONDAY + hours(3), reason="mistake"), new_id(), {"major"})
    assert not complaint.is_major and [each.state for each in added] == ["stopped", "stopped"]
    assert clock(complaint, "acknowledgement").ended_at == MONDAY + hours(3)
    assert [each.state for each in complaint.clocks if each.policy == "p"] == ["running", "running"]


def test_while_it_waits_the_stricter_resolution_waits_too_and_after_the_answer_none_begins() -> None:
    complaint = brought_to("awaiting_customer")
    complaint.mark_major(act(), new_id(), strict(), version=1, told=[])
    assert {each.kind: each.state for each in complaint.clocks if each.policy == "major"} == {"resolution": "paused"}
    answered = brought_to("accepted")
    answered.mark_major(act(), new_id(), strict(), version=1, told=[])
    assert [each for each in answered.clocks if each.policy == "major"] == []


def test_what_is_over_is_major_no_more_and_a_later_episode_is_not() -> None:
    complaint = brought_to("feedback_given")
    complaint.mark_major(act(), new_id(), None, version=1, told=[])
    complaint.close(act())
    assert not complaint.is_major
    with pytest.raises(NotAllowed):
        complaint.mark_major(act(), new_id(), None, version=1, told=[])
    complaint.reopen(act(), basis())
    assert not complaint.is_major


@pytest.mark.parametrize(
    "bad",
    [
        {"rules": [{"code": "a"}]},
        {"rules": [{"code": "a", "alike": 3}]},
        {"rules": [{"code": "a", "days": 3, "severities": ["high"]}]},
        {"rules": [{"code": "a", "alike": 1, "days": 3}]},
        {"rules": [{"code": "a", "severities": ["high"], "major": True}]},
        {"rules": [{"code": "a", "severities": ["high"]}] * 2},
        {"steps": []},
        {"steps": [STEP, STEP]},
        {"tell": ["boss", "boss"]},
        {"more": 1},
    ],
)
def test_a_policy_that_says_nothing_clear_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        policy(**bad)
    assert MajorPolicy.model_validate_json(SHIPPED_MAJOR_POLICY.model_dump_json()) == SHIPPED_MAJOR_POLICY


# --- over HTTP


@pytest_asyncio.fixture
async def other(desk: Desk, tokens: TokenMaker) -> AsyncIterator[Desk]:
    """A second person with the same scopes."""
    async with client_of(desk.served.asgi, headers=tokens.bearer(*SCOPES, subject="head-1")) as client:
        yield Desk(client, desk.served, desk.db)


async def cases(desk: Desk, **asked: Any) -> list[dict[str, Any]]:
    return list((await desk.get("/major-cases", asked))["items"])


async def test_by_hand_with_a_case_stricter_clocks_and_people_who_are_told(desk: Desk, other: Desk) -> None:
    filed = await desk.until("assessed", received_at=NOW)
    await desk.facts()
    shown = await desk.act(filed, "mark-major", reason="press-interest", note="A newspaper has called.")
    assert shown["flags"] == ["major"]
    facts = {fact.event_type: fact.model_dump(mode="json") for fact in await desk.facts()}
    told = facts["complaint.declared-major.v1"]
    assert (told["rule"], told["declared_by"], told["told"]) == (None, "clerk-1", SHIPPED_MAJOR_POLICY.tell)
    assert facts["clock.started.v1"]["policy"] == "major"
    clocks = (await desk.get(f"/complaints/{filed['id']}/clocks"))["items"]
    assert [(each["policy"], each["kind"], each["state"]) for each in clocks if each["policy"] == "major"] == [
        ("major", "resolution", "running")
    ]
    [case] = await cases(desk, open=True, by_hand=True, complaint=filed["id"])
    assert (case["number"], case["state"]) == (filed["number"], "declared")
    assert (await desk.get(f"/major-cases/{case['id']}"))["id"] == case["id"]
    assert (await desk.act(filed, "mark-major", status=409, reason="again"))["code"] == "already-major"

    assert (await desk.act(filed, "lower-major", status=409, reason="mistake"))["code"] == "approver-involved"
    lowered = await other.act(filed, "lower-major", reason="mistake", note="One shop only.")
    assert lowered["flags"] == []
    names = await desk.names()
    assert {"clock.stopped", "complaint.lowered-from-major", "major-case.ended"} >= set(names) - {"clock.met"}
    assert (await other.act(filed, "lower-major", status=409, reason="mistake"))["code"] == "not-major"
    history = (await desk.get(f"/complaints/{filed['id']}/history"))["items"]
    assert [(row["move"], row["note"]) for row in history][-2:] == [
        ("mark-major", "A newspaper has called."),
        ("lower-major", "One shop only."),
    ]
    [case] = await cases(desk, open=False)
    assert (case["outcome"], case["next_due_at"]) == ("lowered", None)


async def test_it_is_closed_when_the_checklist_is_done(desk: Desk) -> None:
    filed = await desk.until("feedback_given", received_at=NOW)
    await desk.act(filed, "mark-major", reason="press-interest")
    refused = await desk.act(filed, "close", status=409)
    assert refused["code"] == "checklist-incomplete" and "team, call, facts" in refused["detail"]
    assert (await desk.get(f"/complaints/{filed['id']}"))["state"] == "feedback_given"
    for step in SHIPPED_MAJOR_POLICY.steps:
        await desk.act(filed, "complete-major-step", step=step.code, note="Done.")
    assert (await desk.act(filed, "complete-major-step", status=409, step="call"))["code"] == "step-done"
    assert (await desk.act(filed, "complete-major-step", status=422, step="dance"))["code"] == "unknown-step"
    closed = await desk.act(filed, "close")
    assert (closed["state"], closed["flags"]) == ("closed", [])
    assert (await desk.act(filed, "complete-major-step", status=409, step="call"))["code"] == "not-major"
    [case] = await cases(desk)
    assert (case["state"], case["outcome"], case["late_steps"]) == ("closed", "accepted", 0)
    history = (await desk.get(f"/major-cases/{case['id']}/history"))["items"]
    assert [row["move"] for row in history] == ["declare", *["complete-step"] * len(SHIPPED_MAJOR_POLICY.steps), "close"]
    assert {row["note"] for row in history} == {None}  # the notes are in the history of the complaint
    assert (await desk.get(f"/major-cases/{case['id']}/history:verify"))["intact"]
    assert await desk.db.fetchval("SELECT count(*) FROM timers WHERE kind = 'major.look'") == 0


@pytest.mark.parametrize(
    ("ending", "body"),
    [("withdraw", {"reason": "settled"}), ("transfer", {"to": "legal", "reason": "x"}), ("mark-duplicate", {})],
)
async def test_other_ends_end_the_case_too(desk: Desk, ending: str, body: dict[str, Any]) -> None:
    filed = await desk.until("assessed", received_at=NOW)
    if ending == "mark-duplicate":
        body = {"duplicate_of": (await desk.file(received_at=NOW))["id"]}
    await desk.act(filed, "mark-major", reason="press-interest")
    await desk.act(filed, ending, **body)
    [case] = await cases(desk, open=False)
    assert case["outcome"] in {"withdrawn", "transferred", "duplicate"} and case["ended_at"]


async def test_late_steps_are_said_by_timer_at_their_exact_time(desk: Desk, served: Service[Work]) -> None:
    step = {**STEP, "within": {"amount": 60, "unit": "business_minutes"}}
    new = {"name": "x", "calendar": "always", "tell": [], "rules": [], "steps": [step, {**step, "code": "two"}]}
    assert (await desk.put("/major-policies/standard", new))["version"] == 2
    filed = await desk.file(received_at="2026-11-02T02:00:00Z")
    await desk.act(filed, "mark-major", reason="press-interest", at="2026-11-02T03:00:00Z")
    await desk.act(filed, "complete-major-step", step="two", at="2026-11-02T03:30:00Z")
    await desk.facts()
    await desk.fire()
    facts = [fact.model_dump(mode="json") for fact in await desk.facts() if fact.event_type == "major-step.missed.v1"]
    assert [(fact["step"], fact["missed_at"]) for fact in facts] == [("call", "2026-11-02T04:00:00.000000Z")]
    [case] = await cases(desk, late=True, due_before="2026-11-03T00:00:00Z")
    assert (case["late_steps"], case["policy_version"]) == (1, 2)
    await desk.fire()
    assert "major-step.missed" not in await desk.names()
    assert await behind(served) == 1
    await desk.act(filed, "complete-major-step", step="call")
    assert await behind(served) == 0


async def behind(served: Service[Work]) -> float:
    """What the alarm says."""
    (alarm,) = [loop for loop in served.loops if loop.name == "late-majors"]
    async with served.works(Actor.system("test")) as work:
        await alarm.round(work)
    return served.metrics.registry.get_sample_value("rapport_complaints_major_late", {"service": "complaints"}) or 0.0


async def test_a_rule_declares_what_is_grave_and_concerns_somebody_vulnerable(desk: Desk) -> None:
    filed = await desk.until("acknowledged", received_at=NOW)
    await desk.act(filed, "assess", severity="high")
    await desk.fire()
    assert await cases(desk) == []
    await desk.act(filed, "assess", severity="high", vulnerability="access")
    await desk.facts()
    await desk.fire()
    [case] = await cases(desk, rule="grave", by_hand=False)
    assert case["declared_by"].startswith("system:")
    shown = await desk.get("/complaints", {"flag": "major"})
    assert [item["id"] for item in shown["items"]] == [filed["id"]]
    assert (await desk.act(filed, "lower-major", reason="known-customer"))["flags"] == ["vulnerable"]
    names = await desk.names()
    assert names.count("complaint.declared-major") == 1
    await desk.act(filed, "assess", severity="high", at=datetime.now(UTC).isoformat())
    await desk.fire()
    assert len(await cases(desk)) == 1  # what a person said stands


async def test_many_of_one_cause_make_one_major_complaint_while_its_case_is_open(desk: Desk) -> None:
    new = {**EMPTY, "rules": [{"code": "many", "alike": 3, "days": 9}]}
    await desk.put("/major-policies/standard", new)
    for n in range(5):
        await desk.until("root_cause_identified", received_at=NOW)
        await desk.fire()
        assert len(await cases(desk)) == (n >= 2), n
    await desk.put("/major-policies/standard", {**new, "rules": [{"code": "other", "alike": 6, "days": 9}]})
    await desk.until("root_cause_identified", received_at=NOW)
    await desk.until("root_cause_identified", received_at=NOW)
    await desk.fire()  # both at once: one of them
    assert [case["rule"] for case in await cases(desk)] == ["other", "many"]


async def test_duplicates_of_one_complaint_count(desk: Desk) -> None:
    new = {**EMPTY, "rules": [{"code": "many", "alike": 2, "days": 9}]}
    await desk.put("/major-policies/standard", new)
    original = await desk.file(received_at=NOW)
    for n in range(2):
        filed = await desk.until("assessed", received_at=NOW)
        await desk.act(filed, "mark-duplicate", duplicate_of=original["id"])
        await desk.fire()
        assert [case["complaint_id"] for case in await cases(desk)] == [original["id"]] * (n >= 1)


async def test_looking_at_rules_costs_the_same_few_statements_whatever_their_number(desk: Desk) -> None:
    for _ in range(20):
        await desk.until("root_cause_identified", received_at=NOW)
    with statements(desk.served) as seen:
        await desk.fire()
    polls = ("SELECT now()", "DELETE FROM timers")
    # a lock, the ladder, complaints, clocks, the policy, how many are alike, timers; and the case of the declared one
    assert len([one for one in seen if not one.startswith(polls)]) <= 22, seen
    assert len(await cases(desk)) == 1


async def test_the_list_is_paged_in_one_statement_and_bad_filters_are_refused(desk: Desk) -> None:
    for _ in range(3):
        filed = await desk.file(received_at=NOW)
        await desk.act(filed, "mark-major", reason="press-interest")
    first = await desk.get("/major-cases", {"limit": 2})
    with statements(desk.served) as seen:
        second = await desk.get("/major-cases", {"limit": 2, "after": first["next"]})
    assert len(seen) == 3, seen  # the time, the page, the names of the people on it
    assert len({case["id"] for case in first["items"] + second["items"]}) == 3
    for bad in ({"open": "maybe"}, {"complaint": "x"}, {"after": "x"}, {"sort": "rule"}, {"from": "today"}, {"who": "me"}):
        await desk.get("/major-cases", bad, status=422)
    await desk.get(f"/major-cases/{filed['id']}", status=404)
    assert await cases(desk, to="2026-01-01T00:00:00Z") == []


async def test_the_policy_has_versions(desk: Desk) -> None:
    new = EMPTY
    assert (await desk.put("/major-policies/standard", new))["version"] == 2
    assert (await desk.get("/major-policies/standard"))["version"] == 2
    assert (await desk.get("/major-policies/standard", {"version": 1}))["body"]["name"] == "Standard"
    assert len((await desk.get("/major-policies"))["items"]) == 2
    await desk.get("/major-policies/standard", {"version": 9}, status=404)
    await desk.put("/major-policies/other", new, status=404)
    assert (await desk.put("/major-policies/standard", {**new, "calendar": "none"}, status=422))[
        "code"
    ] == "unknown-calendar"
    closed = {"name": "Never open", "zone": "UTC", "week": {}}
    if (await desk.http.put("/complaints/v1/calendars/never", json=closed)).status_code == 201:
        step = {**STEP, "within": {"amount": 1, "unit": "business_hours"}}
        await desk.put("/major-policies/standard", {**new, "calendar": "never", "steps": [step]}, status=422)


async def test_a_step_of_the_ladder_may_be_about_major_complaints(desk: Desk) -> None:
    boss = {"kind": "role", "code": "boss"}
    grave = {"code": "grave", "trigger": "severity", "severities": ["medium"], "major": True, "level": 5, "to": boss}
    await desk.put("/escalation-policies/standard", {"name": "x", "instead": boss, "steps": [grave]})
    filed = await desk.until("assessed", received_at=NOW)
    await desk.fire()
    assert (await desk.get("/escalations"))["items"] == []
    await desk.act(filed, "mark-major", reason="press-interest")
    await desk.fire()
    assert [item["step"] for item in (await desk.get("/escalations"))["items"]] == ["grave"]
