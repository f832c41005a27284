"""Changes without a database: every state, every refused move, steps that are late, what counts as an effect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapport_complaints.finding.domain.change import (
    CHANGE_LIFE,
    MOST_COMPLAINTS,
    Change,
    ChangeStep,
    EffectMissing,
    StepsMissing,
    StepsOpen,
)
from rapport_complaints.finding.domain.effect import Counted, Effect, Periods, TooEarly, measure
from rapport_contracts.complaints.changes import ChangeStepCompleted, ChangeStepMissed
from rapport_kernel.errors import Conflict, Invalid, NotAllowed, Refused
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id

from .making import MONDAY, act

DAY = timedelta(days=1)
LONG_AGO = MONDAY - 1000 * DAY


def effect_of(change: Change, moment: datetime, before: int = 40, after: int = 10) -> Effect:
    """Measured over one day."""
    unfrozen, refrozen = change.unfrozen_at or moment, change.refrozen_at or moment
    periods = Periods(1, unfrozen - DAY, unfrozen, refrozen, refrozen + DAY)
    return measure(periods, Counted(before, after, 0, LONG_AGO), 0.01, 5, moment)


def plan(change: Change, how: Act) -> None:
    change.plan(how, [ChangeStep(f"s{len(change.steps) + 1}", "unit-a", how.at + DAY)])


def complete(change: Change, how: Act) -> None:
    change.complete_step(how, (change.open_steps or ["s1"])[0])


MOVES: dict[str, Callable[[Change, Act], None]] = {
    "link-complaint": lambda c, a: c.link(a, new_id()),
    "plan-step": plan,
    "unfreeze": lambda c, a: c.unfreeze(a),
    "start": lambda c, a: c.start(a),
    "complete-step": complete,
    "refreeze": lambda c, a: c.refreeze(a, "sop-1"),
    "record-effect": lambda c, a: c.record_effect(a, effect_of(c, a.at)),
    "close": lambda c, a: c.close(a),
    "abandon": lambda c, a: c.abandon(a, "no-budget"),
}
ROAD = ("plan-step", "unfreeze", "start", "complete-step", "refreeze", "record-effect", "close")


def proposed(moment: datetime = MONDAY) -> Change:
    made = Change(
        id=new_id(), number="CH1", owner="unit-a", dimension="cause", group="process", proposed_at=moment, last_at=moment
    )
    made.propose(act(moment))
    return made


def brought_to(state: str) -> Change:
    """A change in that state, ready for whatever comes next, all of it at one moment."""
    change = proposed()
    if state == "abandoned":
        change.abandon(act(), "no-budget")
    elif state == "proposed":
        plan(change, act())
    else:
        for move in ROAD:
            MOVES[move](change, act())
            if change.state == state and move != "refreeze":
                break
            if state == "refrozen" and move == "record-effect":
                break
    assert change.state == state
    change.recorded.clear()
    change.unsaved_history.clear()
    return change


@pytest.mark.parametrize("state", CHANGE_LIFE.states)
@pytest.mark.parametrize("move", sorted(MOVES))
def test_a_move_leads_where_the_table_says_or_is_refused_with_what_is_allowed(state: str, move: str) -> None:
    change = brought_to(state)
    if (state, move) == ("changing", "refreeze"):
        complete(change, act())
        change.recorded.clear()
        change.unsaved_history.clear()
    if move in CHANGE_LIFE.allowed(state):
        MOVES[move](change, act())
        assert change.state == CHANGE_LIFE.target(state, move)
        assert [each.move for each in change.unsaved_history] == [move]
        assert len(change.recorded) == 1
    else:
        with pytest.raises(NotAllowed) as refused:
            MOVES[move](change, act())
        assert (refused.value.state, refused.value.allowed) == (state, CHANGE_LIFE.allowed(state))
        assert (change.state, change.recorded, change.unsaved_history) == (state, [], [])


def test_the_table_has_the_moves_that_the_change_has() -> None:
    assert {move.name for move in CHANGE_LIFE.moves} == set(MOVES)
    assert set(CHANGE_LIFE.final) == {"closed", "abandoned"}


def missed(change: Change) -> list[tuple[str, datetime]]:
    return [(fact.step, fact.missed_at) for fact in change.recorded if isinstance(fact, ChangeStepMissed)]


def test_a_late_step_is_said_once_at_its_exact_time_however_late_somebody_looks() -> None:
    change = brought_to("changing")
    assert change.next_check_at == MONDAY + DAY
    change.settle(MONDAY + DAY)
    assert missed(change) == []
    change.settle(MONDAY + 5 * DAY)
    change.settle(MONDAY + 6 * DAY)
    assert missed(change) == [("s1", MONDAY + DAY)]
    assert (change.late_steps, change.next_check_at, change.due_at) == (1, None, MONDAY + DAY)


def test_a_step_done_late_between_two_looks_is_late_and_one_entered_late_is_not() -> None:
    change = brought_to("changing")
    change.complete_step(act(MONDAY + DAY + timedelta(minutes=1)), "s1")
    assert missed(change) == [("s1", MONDAY + DAY)]
    assert isinstance(change.recorded[-1], ChangeStepCompleted) and change.recorded[-1].in_time is False
    change = brought_to("changing")
    change.settle(MONDAY + 2 * DAY)
    change.complete_step(act(MONDAY + DAY), "s1")
    assert change.late_steps == 0
    assert isinstance(change.recorded[-1], ChangeStepCompleted) and change.recorded[-1].in_time is True


def test_nothing_of_an_abandoned_change_is_due_any_more() -> None:
    change = brought_to("changing")
    change.abandon(act(), "no-budget")
    change.settle(MONDAY + 9 * DAY)
    assert (missed(change), change.due_at, change.next_check_at) == ([], None, None)


def test_guards_name_what_is_missing() -> None:
    change = proposed()
    change.unfreeze(act())
    with pytest.raises(StepsMissing):
        change.start(act())
    plan(change, act())
    change.start(act())
    with pytest.raises(StepsOpen, match="s1"):
        change.refreeze(act(), "sop-1")
    complete(change, act())
    change.refreeze(act(), "sop-1")
    with pytest.raises(EffectMissing):
        change.close(act())
    change.record_effect(act(), effect_of(change, MONDAY))
    change.unfreeze(act(MONDAY + DAY))
    assert (change.round, change.measured, change.unfrozen_at) == (2, None, MONDAY)
    with pytest.raises(StepsMissing):
        change.start(act(MONDAY + DAY))
    plan(change, act(MONDAY + DAY))
    for move in ("start", "complete-step", "refreeze"):
        MOVES[move](change, act(MONDAY + DAY))
    with pytest.raises(EffectMissing):  # that of the first round says nothing about what binds now
        change.close(act(MONDAY + DAY))


def test_steps_and_complaints_are_named_once_and_lie_ahead() -> None:
    change = brought_to("unfrozen")
    with pytest.raises(Invalid, match="step-twice"):
        change.plan(act(), [ChangeStep("s1", "unit-b", MONDAY + DAY)])
    with pytest.raises(Invalid, match="due-in-the-past"):
        change.plan(act(), [ChangeStep("s9", "unit-b", MONDAY)])
    with pytest.raises(Conflict, match="too-many-steps"):
        change.plan(act(), [ChangeStep(f"x{n}", "unit-b", MONDAY + DAY) for n in range(100)])
    complaint = new_id()
    change.link(act(), complaint)
    with pytest.raises(Conflict, match="complaint-linked"):
        change.link(act(), complaint)
    change.complaints = [new_id() for _ in range(MOST_COMPLAINTS)]
    with pytest.raises(Conflict, match="too-many-complaints"):
        change.link(act(), complaint)
    with pytest.raises(Invalid, match="unknown-step"):
        brought_to("changing").complete_step(act(), "nobody")


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [(40, 10, "fallen"), (10, 40, "risen"), (20, 19, "unchanged"), (2, 2, "too-few"), (0, 20, "risen"), (20, 0, "fallen")],
)
def test_an_effect_is_what_an_exact_test_says(before: int, after: int, verdict: str) -> None:
    effect = effect_of(proposed(), MONDAY, before, after)
    assert effect.verdict == verdict
    if verdict == "too-few":
        assert (effect.p, effect.change, effect.low, effect.high) == (None, None, None, None)
        return
    assert effect.p is not None and (effect.p <= 0.01) == (verdict != "unchanged")
    if before:
        assert effect.change == pytest.approx(100 * (after - before) / before)
        assert effect.low is not None and effect.low <= effect.change
        assert effect.high is None or effect.change <= effect.high
    else:
        assert effect.change is None


def test_the_chance_is_that_of_the_binomial_written_out() -> None:
    effect = effect_of(proposed(), MONDAY, 8, 1)
    assert effect.p == pytest.approx(2 * (9 + 1) / 2**9)


def test_what_was_not_counted_before_is_not_compared() -> None:
    start = MONDAY - 10 * DAY
    periods = Periods(10, start, MONDAY, MONDAY, MONDAY + 10 * DAY)
    for first, verdict in ((None, "no-history"), (start + DAY, "no-history"), (start + DAY / 2, "fallen")):
        assert measure(periods, Counted(40, 10, 0, first), 0.01, 5, MONDAY).verdict == verdict
    with pytest.raises(TooEarly):
        Periods.around(MONDAY, MONDAY, 2, MONDAY + DAY)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*sorted(MOVES), "look"]), st.integers(0, 3000)), min_size=5, max_size=60))
def test_no_walk_breaks_the_table(steps: list[tuple[str, int]]) -> None:
    now, change = MONDAY, proposed()
    for name, minutes in steps:
        now += timedelta(minutes=minutes)
        before = change.state
        if name == "look":
            change.settle(now)
        else:
            try:
                MOVES[name](change, act(now))
            except Refused:
                assert change.state == before
            else:
                assert change.state == CHANGE_LIFE.target(before, name)
        assert (change.ended_at is not None) == (change.state in {"closed", "abandoned"})
        assert change.state != "closed" or (change.measured is not None and not change.open_steps)
        assert len(missed(change)) == len({step for step, _ in missed(change)})
        assert change.state != "refrozen" or change.refrozen_at is not None
