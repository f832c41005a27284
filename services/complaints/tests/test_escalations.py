"""Escalation: which step is due when, before whom a complaint comes, and what never escalates (DOMAIN 3b, case 8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from pydantic import ValidationError
from rapport_complaints.domain.complaint import Complaint
from rapport_complaints.domain.escalating import OCCASIONS
from rapport_complaints.domain.ladder import SHIPPED_LADDER, Addressee, Ladder, Step
from rapport_complaints.domain.policies import Version, calendar_of
from rapport_complaints.domain.refusals import ConflictOfInterest
from rapport_contracts.vocabulary import EscalationTarget
from rapport_kernel.errors import NotAllowed
from rapport_kernel.ids import new_id

from .desk import Desk, statements
from .making import MONDAY, OFFICE, act, assess, at, basis, brought_to, hours, received, target, types, version

LEAD = {"kind": "role", "code": "team-lead"}
BOSS = {"kind": "role", "code": "boss"}
LATE = MONDAY + timedelta(days=100)
"""When every clock has run out."""
CALENDARS = {"office": calendar_of([version(OFFICE)])}
YOUNG = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
"""No clock has run out by then."""


def step(**said: Any) -> dict[str, Any]:
    return {"code": "one", "trigger": "clock_breached", "level": 1, "to": LEAD, **said}


def ladder(*steps: dict[str, Any]) -> Version[Ladder]:
    read = Ladder.model_validate_json(
        Ladder.model_construct(name="x", instead=BOSS, steps=list(steps)).model_dump_json(warnings=False)
    )
    return version(read, "standard", 3)


def climbed(complaint: Complaint, *steps: dict[str, Any], when: Any = LATE) -> list[str]:
    """Which steps it took."""
    complaint.look_at_clocks(when)
    complaint.recorded.clear()
    complaint.climb(act(when), ladder(*steps))
    return [each.step or "by hand" for each in complaint.raised]


@pytest.mark.parametrize("trigger", ["clock_warned", "clock_breached"])
@pytest.mark.parametrize(
    ("narrow", "taken"),
    [
        ({}, True),
        ({"clocks": ["resolution"]}, True),
        ({"clocks": ["update"]}, False),
        ({"policies": ["p"]}, True),
        ({"policies": ["other"]}, False),
        ({"categories": ["x"]}, True),
        ({"categories": ["y"]}, False),
        ({"severities": ["high"]}, False),
    ],
)
def test_a_clock_brings_it_up_when_the_step_is_about_it(trigger: str, narrow: dict[str, Any], taken: bool) -> None:
    assert climbed(received(), step(trigger=trigger, **narrow)) == (["one"] if taken else [])


def test_the_reason_has_its_exact_time_however_late_somebody_looks() -> None:
    complaint = received()
    assert climbed(complaint, step(clocks=["acknowledgement"])) == ["one"]
    assert complaint.raised[0].since == MONDAY + hours(5.5)  # four hours of office time, a lunch gap between
    assert complaint.raised[0].act.at == LATE
    assert (complaint.raised[0].version, complaint.escalation_level) == (3, 1)
    assert types(complaint) == ["complaint.escalated"]
    assert complaint.last_at == MONDAY  # what people did before may still be entered


def test_a_step_is_taken_once_for_every_episode_and_all_that_are_due_at_once() -> None:
    steps = [step(), step(code="two", trigger="clock_warned", level=3)]
    complaint = brought_to("feedback_given")
    complaint.close(act())
    complaint.reopen(act(), basis())
    assert climbed(complaint, *steps) == ["one", "two"]
    assert climbed(complaint, *steps) == ["one", "two"]
    assert complaint.escalation_level == 3
    complaint.withdraw(act(LATE))
    assert types(complaint)[-1] == "escalation.ended" and complaint.escalation_level == 0


def test_a_later_episode_begins_at_the_bottom() -> None:
    complaint = brought_to("feedback_given")
    complaint.escalate(act(), Addressee(kind=EscalationTarget.ROLE, code="boss"), None)
    complaint.escalation_steps = ["one"]
    complaint.close(act())
    complaint.reopen(act(), basis())
    assert (complaint.escalation_level, complaint.escalation_steps, complaint.refusals) == (0, [], 0)
    assert climbed(complaint, step())[1:] == ["one"]


@pytest.mark.parametrize("state", ["closed", "withdrawn", "duplicate", "transferred"])
def test_what_is_over_never_escalates(state: str) -> None:
    everything = [
        step(),
        step(code="two", trigger="age", after_hours=1),
        step(code="three", trigger="refusals", refusals=1),
        step(code="four", trigger="severity", severities=["low", "medium", "high", "critical"]),
    ]
    complaint = brought_to(state)
    complaint.refusals = 9
    assert climbed(complaint, *everything) == [] and types(complaint) == []
    assert complaint.next_climb(ladder(*everything).body, MONDAY) is None
    with pytest.raises(NotAllowed):
        complaint.escalate(act(), Addressee(kind=EscalationTarget.ROLE, code="boss"), None)


@pytest.mark.parametrize("state", ["feedback_given", "follow_up_due"])
def test_what_the_customer_knows_does_not_climb_but_may_be_brought_up_by_hand(state: str) -> None:
    complaint = brought_to(state)
    assert climbed(complaint, step(code="two", trigger="age", after_hours=1)) == []
    complaint.escalate(act(LATE), Addressee(kind=EscalationTarget.ROLE, code="boss"), None)
    assert complaint.escalation_level == 1


@pytest.mark.parametrize("reason", ["awaiting_customer", "awaiting_third_party"])
def test_a_clock_that_stands_still_does_not_escalate_and_does_once_it_runs_again(reason: str) -> None:
    complaint = brought_to("investigating")
    complaint.pause(act(at("2026-12-31 12:00")), reason)  # long breached
    kinds = step(clocks=["resolution"])
    old = step(code="old", trigger="age", after_hours=1)
    assert climbed(complaint, kinds, old) == []
    assert complaint.next_climb(ladder(old).body, MONDAY) is None
    complaint.resume(act(LATE), CALENDARS)
    assert climbed(complaint, kinds, old, when=LATE) == ["one", "old"]


def test_a_clock_that_was_met_is_no_reason_even_when_it_was_late() -> None:
    complaint = received()
    complaint.acknowledge(act(LATE), "phone")
    assert climbed(complaint, step(clocks=["acknowledgement"])) == []


def test_a_breach_that_was_taken_back_is_none() -> None:
    complaint = received()
    complaint.look_at_clocks(LATE)
    complaint.acknowledge(act(MONDAY + hours(1)), "phone")
    assert climbed(complaint, step(clocks=["acknowledgement"])) == []


def test_age_counts_hours_of_the_episode_without_those_it_waited() -> None:
    complaint = brought_to("investigating")
    old = step(trigger="age", after_hours=48)
    assert complaint.next_climb(ladder(old).body, MONDAY) == MONDAY + hours(48)
    complaint.pause(act(MONDAY + hours(10)), "awaiting_customer")
    complaint.resume(act(MONDAY + hours(30)), CALENDARS)
    assert complaint.next_climb(ladder(old).body, MONDAY) == MONDAY + hours(68)
    assert climbed(complaint, old, when=MONDAY + hours(67.9)) == []
    assert climbed(complaint, old, when=MONDAY + hours(68)) == ["one"]
    assert complaint.raised[0].since == MONDAY + hours(68)
    assert complaint.next_climb(ladder(old).body, MONDAY) is None


def test_what_another_system_began_does_not_climb_by_age() -> None:
    complaint = brought_to("assessed")
    complaint.external_ref = "1"
    assert climbed(complaint, step(trigger="age", after_hours=1)) == []


def test_refusals_and_appeals_against_an_offer_are_counted() -> None:
    complaint = brought_to("resolution_proposed")
    twice = step(trigger="refusals", refusals=2)
    complaint.decide(act(), accepted=False)
    assert climbed(complaint, twice, when=MONDAY) == []
    complaint.set_root_cause(act(), "process", latent_risk=False)
    complaint.propose(act(), "refund")
    complaint.appeal(act(), "customer", basis())
    assert climbed(complaint, twice, when=MONDAY) == ["one"]


def test_severity_escalates_when_it_is_assessed() -> None:
    grave = step(trigger="severity", severities=["critical"])
    complaint = brought_to("assessed")
    assert climbed(complaint, grave, when=MONDAY) == []
    assess(complaint, act(), "critical")
    assert climbed(complaint, grave, when=MONDAY) == ["one"]


@pytest.mark.parametrize("because", ["subject_staff", "barred"])
def test_somebody_who_may_not_handle_it_is_passed_over_and_the_attempt_is_known(because: str) -> None:
    complaint = received(**{because: ["boss-1"]})
    assert climbed(complaint, step(clocks=["resolution"], to={"kind": "staff", "code": "boss-1"})) == ["one"]
    assert complaint.raised[0].to == Addressee(kind=EscalationTarget.ROLE, code="boss")
    assert types(complaint) == ["conflict-of-interest.blocked", "complaint.escalated"]
    with pytest.raises(ConflictOfInterest):
        complaint.escalate(act(), Addressee(kind=EscalationTarget.STAFF, code="boss-1"), None)


def test_by_hand_it_goes_one_level_higher_and_never_beyond_the_highest() -> None:
    complaint = received(reckoned=basis(acknowledgement=target(400), resolution=target(900)))
    boss = Addressee(kind=EscalationTarget.QUEUE, code="boss")
    complaint.escalate(act(), boss, None)
    complaint.escalate(act(), boss, 8)
    complaint.escalate(act(), boss, None)
    complaint.escalate(act(), boss, None)
    complaint.escalate(act(), boss, 1)
    assert [each.level for each in complaint.raised] == [1, 8, 9, 9, 1]
    assert complaint.escalation_level == 9


@pytest.mark.parametrize(
    "bad",
    [
        step(trigger="by_hand"),
        step(trigger="age"),
        step(after_hours=3),
        step(trigger="refusals"),
        step(refusals=2),
        step(trigger="severity"),
        step(trigger="severity", severities=["high"], clocks=["resolution"]),
        step(level=0),
        step(level=10),
        step(to={"kind": "boss", "code": "x"}),
        step(to={"kind": "role", "code": ""}),
        step(code="Not a code"),
        step(unknown=1),
    ],
)
def test_a_step_that_says_nothing_clear_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ladder(bad)


def test_the_shipped_ladder_is_one_that_would_be_accepted() -> None:
    assert Ladder.model_validate_json(SHIPPED_LADDER.model_dump_json()) == SHIPPED_LADDER
    with pytest.raises(ValidationError):
        ladder(step(), step())
    with pytest.raises(ValidationError):
        Ladder(name="x", instead=Addressee(kind=EscalationTarget.STAFF, code="y"), steps=[])
    assert all(isinstance(each, Step) for each in SHIPPED_LADDER.steps)


# --- over HTTP, with the shipped ladder


async def listed(desk: Desk, **asked: Any) -> list[str]:
    return [item["step"] for item in (await desk.get("/escalations", {"sort": "escalated", **asked}))["items"]]


async def test_clocks_that_run_out_bring_a_complaint_up_the_ladder(desk: Desk) -> None:
    filed = await desk.file(received_at="2026-08-03T02:00:00Z")
    await desk.fire()
    taken = ["resolution-warned", "acknowledgement-breached", "resolution-breached", "sixty-days-old"]
    assert await listed(desk) == taken
    assert (await desk.get(f"/complaints/{filed['id']}"))["escalation_level"] == 3
    facts = [fact for fact in await desk.facts() if fact.event_type == "complaint.escalated.v1"]
    told = facts[2].model_dump(mode="json")
    assert (told["level"], told["trigger"], told["to_kind"], told["to"]) == (
        2,
        "clock_breached",
        "role",
        "complaints-manager",
    )
    clock = (await desk.clocks(filed))["resolution"]
    assert told["triggered_at"] == clock["breached_at"]
    await desk.fire()
    assert await listed(desk) == taken and await desk.names() == []
    history = (await desk.get(f"/complaints/{filed['id']}/history"))["items"]
    assert [row["move"] for row in history] == ["receive", *["escalate"] * 4]
    await desk.act(filed, "acknowledge", method="phone", at="2026-08-03T03:00:00Z")


async def test_a_complaint_that_is_over_has_nothing_before_anybody(desk: Desk) -> None:
    for ending, body in {
        "withdraw": {"reason": "settled"},
        "transfer": {"to": "legal", "reason": "not-ours"},
        "mark-duplicate": {"duplicate_of": (await desk.file(received_at=YOUNG))["id"]},
    }.items():
        filed = await desk.until("assessed", received_at=YOUNG)
        await desk.act(filed, "escalate", to=LEAD, reason="angry", note="He shouts.")
        await desk.facts()
        ended = await desk.act(filed, ending, **body)
        assert ended["escalation_level"] == 0 and "escalation.ended" in await desk.names()
        assert (await desk.act(filed, "escalate", status=409, to=LEAD, reason="angry"))["code"] == "not-allowed"
        assert await listed(desk, complaint=filed["id"], open=True) == []
    assert len(await listed(desk, open=False, trigger="by_hand")) == 3
    assert await desk.db.fetchval("SELECT count(*) FROM timers WHERE kind = 'escalation.look'") == 1  # of the original


async def test_a_timer_that_fires_after_the_end_finds_nothing_to_do(desk: Desk) -> None:
    filed = await desk.file(received_at="2026-08-03T02:00:00Z")
    await desk.act(filed, "withdraw", reason="settled")
    await desk.db.execute(
        "INSERT INTO timers (kind, key, due, payload, next_try) VALUES ('escalation.look', $1, now(), '{}', now())",
        filed["id"],
    )
    await desk.fire()
    assert await listed(desk) == []


async def test_by_hand_before_whom_is_said_and_a_subject_is_refused(desk: Desk) -> None:
    filed = await desk.file(received_at=YOUNG, subject_staff=["boss-1"])
    refused = await desk.act(filed, "escalate", status=409, to={"kind": "staff", "code": "boss-1"}, reason="angry")
    assert refused["code"] == "conflict-of-interest"
    await desk.facts()
    assert (await desk.act(filed, "escalate", to=LEAD, reason="angry"))["escalation_level"] == 1
    assert await desk.names() == ["complaint.escalated"]
    await desk.act(filed, "escalate", status=422, to=LEAD)
    await desk.act(filed, "escalate", status=422, to=LEAD, reason="x", level=10)
    await desk.act(filed, "escalate", status=422, to={"kind": "role", "code": "a", "name": "Li"}, reason="x")
    [item] = (await desk.get("/escalations"))["items"]
    assert (item["number"], item["actor"], item["reason"], item["to_code"]) == (
        filed["number"],
        "person:clerk-1",
        "angry",
        "team-lead",
    )


async def test_the_list_is_filtered_and_paged_in_one_statement(desk: Desk) -> None:
    for _ in range(3):
        filed = await desk.file(received_at=YOUNG)
        await desk.act(filed, "escalate", to=LEAD, reason="angry")
    await desk.act(filed, "escalate", to={"kind": "staff", "code": "boss-1"}, reason="angry", level=5)
    for asked, count in (
        ({"to_kind": "role", "to": "team-lead"}, 3),
        ({"level": 5}, 1),
        ({"complaint": filed["id"]}, 2),
        ({"step": "critical"}, 0),
        ({"trigger": "age"}, 0),
        ({"from": "2099-01-01T00:00:00Z"}, 0),
        ({"before": "2099-01-01T00:00:00Z", "open": True}, 4),
    ):
        assert len((await desk.get("/escalations", asked))["items"]) == count, asked
    first = await desk.get("/escalations", {"limit": 3})
    async with statements(desk.served) as seen:
        second = await desk.get("/escalations", {"limit": 3, "after": first["next"]})
    assert len(seen) == 2, seen
    assert len({item["id"] for item in first["items"] + second["items"]}) == 4
    for bad in ({"level": 0}, {"trigger": "anger"}, {"complaint": "x"}, {"after": "x"}, {"sort": "level"}, {"who": "me"}):
        await desk.get("/escalations", bad, status=422)
    escalated = await desk.get("/complaints", {"escalated": True})
    assert len(escalated["items"]) == 3
    assert (await desk.get("/complaints", {"escalated": False}))["items"] == []


async def test_an_edited_ladder_counts_for_what_is_open_and_a_step_taken_stays_taken(desk: Desk) -> None:
    filed = await desk.until("assessed", received_at=YOUNG)
    await desk.until("closed", received_at=YOUNG)
    await desk.fire()
    assert await listed(desk) == []
    severe = step(code="severe", trigger="severity", severities=["medium"], to={"kind": "queue", "code": "second-line"})
    new = {"name": "Ours", "instead": BOSS, "steps": [severe]}
    assert (await desk.put("/escalation-policies/standard", new))["version"] == 2
    await desk.fire()
    [item] = (await desk.get("/escalations"))["items"]
    assert (item["complaint_id"], item["step"], item["policy_version"]) == (filed["id"], "severe", 2)
    await desk.put("/escalation-policies/standard", {**new, "steps": [{**severe, "level": 4}]})
    await desk.fire()
    assert await listed(desk) == ["severe"]
    assert [item["version"] for item in (await desk.get("/escalation-policies"))["items"]] == [1, 2, 3]
    assert (await desk.get("/escalation-policies/standard"))["version"] == 3
    assert (await desk.get("/escalation-policies/standard", {"version": 2}))["body"]["steps"][0]["level"] == 1
    await desk.get("/escalation-policies/standard", {"version": 9}, status=404)
    await desk.put("/escalation-policies/other", new, status=404)
    await desk.put("/escalation-policies/standard", {**new, "steps": [step(), step()]}, status=422)
    await desk.put("/escalation-policies/standard", {**new, "instead": {"kind": "staff", "code": "x"}}, status=422)


async def test_a_ladder_of_the_future_counts_from_then_on(desk: Desk) -> None:
    await desk.until("assessed", received_at=YOUNG)
    severe = step(code="severe", trigger="severity", severities=["medium"])
    new = {"name": "Ours", "instead": BOSS, "steps": [severe], "effective_from": "2099-01-01T00:00:00Z"}
    await desk.put("/escalation-policies/standard", new)
    await desk.fire()
    assert await listed(desk) == []
    assert await desk.db.fetchval("SELECT due FROM timers WHERE kind = 'escalation.follow'")


def test_a_clock_that_an_emergency_holds_does_not_escalate_and_does_once_it_is_let_go() -> None:
    complaint = brought_to("investigating")
    incident = new_id()
    complaint.hold(act(at("2026-12-31 12:00")), incident)
    kinds = step(clocks=["resolution"])
    assert climbed(complaint, kinds) == []
    complaint.let_go(act(LATE), incident, CALENDARS)
    assert any(isinstance(fact, OCCASIONS) for fact in complaint.recorded)  # it is looked at again
    assert climbed(complaint, kinds) == ["one"]


async def test_the_migration_reckons_from_the_history_what_was_refused_and_waited_before_it(desk: Desk) -> None:
    filed = await desk.file(received_at="2026-11-02T02:00:00Z")
    for hour, (action, body) in enumerate(
        (
            ("acknowledge", {"method": "phone"}),
            ("assess", {"severity": "medium"}),
            ("assign", {"assignee": "agent-7"}),
            ("start-investigation", {}),
            ("pause", {"reason": "awaiting_customer"}),
            ("resume", {}),
            ("set-root-cause", {"cause": "process", "latent_risk": False}),
            ("propose", {"remedy": "refund", "note": "The price."}),
            ("record-decision", {"accepted": False}),
            ("pause", {"reason": "awaiting_third_party"}),
        ),
        start=3,
    ):
        await desk.act(filed, action, **body, at=f"2026-11-02T{hour:02}:00:00Z")
    reopened = await desk.until("closed", received_at="2026-11-02T02:00:00Z")
    await desk.act(reopened, "reopen", reason="again")
    await desk.until("assessed")
    query = "SELECT refusals, waiting_since, waited_seconds FROM complaints ORDER BY number"
    kept = [tuple(row) for row in await desk.db.fetch(query)]
    assert kept[0] == (1, datetime(2026, 11, 2, 12, tzinfo=UTC), 3600)
    await desk.db.execute("UPDATE complaints SET refusals = 0, waiting_since = NULL, waited_seconds = 0")
    migration = import_module("rapport_complaints.migrations.versions.0013_escalations")
    for statement in migration.STATEMENTS:
        if statement.strip().startswith("UPDATE"):
            await desk.db.execute(statement)
    assert [tuple(row) for row in await desk.db.fetch(query)] == kept
