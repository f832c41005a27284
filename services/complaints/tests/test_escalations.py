"""Escalation: which step is due when, before whom a complaint comes, and what never escalates (DOMAIN 3b, case 8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.data import Addressee, Ladder, Step
from rapport_complaints.cases.domain.refusals import ConflictOfInterest
from rapport_complaints.clocks.domain.policies import calendar_of
from rapport_complaints.handling.usecases.follow_complaints import Occasion
from rapport_complaints.shipped import shipped
from rapport_contracts.complaints.vocabulary import EscalationTarget
from rapport_kernel.errors import NotAllowed
from rapport_kernel.ids import new_id
from rapport_kernel.versions import Version

from .making import MONDAY, OFFICE, act, assess, at, basis, brought_to, hours, received, target, types, version

SHIPPED_LADDER = shipped("escalation_policies", Ladder)["standard"]
LEAD = {"kind": "role", "code": "team-lead"}
BOSS = {"kind": "role", "code": "boss"}
LATE = MONDAY + timedelta(days=100)
"""When every clock has run out."""
CALENDARS = {"office": calendar_of([version(OFFICE)])}


def step(**said: Any) -> dict[str, Any]:
    return {"code": "one", "trigger": "clock_breached", "level": 1, "to": LEAD, **said}


def ladder(*steps: dict[str, Any]) -> Version[Ladder]:
    read = Ladder.model_validate_json(
        Ladder.model_construct(name="x", instead=BOSS, steps=list(steps)).model_dump_json(warnings=False)
    )
    return version(read, "standard", 3)


def climbed(complaint: Complaint, *steps: dict[str, Any], when: Any = LATE) -> list[str]:
    """Which steps it took."""
    complaint.check_clocks(when)
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
    complaint.check_clocks(LATE)
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


def test_a_clock_that_an_emergency_holds_does_not_escalate_and_does_once_it_is_let_go() -> None:
    complaint = brought_to("investigating")
    incident = new_id()
    complaint.hold(act(at("2026-12-31 12:00")), incident)
    kinds = step(clocks=["resolution"])
    assert climbed(complaint, kinds) == []
    complaint.release_from_incident(act(LATE), incident, CALENDARS)
    assert any(isinstance(fact, Occasion) for fact in complaint.recorded)  # it is checked again
    assert climbed(complaint, kinds) == ["one"]
