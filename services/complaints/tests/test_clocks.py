"""Clocks of the domain: hand counts and the cases that other systems got wrong."""

from __future__ import annotations

from datetime import date

from rapport_complaints.clocks.domain.policies import CalendarData, LimitUnit, Rule, SlaPolicy, Traits, calendar_of, choose
from rapport_complaints.shipped import shipped
from rapport_contracts.complaints.clocks import ClockBreached, ClockMet, ClockRescheduled, ClockWarned
from rapport_contracts.complaints.vocabulary import Severity
from rapport_contracts.vocabulary import Channel
from rapport_kernel.versions import in_force

from .making import (
    MONDAY,
    NINE_TO_FIVE,
    OFFICE,
    act,
    assess,
    at,
    basis,
    brought_to,
    clock,
    received,
    target,
    types,
    version,
)

STANDARD = shipped("sla_policies", SlaPolicy)["standard"]
OFFICE_CALENDAR = calendar_of([version(OFFICE)])


def test_an_hour_filed_on_friday_at_half_past_four_is_due_on_monday_at_half_past_nine() -> None:
    complaint = received(at("2026-11-20 16:30"), basis(NINE_TO_FIVE, acknowledgement=target(1)))
    assert clock(complaint, "acknowledgement").due_at == at("2026-11-23 09:30")


def test_a_complaint_inside_the_lunch_gap_starts_its_clock_after_lunch() -> None:
    complaint = received(at("2026-11-23 12:30"), basis(acknowledgement=target(1)))
    assert clock(complaint, "acknowledgement").due_at == at("2026-11-23 14:30")


def test_a_business_day_is_due_at_the_same_time_of_the_next_one_and_a_calendar_day_never_rests() -> None:
    business = received(at("2026-11-20 10:00"), basis(acknowledgement=target(1, LimitUnit.BUSINESS_DAYS)))
    calendar = received(at("2026-11-20 10:00"), basis(acknowledgement=target(1, LimitUnit.CALENDAR_DAYS)))
    assert clock(business, "acknowledgement").due_at == at("2026-11-23 10:00")
    assert clock(calendar, "acknowledgement").due_at == at("2026-11-21 10:00")


def test_a_warning_and_a_breach_have_their_own_times_however_late_somebody_looks() -> None:
    complaint = received(MONDAY, basis(acknowledgement=target(5)))
    complaint.recorded.clear()
    complaint.check_clocks(at("2026-11-24 11:11"))
    warned, breached = complaint.recorded
    assert isinstance(warned, ClockWarned)
    assert warned.warned_at == at("2026-11-23 14:30")  # four of five hours, over lunch
    assert isinstance(breached, ClockBreached)
    assert breached.breached_at == at("2026-11-23 15:30")
    complaint.recorded.clear()
    complaint.check_clocks(at("2026-11-24 12:00"))
    assert complaint.recorded == []


def test_what_is_done_a_minute_late_is_a_breach_although_nobody_looked_in_between() -> None:
    complaint = received(MONDAY, basis(acknowledgement=target(2)))
    complaint.recorded.clear()
    complaint.acknowledge(act(at("2026-11-23 11:01")), "phone")
    assert types(complaint) == ["clock.warned", "clock.breached", "complaint.acknowledged", "clock.met"]
    met = complaint.recorded[-1]
    assert isinstance(met, ClockMet)
    assert met.in_time is False
    assert clock(complaint, "acknowledgement").breached_at == at("2026-11-23 11:00")


def test_what_is_done_at_the_last_moment_is_in_time() -> None:
    complaint = received(MONDAY, basis(acknowledgement=target(2)))
    complaint.acknowledge(act(at("2026-11-23 11:00")), "phone")
    assert clock(complaint, "acknowledgement").in_time is True


def test_a_deed_in_time_that_was_entered_late_takes_the_breach_back() -> None:
    complaint = received(MONDAY, basis(acknowledgement=target(2)))
    complaint.check_clocks(at("2026-11-23 12:00"))
    assert clock(complaint, "acknowledgement").breached_at is not None
    complaint.acknowledge(act(at("2026-11-23 10:30")), "phone")
    told = clock(complaint, "acknowledgement")
    assert (told.in_time, told.breached_at) == (True, None)


