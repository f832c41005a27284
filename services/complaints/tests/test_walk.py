"""Random walks through the life of a complaint: whatever is tried in whatever order, the table and the clocks hold."""

from __future__ import annotations

import contextlib
import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.life import ENDED, LIFE, OPEN, TOLD
from rapport_complaints.clocks.domain.clock_life import CLOCK_LIFE
from rapport_contracts.complaints.clocks import ClockBreached, ClockMet, ClockWarned
from rapport_kernel.errors import Refused
from rapport_kernel.ids import new_id

from .making import MONDAY, act, basis, received, target
from .test_life import MOVES

STEPS = st.lists(
    st.tuples(st.sampled_from([*sorted(MOVES), "look", "look"]), st.integers(0, 30 * 60), st.booleans()),
    min_size=5,
    max_size=60,
)


def check(complaint: Complaint, now: datetime) -> None:
    """What is true of every complaint at any time."""
    running = complaint.running_clocks
    assert complaint.state not in ENDED or not running
    assert complaint.feedback_at is None or complaint.state in (*TOLD, "closed", "withdrawn")
    assert complaint.assignee is None or complaint.assignee not in complaint.barred
    for clock in complaint.clocks:
        assert clock.state in CLOCK_LIFE.states
        assert (clock.state == "running") == (clock.due_at is not None and clock.ended_at is None)
        assert clock.breached_at is None or clock.breached_at <= now
        assert sum(pause.end is None for pause in clock.pauses) == (clock.state == "paused")
    said = [fact for fact in complaint.recorded if isinstance(fact, ClockWarned | ClockBreached | ClockMet)]
    for clock in complaint.clocks:
        own = [fact for fact in said if fact.clock_id == clock.id]
        assert sum(isinstance(fact, ClockMet) for fact in own) <= 1
        assert not own or not any(isinstance(fact, ClockMet) for fact in own[:-1])
    assert complaint.state != "appealed" or [clock for clock in running if clock.kind == "resolution"]
    if complaint.state == "closed":
        assert complaint.what_keeps_it_open() == []


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_no_walk_breaks_the_table_or_the_clocks(steps: list[tuple[str, int, bool]]) -> None:
    now = MONDAY
    complaint = received(now, basis(acknowledgement=target(4), resolution=target(12), follow_up_days=2))
    for name, minutes, likely in steps:
        now += timedelta(minutes=minutes)
        if name == "look":
            complaint.check_clocks(now)
        else:
            allowed = LIFE.allowed(complaint.state)
            move = name if not likely or name in allowed or not allowed else allowed[len(name) % len(allowed)]
            before = complaint.state
            try:
                MOVES[move](complaint, act(now))
            except Refused:
                assert complaint.state == before
            else:
                assert complaint.state == LIFE.target(before, move)
        check(complaint, now)


@pytest.mark.parametrize("state", OPEN)
def test_no_state_is_a_dead_end_not_even_for_what_another_system_began(state: str) -> None:
    chance = random.Random(7)
    begun = new_id()
    complaint = Complaint(
        id=begun, number="C1", state=state, channel="web", category="x", received_at=MONDAY, last_at=MONDAY,
        keyed_by=begun, source="old", external_ref="1",
    )  # fmt: skip
    complaint.import_as_it_stands(act())
    for _ in range(2000):
        if complaint.state == "closed":
            break
        ways = [move for move in LIFE.allowed(complaint.state) if LIFE.target(complaint.state, move) not in ENDED[1:]]
        ways = [move for move in ways if move not in {"escalate", "mark-major"}]  # they lead nowhere
        with contextlib.suppress(Refused):
            MOVES[chance.choice(ways)](complaint, act())
    assert complaint.state == "closed", complaint.what_keeps_it_open()
