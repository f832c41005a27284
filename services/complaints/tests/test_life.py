"""The life of a complaint: every state, every move, every refused move; and the guards that are not in the table."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.life import ENDED, LIFE, OPEN, STATES, TOLD
from rapport_complaints.cases.domain.refusals import AttemptsMissing, CloseGuard, ConflictOfInterest, ReopenTooLate
from rapport_contracts.complaints.cases import ComplaintClosed, ComplaintResolved
from rapport_kernel.errors import Conflict, Invalid, NotAllowed
from rapport_kernel.ids import new_id

from .making import (
    MONDAY,
    MOVES,
    act,
    assess,
    at,
    basis,
    brought_to,
    received,
    types,
)


def made_ready(complaint: Complaint, move: str) -> None:
    """What the guards beyond the table ask for."""
    state = complaint.state
    complaint.attempts = complaint.attempts_needed
    if move in {"approve-proposal", "refuse-proposal"}:
        complaint.pending_remedy, complaint.pending_by = "refund", "agent-7"
        complaint.pending_amount, complaint.pending_currency = Decimal(900), "CNY"
    if move in {"claim", "release"}:
        complaint.assignee = None if move == "claim" else act().who
    if state in TOLD and move in {"accept", "appeal"}:
        complaint.accepted_at, complaint.not_upheld_at = None, MONDAY
    if state in TOLD and move.endswith("follow-up"):
        complaint.follow_up_at = MONDAY
    if state == "follow_up_due" and move == "close":
        complaint.followed_up_at = MONDAY


def test_the_table_has_exactly_the_states_that_the_service_knows() -> None:
    assert set(LIFE.states) == set(STATES)
    assert {move.name for move in LIFE.moves} == set(MOVES)
    assert set(OPEN) | set(ENDED) == set(STATES)
    assert set(LIFE.final) == {"withdrawn", "duplicate", "transferred"}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", sorted(MOVES))
def test_a_move_leads_where_the_table_says_or_is_refused_with_what_is_allowed(state: str, move: str) -> None:
    complaint = brought_to(state)
    made_ready(complaint, move)
    if move in LIFE.allowed(state):
        MOVES[move](complaint, act())
        assert complaint.state == LIFE.target(state, move)
        assert [each.move for each in complaint.unsaved_history] == [move]
    else:
        with pytest.raises(NotAllowed) as refused:
            MOVES[move](complaint, act())
        assert (refused.value.state, refused.value.allowed) == (state, LIFE.allowed(state))
        assert complaint.state == state
        assert complaint.recorded == []
        assert complaint.unsaved_history == []


def test_every_move_is_published_as_a_fact_or_is_one_that_only_the_history_knows() -> None:
    silent = set()
    for state in STATES:
        for move in LIFE.allowed(state):
            complaint = brought_to(state)
            made_ready(complaint, move)
            MOVES[move](complaint, act())
            if not [name for name in types(complaint) if not name.startswith("clock.")]:
                silent.add(move)
    assert silent == {"record-attempt"}


def test_a_refused_proposal_goes_back_to_investigation() -> None:
    complaint = brought_to("resolution_proposed")
    complaint.decide(act(), accepted=False)
    assert complaint.state == "investigating"
    assert types(complaint) == ["resolution.rejected"]


def test_acceptance_is_a_state_and_resolution_comes_after_it() -> None:
    complaint = brought_to("resolution_proposed")
    complaint.decide(act(), accepted=True)
    assert complaint.state == "accepted"
    assert "complaint.resolved" not in types(complaint)
    complaint.resolve(act())
    assert isinstance(complaint.recorded[-1], ComplaintResolved)
    assert complaint.recorded[-1].remedy == "apology"


def test_the_subject_of_a_complaint_is_not_assigned_to_it() -> None:
    complaint = brought_to("assessed", subject_staff=["agent-9"])
    with pytest.raises(ConflictOfInterest):
        complaint.assign(act(), "agent-9")
    assert complaint.assignee is None
    complaint.block(act(), "agent-9")
    assert types(complaint) == ["conflict-of-interest.blocked"]
    assert complaint.state == "assessed"


def test_a_handler_who_turns_out_to_be_the_subject_keeps_the_assessment_from_being_made() -> None:
    complaint = brought_to("assigned")
    with pytest.raises(ConflictOfInterest):
        assess(complaint, act(), subject_staff=["agent-1"])
    assert complaint.subject_staff == []


def test_a_complaint_without_an_answer_closes_after_enough_documented_attempts() -> None:
    complaint = brought_to("resolution_proposed")
    for _ in range(complaint.attempts_needed):
        with pytest.raises(AttemptsMissing):
            complaint.give_feedback(act(), "letter")
        complaint.record_attempt(act(), "phone")
    complaint.give_feedback(act(), "letter")
    complaint.close(act())
    closed = complaint.recorded[-1]
    assert isinstance(closed, ComplaintClosed)
    assert closed.outcome == "no_response"


def test_a_new_proposal_starts_counting_attempts_anew() -> None:
    complaint = brought_to("resolution_proposed")
    complaint.record_attempt(act(), "phone")
    complaint.decide(act(), accepted=False)
    complaint.set_root_cause(act(), "method", latent_risk=False)
    complaint.propose(act(), "refund")
    assert (complaint.proposals, complaint.attempts) == (2, 0)


@pytest.mark.parametrize(
    ("field", "missing"),
    [
        ("acknowledged_at", "acknowledgement-sent"),
        ("cause", "root-cause-set"),
        ("feedback_at", "decision-communicated"),
        ("accepted_at", "customer-decision-or-attempts"),
    ],
)
def test_the_close_guard_names_what_is_missing(field: str, missing: str) -> None:
    complaint = brought_to("feedback_given")
    setattr(complaint, field, None)
    with pytest.raises(CloseGuard, match=missing):
        complaint.close(act())
    assert complaint.state == "feedback_given"


def test_reopening_is_possible_to_the_last_moment_of_the_grace_and_not_after() -> None:
    last = MONDAY + timedelta(days=30)
    late = brought_to("closed")
    with pytest.raises(ReopenTooLate, match="reopen-too-late"):
        late.reopen(act(last + timedelta(microseconds=1)), basis())
    in_time = brought_to("closed")
    in_time.reopen(act(last), basis())
    assert (in_time.state, in_time.episode) == ("reopened", 2)


def test_a_complaint_taken_over_as_closed_without_a_time_is_not_reopened() -> None:
    complaint = brought_to("closed")
    complaint.closed_at = None
    with pytest.raises(ReopenTooLate):
        complaint.reopen(act(), basis())


def test_handlers_are_all_who_worked_on_it_and_the_assignee_the_last() -> None:
    complaint = brought_to("investigating")
    complaint.assign(act(), "agent-2")
    complaint.assign(act(), "agent-1")
    assert complaint.handlers == ["agent-1", "agent-2"]
    assert complaint.assignee == "agent-1"


def test_a_promise_into_the_past_is_refused() -> None:
    complaint = brought_to("assigned")
    with pytest.raises(Invalid, match="promise-in-the-past"):
        complaint.promise(act(), MONDAY, "phone")


def test_what_people_did_before_the_link_may_still_be_entered() -> None:
    complaint = received()
    before = complaint.last_at
    complaint.link(new_id(), act(MONDAY + timedelta(hours=3)))
    assert complaint.unsaved_history[-1].move == "link" and complaint.last_at == before


def test_a_complaint_is_linked_to_one_customer_only() -> None:
    complaint = received()
    complaint.link(new_id(), act())
    assert types(complaint)[-1] == "complaint.linked"
    with pytest.raises(Conflict, match="has-customer"):
        complaint.link(new_id(), act())


def test_the_history_keeps_who_when_why_and_codes() -> None:
    complaint = brought_to("assessed")
    complaint.assign(act(at("2026-11-23 10:00"), reason="free-hands"), "agent-3")
    row = complaint.unsaved_history[-1]
    assert (row.move, row.source, row.target, row.act.by, row.act.reason) == (
        "assign",
        "assessed",
        "assigned",
        "person:clerk-1",
        "free-hands",
    )
    assert row.detail == {"assignee": "agent-3"}