def test_a_pause_moves_the_due_time_by_the_working_time_that_it_took() -> None:
    complaint = brought_to("investigating", reckoned=basis(resolution=target(10)))
    assert clock(complaint).due_at == at("2026-11-24 11:30")
    complaint.pause(act(at("2026-11-23 11:00")), "awaiting_customer")
    assert (clock(complaint).due_at, complaint.due_at) == (None, None)
    complaint.resume(act(at("2026-11-23 15:30")), {"office": OFFICE_CALENDAR})
    # 2 h before the pause, 2.5 h after it on Monday, so 5.5 h are left: 3 before lunch and 2.5 after it on Tuesday
    assert clock(complaint).due_at == at("2026-11-24 16:00")
    assert types(complaint) == ["complaint.paused", "clock.paused", "complaint.resumed", "clock.resumed"]


def test_a_pause_that_lies_outside_hours_gives_no_credit_and_no_debt() -> None:
    complaint = brought_to("investigating", at("2026-11-20 17:00"), reckoned=basis(resolution=target(10)))
    due = clock(complaint).due_at
    complaint.pause(act(at("2026-11-20 18:30")), "awaiting_customer")
    complaint.resume(act(at("2026-11-23 08:30")), {"office": OFFICE_CALENDAR})
    assert clock(complaint).due_at == due


def test_a_paused_clock_does_not_breach() -> None:
    complaint = brought_to("investigating", reckoned=basis(resolution=target(10)))
    complaint.pause(act(at("2026-11-23 11:00")), "awaiting_third_party")
    complaint.recorded.clear()
    complaint.check_clocks(at("2026-12-23 11:00"))
    assert complaint.recorded == []


def test_a_clock_that_ran_out_before_the_pause_was_entered_is_breached_first() -> None:
    complaint = brought_to("investigating", reckoned=basis(resolution=target(10)))
    complaint.pause(act(at("2026-11-25 09:00")), "awaiting_customer")
    assert types(complaint) == ["clock.warned", "clock.breached", "complaint.paused", "clock.paused"]


def test_severity_raised_while_it_waits_keeps_the_waiting_time_credited() -> None:
    complaint = brought_to("awaiting_customer", reckoned=basis(resolution=target(10)))
    assess(complaint, act(at("2026-11-24 09:00")), severity="critical", basis=basis(resolution=target(5)))
    assert clock(complaint).target.amount == 5
    complaint.resume(act(at("2026-11-25 09:00")), {"office": OFFICE_CALENDAR})
    # paused from Monday 09:00, the moment of receipt: nothing of the five hours is used up
    assert clock(complaint).due_at == at("2026-11-25 15:30")


def test_a_new_assessment_reckons_a_running_clock_anew_and_keeps_the_old_due_time() -> None:
    complaint = brought_to("assigned", reckoned=basis(resolution=target(10)))
    old = clock(complaint).due_at
    assess(complaint, act(at("2026-11-23 10:00")), severity="high", basis=basis(resolution=target(20)))
    told = clock(complaint)
    assert told.due_at == at("2026-11-25 15:30")
    assert [(past.due_at, past.reason) for past in told.past_dues] == [(old, "assessed")]
    moved = [fact for fact in complaint.recorded if isinstance(fact, ClockRescheduled)]
    assert [(fact.previous_due_at, fact.due_at) for fact in moved] == [(old, told.due_at)]


def test_a_breach_under_a_limit_that_no_longer_holds_is_taken_back() -> None:
    complaint = brought_to("assigned", reckoned=basis(resolution=target(2)))
    complaint.check_clocks(at("2026-11-23 11:30"))
    assert clock(complaint).breached_at == at("2026-11-23 11:00")
    assess(complaint, act(at("2026-11-23 11:40")), severity="high", basis=basis(resolution=target(20)))
    assert clock(complaint).breached_at is None


def test_an_edited_calendar_moves_the_due_time_and_the_old_one_stays_known() -> None:
    complaint = brought_to("assigned", reckoned=basis(resolution=target(10)))
    old = clock(complaint).due_at
    closed = CalendarData(**{**OFFICE.model_dump(), "holidays": {date(2026, 11, 24): "typhoon"}})
    calendar = calendar_of([version(OFFICE), version(closed, number=2, effective_from=at("2026-11-24 00:00"))])
    complaint.follow_calendar("office", calendar, 2, at("2026-11-23 15:00"))
    told = clock(complaint)
    assert (told.due_at, told.calendar_version) == (at("2026-11-25 11:30"), 2)
    assert told.past_dues[0].due_at == old
    assert types(complaint) == ["clock.rescheduled"]


