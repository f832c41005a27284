"""Incidents and drills without a database: every state, every refused move; intervals, authority, checklists, gaps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rapport_complaints.cases.domain.refusals import ChecklistIncomplete
from rapport_complaints.emergencies.domain.data import EmergencyPlan, EmergencyPolicy, IncidentType
from rapport_complaints.emergencies.domain.drill import DRILL_LIFE, Drill, Gap, GapsOpen
from rapport_complaints.emergencies.domain.incident import INCIDENT_LIFE, UNDER_WAY, Incident
from rapport_complaints.shipped import shipped
from rapport_contracts.complaints.incidents import IncidentRestored, IncidentStepCompleted, IncidentUpdateMissed
from rapport_kernel.errors import Conflict, Forbidden, Invalid, NotAllowed
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id

from .making import MONDAY, act, version

LEVELS = shipped("emergency_policies", EmergencyPolicy)["standard"]
GENERAL_PLAN = shipped("emergency_plans", EmergencyPlan)["general"]
TYPES = shipped("incident_types", IncidentType)

LEVEL_ONE, LEVEL_TWO = LEVELS.levels
POLICY = version(LEVELS, "standard")
PLAN = version(GENERAL_PLAN, "general")


def reported() -> Incident:
    made = Incident(
        id=new_id(),
        number="I1",
        incident_type="other",
        type_version=1,
        reported_at=MONDAY,
        began_at=MONDAY,
        last_at=MONDAY,
        touchpoints=["hotline"],
    )
    made.report(act())
    return made


def planned() -> Drill:
    made = Drill(id=new_id(), number="D1", plan="general", plan_version=1, planned_for=MONDAY, last_at=MONDAY)
    made.schedule(act())
    return made


GAP = Gap("no-second-line", "unit-network", MONDAY + timedelta(days=10))
INCIDENT_MOVES: dict[str, Callable[[Incident, Act], None]] = {
    "classify": lambda i, a: i.classify(a, LEVEL_TWO),
    "dismiss": lambda i, a: i.dismiss(a, "false-alarm"),
    "declare": lambda i, a: i.declare(a, POLICY, 4),
    "change-level": lambda i, a: i.change_level(a, POLICY, 1, "worse", 4),
    "update": lambda i, a: i.update(a, None, None),
    "activate-plan": lambda i, a: i.activate_plan(a, PLAN),
    "complete-step": lambda i, a: i.complete_step(a, "team"),
    "contain": lambda i, a: i.contain(a),
    "restore": lambda i, a: i.restore(a),
    "review": lambda i, a: i.review(a, "human-error"),
    "close": lambda i, a: i.close(a),
}
DRILL_MOVES: dict[str, Callable[[Drill, Act], None]] = {
    "hold": lambda d, a: d.hold(a, 12),
    "cancel": lambda d, a: d.cancel(a, "real-incident"),
    "record-gaps": lambda d, a: d.record_gaps(a, [GAP] if not d.gaps else []),
    "close-gap": lambda d, a: d.close_gap(a, GAP.code),
    "close": lambda d, a: d.close(a),
}
INCIDENT_ROAD = ("classify", "declare", "activate-plan", "contain", "restore", "review", "close")
DRILL_ROAD = ("hold", "record-gaps", "close-gap", "close")


def brought_to(made: Any, state: str, moves: dict[str, Callable[[Any, Act], None]], road: tuple[str, ...]) -> Any:
    """An incident or drill in that state, reached along the straight road, with all steps done before it is closed."""
    for end in ("dismiss", "cancel"):
        if end in moves and state == made.life.target(made.state, end):
            moves[end](made, act())
    for move in road:
        if made.state == state:
            break
        if move == "close" and isinstance(made, Incident):
            for step in made.open_steps:
                made.complete_step(act(), step)
        moves[move](made, act())
    assert made.state == state
    made.recorded.clear()
    made.unsaved_history.clear()
    return made


def incident_in(state: str) -> Incident:
    made: Incident = brought_to(reported(), state, INCIDENT_MOVES, INCIDENT_ROAD)
    return made


def drill_in(state: str) -> Drill:
    made: Drill = brought_to(planned(), state, DRILL_MOVES, DRILL_ROAD)
    return made


CASES = [
    (incident_in, INCIDENT_LIFE, INCIDENT_MOVES, state, move) for state in INCIDENT_LIFE.states for move in INCIDENT_MOVES
]
CASES += [(drill_in, DRILL_LIFE, DRILL_MOVES, state, move) for state in DRILL_LIFE.states for move in DRILL_MOVES]


@pytest.mark.parametrize(("bring", "life", "moves", "state", "move"), CASES)
def test_a_move_leads_where_the_table_says_or_is_refused_with_what_is_allowed(
    bring: Any, life: Any, moves: Any, state: str, move: str
) -> None:
    made = bring(state)
    if move in life.allowed(state):
        if state == "reviewed" and move == "close":
            for step in made.open_steps:
                made.complete_step(act(), step)
            made.unsaved_history.clear()
        if state == "gaps_recorded" and move == "close":
            made.close_gap(act(), GAP.code)
            made.unsaved_history.clear()
        moves[move](made, act())
        assert made.state == life.target(state, move)
        assert [each.move for each in made.unsaved_history] == [move]
        assert made.recorded
    else:
        with pytest.raises(NotAllowed) as refused:
            moves[move](made, act())
        assert (refused.value.state, refused.value.allowed) == (state, life.allowed(state))
        assert (made.state, made.recorded, made.unsaved_history) == (state, [], [])


def test_every_move_of_the_tables_has_a_method() -> None:
    assert {move.name for move in INCIDENT_LIFE.moves} == set(INCIDENT_MOVES)
    assert {move.name for move in DRILL_LIFE.moves} == set(DRILL_MOVES)
    assert INCIDENT_LIFE.final == ("dismissed", "closed")


def missed(incident: Incident) -> list[tuple[timedelta, int]]:
    said = [fact for fact in incident.recorded if isinstance(fact, IncidentUpdateMissed)]
    return [(fact.due_at - MONDAY, fact.in_a_row) for fact in said]


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def test_the_shipped_levels_ask_for_updates_every_30_and_every_60_minutes() -> None:
    assert [(rule.level, rule.update_minutes) for rule in LEVELS.levels] == [(1, 30), (2, 60)]
    assert set(TYPES) == {"natural-disaster", "equipment-failure", "cyber-attack", "other"}


def test_a_missed_update_is_said_once_for_each_interval_at_its_exact_end() -> None:
    incident = incident_in("declared")
    incident.settle(MONDAY + minutes(60))
    assert missed(incident) == []
    incident.settle(MONDAY + minutes(60) + timedelta(microseconds=1))
    incident.settle(MONDAY + minutes(61))
    assert missed(incident) == [(minutes(60), 1)]
    incident.settle(MONDAY + minutes(190))
    assert missed(incident) == [(minutes(60), 1), (minutes(120), 2), (minutes(180), 3)]
    assert (incident.missed_updates, incident.missed_in_a_row) == (3, 3)


def test_an_update_moves_the_next_due_time_and_ends_the_row_of_missed_ones() -> None:
    incident = incident_in("declared")
    incident.update(act(MONDAY + minutes(50)), None, None)
    assert incident.next_update_at == MONDAY + minutes(110)
    incident.update(act(MONDAY + minutes(115)), None, None)
    assert missed(incident) == [(minutes(110), 1)]
    assert (incident.next_update_at, incident.missed_in_a_row) == (MONDAY + minutes(175), 0)
    assert (incident.updates, incident.missed_updates) == (2, 1)


def test_an_update_that_is_entered_late_does_not_have_the_same_interval_missed_twice() -> None:
    incident = incident_in("declared")
    incident.settle(MONDAY + minutes(70))
    incident.update(act(MONDAY + minutes(55)), None, None)
    assert incident.next_update_at == MONDAY + minutes(120)
    incident.settle(MONDAY + minutes(119))
    assert missed(incident) == [(minutes(60), 1)]


def test_another_level_has_its_own_interval_from_then_on() -> None:
    incident = incident_in("declared")
    incident.change_level(act(MONDAY + minutes(20), reason="worse"), POLICY, 1, "worse", 3)
    assert (incident.level, incident.next_update_at) == (1, MONDAY + minutes(50))
    incident.settle(MONDAY + minutes(51))
    assert missed(incident) == [(minutes(50), 1)]


def test_after_the_restoration_no_update_is_due() -> None:
    incident = incident_in("contained")
    incident.restore(act(MONDAY + minutes(61)))
    incident.settle(MONDAY + timedelta(days=3))
    assert missed(incident) == [(minutes(60), 1)]
    restored = incident.recorded[-1]
    assert isinstance(restored, IncidentRestored)
    assert (restored.touchpoints, restored.missed_updates) == (["hotline"], 1)
    assert incident.ended_at == MONDAY + minutes(61)


def test_a_grave_incident_is_declared_by_a_high_level_only() -> None:
    grave = reported()
    grave.classify(act(), LEVEL_ONE)
    with pytest.raises(Forbidden, match="authority-too-low"):
        grave.declare(act(), POLICY, 2)
    assert grave.state == "classified"
    grave.declare(act(), POLICY, 3)
    with pytest.raises(Forbidden, match="authority-too-low"):
        grave.change_level(act(), POLICY, 2, "worse", 2)
    light = incident_in("declared")
    with pytest.raises(Forbidden, match="authority-too-low"):
        light.change_level(act(), POLICY, 1, "worse", 2)
    assert light.recorded == []


def test_a_level_that_there_is_not_or_that_it_has_already_is_refused() -> None:
    incident = incident_in("declared")
    with pytest.raises(Invalid, match="unknown-level"):
        incident.change_level(act(), POLICY, 7, "worse", 4)
    with pytest.raises(Conflict, match="same-level"):
        incident.change_level(act(), POLICY, 2, "worse", 4)
    only_one = version(EmergencyPolicy(name="x", levels=[LEVEL_ONE]), "standard", 2)
    classified = incident_in("classified")
    with pytest.raises(Invalid, match="unknown-level"):
        classified.declare(act(), only_one, 4)


def test_a_plan_that_is_not_meant_for_it_is_not_activated() -> None:
    other = version(EmergencyPlan(name="x", types=["cyber-attack"], steps=GENERAL_PLAN.steps), "cyber")
    incident = incident_in("declared")
    with pytest.raises(Invalid, match="plan-does-not-fit"):
        incident.activate_plan(act(), other)
    assert incident.checklist == []


def test_the_limits_of_steps_count_from_the_activation_and_a_late_step_says_so() -> None:
    incident = incident_in("plan_activated")
    incident.complete_step(act(MONDAY + minutes(15)), "team")
    incident.complete_step(act(MONDAY + minutes(31)), "frontline")
    incident.complete_step(act(MONDAY + minutes(31)), "all-clear")
    said = [fact.in_time for fact in incident.recorded if isinstance(fact, IncidentStepCompleted)]
    assert said == [True, False, None]
    with pytest.raises(Conflict, match="step-done"):
        incident.complete_step(act(MONDAY + minutes(31)), "team")
    with pytest.raises(Invalid, match="unknown-step"):
        incident.complete_step(act(MONDAY + minutes(31)), "nonsense")


def test_an_incomplete_checklist_is_named_by_the_guard_of_close() -> None:
    incident = incident_in("reviewed")
    for step in ("team", "frontline", "notice", "fallback"):
        incident.complete_step(act(), step)
    with pytest.raises(ChecklistIncomplete, match="all-clear"):
        incident.close(act())
    assert incident.state == "reviewed"


def test_a_drill_is_not_closed_while_a_gap_is_open() -> None:
    drill = drill_in("gaps_recorded")
    with pytest.raises(GapsOpen):
        drill.close(act())
    with pytest.raises(Invalid, match="gap-twice"):
        drill.record_gaps(act(), [GAP])
    with pytest.raises(Invalid, match="unknown-gap"):
        drill.close_gap(act(), "another")
    drill.close_gap(act(MONDAY + timedelta(days=11)), GAP.code)
    with pytest.raises(Conflict, match="gap-closed"):
        drill.close_gap(act(MONDAY + timedelta(days=11)), GAP.code)
    drill.close(act(MONDAY + timedelta(days=11)))
    assert [getattr(fact, "in_time", None) for fact in drill.recorded] == [False, None]


def test_a_drill_that_showed_nothing_missing_can_be_closed() -> None:
    drill = drill_in("held")
    drill.record_gaps(act(), [])
    drill.close(act())
    assert drill.state == "closed"


def test_the_states_under_way_are_those_in_which_updates_can_be_given() -> None:
    assert {move.source for move in INCIDENT_LIFE.moves if move.name == "update"} == set(UNDER_WAY)
