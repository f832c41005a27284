"""Events to one interaction: any order, any number of times, whatever contradiction."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rapport_contracts.interactions.inbound import CallEvent, SegmentKind, Step
from rapport_interactions.contacts.domain.fold import fold, interaction_id
from rapport_interactions.contacts.domain.interaction import Interaction
from rapport_interactions.contacts.domain.life import ENDED, LIFE, OPEN

from .calls import NOON, answered_call, at, record, segment, step


def test_an_answered_call_is_completed_with_its_segments() -> None:
    call = fold(answered_call())
    assert (call.state, call.outcome, call.agents, call.queue) == ("completed", "answered", ["ana"], "sales")
    assert [(s.kind, s.seconds) for s in call.segments] == [
        (SegmentKind.IVR, 10), (SegmentKind.QUEUE, 30), (SegmentKind.AGENT, 120), (SegmentKind.AFTER_CONTACT_WORK, 20),
    ]  # fmt: skip
    assert call.wait_seconds == 30
    assert call.durations.service == 120
    assert call.durations.after_contact_work == 20
    assert call.flags == ()


def test_a_call_that_waited_and_was_never_answered_is_abandoned() -> None:
    call = fold([step("started", 0), step("queued", 5, queue="sales"), step("ended", 65)])
    assert (call.state, call.outcome, call.wait_seconds, call.agents) == ("abandoned", "abandoned", 60, [])


def test_an_outbound_call_without_answer_is_not_abandoned() -> None:
    assert fold([step("started", 0, direction="outbound"), step("ended", 30)]).outcome == "unknown"


def test_a_phantom_is_what_the_source_says() -> None:
    call = fold([record([segment("queue", 0, 60)], outcome="phantom")])
    assert (call.state, call.outcome) == ("voided", "phantom")


def test_the_state_of_an_open_call_is_its_last_step() -> None:
    story = [
        (step("started", 0), "initiated"),
        (step("queued", 1), "queued"),
        (step("connected", 2, agent="ana"), "connected"),
        (step("held", 3), "on_hold"),
        (step("resumed", 4), "connected"),
        (step("transferred", 5, to_agent="ben"), "transferred"),
        (step("connected", 6, agent="ben"), "connected"),
    ]
    for count in range(1, len(story) + 1):
        call = fold(event for event, _ in story[:count])
        assert call.state == story[count - 1][1]
        assert call.segments[-1].ended_at is None or call.state == "initiated"
        assert call.outcome in {"unknown", "answered"}
    moves = {(move.source, move.target) for move in LIFE.moves}
    states = [state for _, state in story]
    assert all(pair in moves for pair in pairwise(states))


def test_attribution_of_a_transfer_knows_who_answered_and_all_who_handled() -> None:
    """Edge case 15: transfer A -> B: answered 1/0, handled 1/1."""
    call = fold(
        [
            step("started", 0),
            step("queued", 5, queue="sales"),
            step("connected", 15, agent="ana"),
            step("transferred", 75, agent="ana", to_agent="ben"),
            step("connected", 80, agent="ben"),
            step("ended", 200),
        ]
    )
    assert call.agents == ["ana", "ben"]
    assert call.last_agent == "ben"
    assert call.wait_seconds == 10
    assert [(h.agent, h.service_seconds, h.wait_seconds) for h in call.handlers] == [("ana", 60, 10), ("ben", 120, 5)]
    assert [(t.from_agent, t.to_agent) for t in call.transfers] == [("ana", "ben")]


def test_a_transfer_that_nobody_confirms_is_the_receiver_s_contact() -> None:
    call = fold([step("connected", 0, agent="ana"), step("transferred", 60, to_agent="ben"), step("ended", 100)])
    assert [(h.agent, h.service_seconds) for h in call.handlers] == [("ana", 60), ("ben", 40)]


def test_a_call_handed_back_lists_each_agent_once() -> None:
    call = fold(
        [
            step("connected", 0, agent="ana"),
            step("transferred", 10, to_agent="ben"),
            step("connected", 20, agent="ben"),
            step("transferred", 30, to_agent="ana"),
            step("connected", 40, agent="ana"),
            step("ended", 60),
        ]
    )
    assert call.agents == ["ana", "ben"]
    assert call.last_agent == "ana"
    assert len(call.transfers) == 2
    assert call.handlers[0].service_seconds == 30


def test_a_bot_is_no_human_handler_and_no_human_time() -> None:
    bot_only = fold(
        [step("started", 0, channel="chat"), step("connected", 1, agent="bot-7", mode="unattended"), step("ended", 61)]
    )
    assert (bot_only.outcome, bot_only.mode, bot_only.agents) == ("self_served", "unattended", [])
    assert (bot_only.durations.bot, bot_only.durations.service) == (60, 0)
    handed_off = fold(
        [
            step("started", 0, channel="chat"),
            step("connected", 1, agent="bot-7", mode="unattended"),
            step("transferred", 31, queue="people"),
            step("connected", 41, agent="ana"),
            step("ended", 100),
        ]
    )
    assert (handed_off.outcome, handed_off.mode, handed_off.agents) == ("answered", "remote", ["ana"])
    assert (handed_off.durations.bot, handed_off.wait_seconds, handed_off.durations.service) == (30, 10, 59)


def test_hold_is_apart_from_service_and_stays_with_the_agent() -> None:
    call = fold([step("connected", 0, agent="ana"), step("held", 10), step("resumed", 40), step("ended", 60)])
    assert (call.durations.service, call.durations.hold) == (30, 30)
    assert call.handlers[0].service_seconds == 30


def test_the_source_s_own_seconds_win_over_the_times() -> None:
    call = fold([record([segment("queue", 0, 10, seconds=9), segment("agent", 9, 100, seconds=90, agent="ana")])])
    assert (call.wait_seconds, call.durations.queue, call.durations.service) == (9, 9, 90)


def test_a_negative_duration_is_kept_and_flagged() -> None:
    call = fold([record([segment("ivr", 50, 0, seconds=-50), segment("queue", 0, 63, seconds=63)], outcome="answered")])
    assert call.durations.ivr == -50
    assert {"negative-ivr", "end-before-start"} <= set(call.flags)


def test_ringing_after_the_end_is_flagged_and_changes_nothing_else() -> None:
    """Edge case 13."""
    plain, odd = fold(answered_call()), fold([*answered_call(), step("queued", 170, "late-ring", queue="other")])
    assert odd.flags == ("step-after-end",)
    assert (odd.segments, odd.state, odd.outcome) == (plain.segments, plain.state, plain.outcome)


def test_an_end_before_the_start_is_flagged() -> None:
    """Edge case 13: the clock of the source stepped back."""
    call = fold([step("started", 30), step("ended", 10)])
    assert call.state == "abandoned"
    assert {"end-before-start", "negative-ivr"} <= set(call.flags)


def test_a_connection_after_the_end_still_counts_as_an_answer() -> None:
    call = fold([step("started", 0), step("connected", 12, agent="ana"), step("ended", 11)])
    assert (call.outcome, call.agents, call.durations.service) == ("answered", ["ana"], -1)
    assert {"negative-service", "step-after-end"} <= set(call.flags)


def test_a_missing_start_is_the_first_that_was_heard() -> None:
    call = fold([step("connected", 40, agent="ana"), step("ended", 100)])
    assert call.started_at == at(40)
    assert call.flags == ("missing-start",)


def test_a_missing_end_stays_open_until_we_give_up_and_a_late_end_completes() -> None:
    """Edge case 14."""
    told = [step("started", 0), step("connected", 20, agent="ana")]
    assert fold(told).state == "connected"
    given_up = fold(told, timed_out_at=NOON + timedelta(hours=5))
    assert (given_up.state, given_up.ended_at, given_up.flags) == ("timed_out", None, ("stale",))
    mended = fold([*told, step("ended", 80)], timed_out_at=NOON + timedelta(hours=5))
    assert (mended.state, mended.ended_at, mended.flags, mended.durations.service) == ("completed", at(80), (), 60)


def test_after_contact_work_told_without_an_end_ends_the_contact() -> None:
    call = fold([step("started", 0), step("connected", 5, agent="ana"), step("wrapped_up", 65)])
    assert call.state == "completed"
    assert call.flags == ("missing-end",)


def test_a_record_takes_the_place_of_the_steps_and_the_last_record_counts() -> None:
    first = record([segment("agent", 0, 10, agent="ana")], "r1", seconds=1)
    second = record([segment("agent", 0, 20, agent="ben"), segment("agent", 20, 30, agent="cyd")], "r2", seconds=2)
    call = fold([*answered_call(), second, first])
    assert call.agents == ["ben", "cyd"]
    assert len(call.transfers) == 1
    assert "recorded-twice" in call.flags


def test_the_id_of_a_call_depends_on_source_and_call_alone() -> None:
    assert interaction_id("pbx", "c-1") == interaction_id("pbx", "c-1")
    assert len({interaction_id("pbx", "c-1"), interaction_id("pbx", "c-2"), interaction_id("pb", "xc-1")}) == 3


EVENTS = st.builds(
    step,
    st.sampled_from([kind.value for kind in Step if kind is not Step.RECORDED]),
    st.integers(-50, 50),
    st.uuids().map(str),
    queue=st.sampled_from([None, "q1", "q2"]),
    agent=st.sampled_from([None, "ana", "ben"]),
    to_agent=st.sampled_from([None, "ben", "cyd"]),
    mode=st.sampled_from([None, "unattended"]),
    outcome=st.sampled_from([None, None, None, "answered", "abandoned", "phantom", "unheard-of"]),
)
RECORDS = st.builds(
    lambda parts, event_id, seconds: record([segment(*part) for part in parts], event_id, seconds=seconds),
    st.lists(
        st.tuples(
            st.sampled_from([kind.value for kind in SegmentKind]),
            st.integers(-20, 20),
            st.integers(-20, 20),
            st.none() | st.integers(-9, 9),
        ),
        max_size=4,
    ),
    st.uuids().map(str),
    st.integers(-9, 9),
)


@given(st.lists(EVENTS | RECORDS, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_of_the_events_is_the_same_interaction(
    events: list[CallEvent], chance: random.Random
) -> None:
    again = events + chance.choices(events, k=3)
    chance.shuffle(again)
    first: Interaction = fold(events)
    assert fold(again) == first
    assert first.state in LIFE.states
    assert first.ended == (first.state in ENDED)
    assert (first.state in OPEN) == (not first.ended)
    assert set(first.agents) <= {"ana", "ben", "cyd"}
    if not any("negative" in flag for flag in first.flags):
        assert all(value >= 0 for value in first.durations.model_dump().values())


def test_every_state_is_open_ended_or_given_up() -> None:
    assert ENDED | OPEN | {"timed_out"} == set(LIFE.states)
    assert all("time-out" in LIFE.allowed(state) for state in OPEN)
    assert {LIFE.target("timed_out", move) for move in LIFE.allowed("timed_out")} == ENDED