def test_an_edited_calendar_that_moves_the_due_time_into_the_past_breaches_at_that_time() -> None:
    complaint = brought_to("assigned", reckoned=basis(resolution=target(10)))
    longer = calendar_of([version(NINE_TO_FIVE)])
    complaint.follow_calendar("office", longer, 2, at("2026-11-24 11:15"))
    assert types(complaint) == ["clock.rescheduled", "clock.warned", "clock.breached"]
    assert clock(complaint).breached_at == at("2026-11-24 11:00")


def test_a_withdrawn_complaint_never_escalates() -> None:
    complaint = brought_to("investigating", reckoned=basis(resolution=target(10)))
    complaint.withdraw(act(at("2026-11-23 10:00"), reason="settled"))
    complaint.recorded.clear()
    complaint.check_clocks(at("2027-11-23 10:00"))
    assert complaint.recorded == []
    assert clock(complaint).state == "stopped"
    assert clock(complaint).next_check_at is None


def test_reopening_starts_new_clocks_and_leaves_the_first_resolution_as_it_was() -> None:
    complaint = brought_to("closed")
    first = complaint.first_resolved_at
    back = at("2026-11-26 10:00")
    complaint.reopen(act(back), basis(acknowledgement=target(1)))
    told = clock(complaint, "acknowledgement")
    assert (told.episode, told.started_at, told.due_at) == (2, back, at("2026-11-26 11:00"))
    assert complaint.first_resolved_at == first
    assert clock(complaint).state == "running"
    assert len(complaint.clocks) == 4


def test_a_complaint_that_no_policy_matches_is_flagged_and_gets_its_clocks_once_one_does() -> None:
    complaint = received(untargeted=True)
    assert (complaint.flags, complaint.clocks) == (["no-target"], [])
    complaint.acknowledge(act(), "phone")
    assess(complaint, act(), basis=basis())
    assert complaint.flags == []
    assert [(each.kind, each.started_at) for each in complaint.clocks] == [("resolution", MONDAY)]


def test_the_next_look_is_the_warning_then_the_due_time_then_none() -> None:
    complaint = received(MONDAY, basis(acknowledgement=target(5)))
    told = clock(complaint, "acknowledgement")
    assert told.next_check_at == at("2026-11-23 14:30")
    complaint.check_clocks(at("2026-11-23 14:30"))
    assert told.next_check_at == at("2026-11-23 15:30")
    complaint.check_clocks(at("2026-11-23 15:31"))
    assert told.next_check_at is None


def test_the_shipped_policy_gives_severe_and_complex_complaints_thirty_days() -> None:
    shipped = [version(STANDARD, "standard")]

    def days(**traits: object) -> int:
        chosen = choose(shipped, Traits("phone", "x", **traits))  # type: ignore[arg-type]
        assert chosen is not None
        return chosen[1].resolution.amount

    assert days() == 15
    assert days(severity=Severity.LOW) == 15
    assert days(severity=Severity.HIGH) == 30
    assert days(severity=Severity.CRITICAL) == 30
    assert days(complex=True) == 30


def test_the_policy_with_the_lowest_priority_that_has_a_matching_rule_counts() -> None:
    letters = Rule(channels=[Channel.LETTER], acknowledgement=target(1), resolution=target(2))
    strict = STANDARD.model_copy(update={"priority": 1, "rules": [letters]})
    policies = [version(STANDARD, "standard"), version(strict, "strict")]
    by_letter, by_phone = choose(policies, Traits("letter", "x")), choose(policies, Traits("phone", "x"))
    assert by_letter is not None
    assert by_phone is not None
    assert (by_letter[0].code, by_phone[0].code) == ("strict", "standard")
    assert choose([version(strict, "strict")], Traits("phone", "x")) is None


def test_the_newest_version_in_force_counts() -> None:
    one, two = version("a"), version("b", number=2, effective_from=at("2026-12-01 00:00"))
    assert in_force([one, two], MONDAY) == one
    assert in_force([one, two], at("2026-12-01 00:00")) == two
    assert in_force([two], MONDAY) is None
