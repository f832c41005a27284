"""The life of a follow-up case: every refused move, its history, and the facts recorded on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from rapport_kernel.errors import NotAllowed
from rapport_kernel.history import Act
from rapport_satisfaction.follow_ups.domain import FOLLOW_UP_LIFE, FollowUp

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def act(later: timedelta = timedelta()) -> Act:
    return Act(at=NOW + later, recorded_at=NOW + later, by="person:agent-1")


def new_case() -> FollowUp:
    return FollowUp.opened(
        act(),
        invitation_id=UUID(int=1), response_id=UUID(int=4), customer_id=UUID(int=3), survey="after-call", metric="nps",
        score=3, due_at=NOW + 2 * DAY, most_tries=3, assignee="a2",
    )  # fmt: skip


def case() -> FollowUp:
    made = new_case()
    made.recorded.clear()
    return made


def test_every_refused_move_says_what_would_be_allowed() -> None:
    names = {move.name for move in FOLLOW_UP_LIFE.moves}
    refused = 0
    for state in FOLLOW_UP_LIFE.states:
        for name in names - set(FOLLOW_UP_LIFE.allowed(state)):
            with pytest.raises(NotAllowed) as error:
                FOLLOW_UP_LIFE.target(state, name)
            assert error.value.allowed == FOLLOW_UP_LIFE.allowed(state)
            refused += 1
    assert refused > 20


def test_a_case_is_walked_to_its_end() -> None:
    made = case()
    with pytest.raises(NotAllowed):
        made.close(act())
    made.record_attempt(act(), reached=False)
    made.record_attempt(act(), reached=True)
    made.record_cause(act(), "waiting-time")
    made.record_action(act(), "apology")
    made.confirm(act(), satisfied=False)
    made.record_action(act(), "callback")
    made.confirm(act(), satisfied=True)
    made.close(act())
    closed = made.recorded[-1]
    assert (closed.cause, closed.action, closed.reached, made.tries) == ("waiting-time", "callback", True, 2)


def test_who_is_missed_three_times_is_unreachable_and_may_still_call_back() -> None:
    made = case()
    for _ in range(3):
        made.record_attempt(act(), reached=False)
    assert made.state == "unreachable"
    made.close(act())
    assert (made.recorded[-1].reached, made.recorded[-1].cause) == (False, "unknown")


def test_late_is_late_at_the_due_time_and_once() -> None:
    made = case()
    assert made.next_check_at == made.due_at
    made.settle(made.due_at - timedelta(microseconds=1))
    assert made.recorded == []
    made.settle(made.due_at + DAY)
    made.settle(made.due_at + DAY)
    assert [fact.escalated_at for fact in made.recorded] == [made.due_at]
    assert made.next_check_at is None
    done = case()
    done.record_attempt(act(), reached=True)
    done.record_cause(act(), "x")
    done.record_action(act(), "y")
    done.confirm(act(), satisfied=True)
    done.close(act())
    assert done.next_check_at is None
    done.settle(done.due_at + DAY)
    assert "escalated_at" not in done.recorded[-1].model_dump()


def test_who_acts_after_the_due_time_finds_it_escalated() -> None:
    for step in (
        lambda late: late.record_attempt(act(3 * DAY), reached=True),
        lambda late: late.record_attempt(act(3 * DAY), reached=False),
        lambda late: late.assign(act(3 * DAY), "agent-7"),
    ):
        late = case()
        step(late)
        assert late.recorded[0].escalated_at == late.due_at


def test_a_miss_is_refused_once_the_customer_is_unreachable() -> None:
    made = case()
    for _ in range(3):
        made.record_attempt(act(), reached=False)
    with pytest.raises(NotAllowed) as error:
        made.record_attempt(act(), reached=False)
    assert (error.value.state, made.tries) == ("unreachable", 3)
    made.record_attempt(act(), reached=True)
    assert made.state == "contacted"


def test_every_step_stands_in_the_history() -> None:
    made = case()
    made.assign(act(), "agent-7")
    for _ in range(3):
        made.record_attempt(act(), reached=False)
    made.close(act())
    assert [(entry.move, entry.source, entry.target) for entry in made.unsaved_history] == [
        ("open", "", "opened"),
        ("assign", "opened", "opened"),
        *[("record-attempt", "opened", "opened")] * 3,
        ("give-up", "opened", "unreachable"),
        ("close", "unreachable", "closed"),
    ]
