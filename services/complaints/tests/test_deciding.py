"""Not upheld, appealed, duplicate, transferred, followed up: the rules, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.refusals import (
    AlreadyAppealed,
    CloseGuard,
    ConflictOfInterest,
    DuplicateRefused,
    NoFollowUp,
    NothingToAppeal,
    NothingToDecide,
)
from rapport_contracts.complaints.cases import ComplaintClosed
from rapport_contracts.complaints.side_ways import FollowUpReached
from rapport_kernel.errors import Invalid, NotAllowed

from .making import MONDAY, act, basis, brought_to, clock, hours, judging, not_upheld, received, types


def closed(complaint: Complaint) -> str:
    complaint.close(act())
    fact = complaint.recorded[-1]
    assert isinstance(fact, ComplaintClosed)
    return str(fact.outcome)


def test_a_complaint_that_is_not_upheld_is_answered_when_the_customer_is_told_and_not_before() -> None:
    complaint = brought_to("not_upheld")
    assert clock(complaint).running
    complaint.give_feedback(act(MONDAY + hours(1)), "letter")
    assert clock(complaint).in_time is True
    assert clock(complaint).ended_at == MONDAY + hours(1)


def test_not_upheld_needs_a_ground() -> None:
    complaint = brought_to("assessed")
    with pytest.raises(Invalid, match="grounds-missing"):
        complaint.reject(act(), [])
    complaint.reject(act(), ["misuse", "as_agreed", "misuse"])
    assert complaint.grounds == ["as_agreed", "misuse"]


def test_not_upheld_closes_on_its_grounds_once_the_customer_has_said_yes() -> None:
    complaint = not_upheld()
    with pytest.raises(CloseGuard, match="customer-decision-or-attempts"):
        complaint.close(act())
    complaint.decide(act(), accepted=True)
    assert types(complaint) == ["decision.accepted"]
    assert closed(complaint) == "not_upheld"


def test_not_upheld_closes_after_enough_documented_attempts() -> None:
    complaint = not_upheld()
    for _ in range(complaint.attempts_needed):
        with pytest.raises(CloseGuard):
            complaint.close(act())
        complaint.record_attempt(act(), "phone")
    assert closed(complaint) == "not_upheld"


def test_a_customer_who_accepted_has_nothing_to_appeal_and_nothing_left_to_accept() -> None:
    for complaint in (brought_to("feedback_given"), brought_to("follow_up_due")):
        with pytest.raises(NothingToAppeal):
            complaint.appeal(act(), "customer", basis())
        with pytest.raises(NothingToDecide):
            complaint.decide(act(), accepted=True)


def test_a_customer_who_was_told_no_does_not_refuse_but_appeals() -> None:
    complaint = not_upheld()
    with pytest.raises(NotAllowed) as refused:
        complaint.decide(act(), accepted=False)
    assert "appeal" in refused.value.allowed


def test_an_appeal_against_a_proposal_refuses_it_and_its_clock_goes_on() -> None:
    complaint = brought_to("resolution_proposed")
    before = clock(complaint)
    complaint.appeal(act(), "representative", basis())
    assert types(complaint) == ["resolution.rejected", "appeal.filed"]
    assert clock(complaint) is before and before.running


def test_an_appeal_against_an_answer_starts_a_new_resolution_clock_and_keeps_the_old_one() -> None:
    complaint = not_upheld()
    later = MONDAY + timedelta(days=2)
    complaint.appeal(act(later), "customer", basis())
    first, second = [each for each in complaint.clocks if each.kind == "resolution"]
    assert first.state == "met"
    assert (second.state, second.started_at, second.episode) == ("running", later, 1)
    assert complaint.feedback_at is None


def test_an_upheld_appeal_is_investigated_by_somebody_else_and_those_before_stay_out() -> None:
    complaint = brought_to("appealed")
    complaint.uphold_appeal(judging(act()), "agent-2")
    assert (complaint.state, complaint.assignee) == ("investigating", "agent-2")
    assert types(complaint) == ["appeal.upheld", "complaint.assigned"]
    assert complaint.barred == ["agent-1", "clerk-1"]
    with pytest.raises(ConflictOfInterest):
        complaint.assign(act(), "agent-1")
    complaint.set_root_cause(act(), "process", latent_risk=False)
    with pytest.raises(ConflictOfInterest):
        complaint.propose(act(), "refund")
    complaint.propose(replace(act(), by="person:agent-2"), "refund")
    complaint.decide(act(), accepted=True)
    complaint.resolve(act())
    complaint.give_feedback(act(), "phone")
    assert closed(complaint) == "accepted"


@pytest.mark.parametrize("judge", ["clerk-1", "agent-1", "agent-9"])
def test_whoever_decided_handled_or_caused_it_does_not_decide_the_appeal(judge: str) -> None:
    complaint = brought_to("appealed", subject_staff=["agent-9"])
    how = replace(act(), by=f"person:{judge}")
    for attempt in (lambda: complaint.uphold_appeal(how, "agent-2"), lambda: complaint.dismiss_appeal(how)):
        with pytest.raises(ConflictOfInterest):
            attempt()
    assert complaint.state == "appealed"


def test_whoever_handled_it_before_is_not_the_other_handler_of_an_upheld_appeal() -> None:
    complaint = brought_to("appealed")
    with pytest.raises(ConflictOfInterest):
        complaint.uphold_appeal(judging(act()), "agent-1")


def test_a_dismissed_appeal_leaves_the_decision_standing_and_it_closes_once_the_customer_is_told() -> None:
    complaint = not_upheld()
    complaint.appeal(act(), "customer", basis())
    complaint.dismiss_appeal(judging(act()))
    complaint.give_feedback(act(), "letter")
    with pytest.raises(AlreadyAppealed):
        complaint.appeal(act(), "customer", basis())
    assert closed(complaint) == "not_upheld"


def test_a_customer_may_still_accept_the_proposal_after_his_appeal_was_dismissed() -> None:
    stands = brought_to("appeal_dismissed")
    stands.decide(act(), accepted=True)
    assert stands.state == "accepted"
    refused = not_upheld()
    refused.appeal(act(), "customer", basis())
    refused.dismiss_appeal(judging(act()))
    with pytest.raises(NothingToDecide):
        refused.decide(act(), accepted=True)


def test_a_proposal_that_stands_after_appeal_and_is_not_accepted_closes_as_such() -> None:
    complaint = brought_to("appeal_dismissed")
    complaint.give_feedback(act(), "letter")
    assert closed(complaint) == "appeal_dismissed"


def test_a_new_decision_can_be_appealed_against_again() -> None:
    complaint = brought_to("appealed")
    complaint.uphold_appeal(judging(act()), "agent-2")
    complaint.reject(replace(act(), by="person:agent-2"), ["as_agreed"])
    complaint.give_feedback(act(), "letter")
    complaint.appeal(act(), "customer", basis())
    assert (complaint.state, complaint.appeals) == ("appealed", 2)


@pytest.mark.parametrize("state", ["duplicate", "transferred", "withdrawn"])
def test_what_left_on_the_side_neither_warns_nor_breaches_however_much_time_goes_by(state: str) -> None:
    complaint = brought_to(state)
    complaint.check_clocks(MONDAY + timedelta(days=400))
    assert complaint.recorded == []
    assert complaint.due_at is None
    assert {each.next_check_at for each in complaint.clocks} == {None}


def test_what_ran_out_before_it_was_marked_a_duplicate_stays_a_breach() -> None:
    complaint = brought_to("assessed")
    complaint.mark_duplicate(act(MONDAY + timedelta(days=60)), received(), has_duplicates=False)
    assert types(complaint) == ["clock.warned", "clock.breached", "complaint.marked-duplicate"]


def test_a_duplicate_names_a_complaint_that_has_the_answer() -> None:
    complaint = brought_to("assessed")
    with pytest.raises(Invalid, match="duplicate-of-itself"):
        complaint.mark_duplicate(act(), complaint, has_duplicates=False)
    for state, code in (("duplicate", "duplicate-of-a-duplicate"), ("withdrawn", "duplicate-of-a-withdrawn")):
        with pytest.raises(DuplicateRefused, match=code):
            complaint.mark_duplicate(act(), brought_to(state), has_duplicates=False)
    with pytest.raises(DuplicateRefused, match="has-duplicates"):
        complaint.mark_duplicate(act(), received(), has_duplicates=True)
    assert (complaint.state, complaint.duplicate_of) == ("assessed", None)


def test_without_a_follow_up_the_straight_road_stays_as_it_is() -> None:
    complaint = brought_to("feedback_given")
    with pytest.raises(NoFollowUp):
        complaint.complete_follow_up(act(), "content")
    assert closed(complaint) == "accepted"


def test_a_policy_with_a_follow_up_plans_it_so_many_days_after_the_feedback() -> None:
    complaint = brought_to("resolved", reckoned=basis(follow_up_days=7))
    complaint.give_feedback(act(), "phone")
    assert complaint.follow_up_at == MONDAY + timedelta(days=7)
    assert types(complaint) == ["feedback.given", "complaint-follow-up.scheduled"]
    with pytest.raises(CloseGuard, match="follow-up-completed"):
        complaint.close(act())


def test_a_follow_up_that_was_done_early_does_not_become_due() -> None:
    complaint = brought_to("resolved")
    complaint.give_feedback(act(), "phone", MONDAY + timedelta(days=7))
    complaint.complete_follow_up(act(), "content")
    with pytest.raises(NoFollowUp):
        complaint.reach_follow_up(act())
    with pytest.raises(NoFollowUp):
        complaint.complete_follow_up(act(), "content")
    assert closed(complaint) == "accepted"


def test_a_follow_up_is_due_at_its_own_time_however_late_it_is_noticed() -> None:
    complaint = brought_to("resolved")
    day = MONDAY + timedelta(days=7)
    complaint.give_feedback(act(), "phone", day)
    complaint.reach_follow_up(act(day + hours(30)))
    fact = complaint.recorded[-1]
    assert isinstance(fact, FollowUpReached) and fact.due_at == day


def test_a_follow_up_before_the_feedback_is_refused() -> None:
    complaint = brought_to("resolved")
    with pytest.raises(Invalid, match="follow-up-in-the-past"):
        complaint.give_feedback(act(), "phone", MONDAY)


def test_an_appeal_makes_a_follow_up_pointless() -> None:
    complaint = brought_to("not_upheld")
    complaint.give_feedback(act(), "letter", MONDAY + timedelta(days=7))
    complaint.appeal(act(), "customer", basis())
    assert not complaint.awaits_follow_up
