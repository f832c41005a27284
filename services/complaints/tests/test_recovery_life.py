"""Recovery cases without a database: every state and refused move, who may judge, the money that follows, random walks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapport_complaints.cases.domain.data import AUTHORITY, AuthorityExceeded, AuthorityPolicy
from rapport_complaints.cases.domain.refusals import ApproverInvolved, ConflictOfInterest
from rapport_complaints.recovery.domain.case import CLAIMABLE, RECOVERY_LIFE, AcceptanceMissing, OfferLapsed, RecoveryCase
from rapport_complaints.recovery.domain.compensation import Entry, Remedy, ReversalExceeds
from rapport_complaints.recovery.domain.policies import Budget, BudgetExhausted, BudgetPeriod, RecoveryPolicy
from rapport_complaints.shipped import shipped
from rapport_contracts.complaints.compensations import CompensationReleased
from rapport_contracts.complaints.recovery import RecoveryApproved
from rapport_kernel.errors import Invalid, NotAllowed, Refused
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id
from rapport_kernel.money import Money

from .making import MONDAY, act, judging, version

LIMITS = version(shipped("authority_policies", AuthorityPolicy)[AUTHORITY], AUTHORITY)
POLICY = version(shipped("recovery_policies", RecoveryPolicy)["standard"], "standard")


def yuan(amount: str) -> Money:
    return Money("CNY", Decimal(amount))


REFUND = [Remedy("apology"), Remedy("refund", yuan("120"))]


def left(case: RecoveryCase) -> dict[object, Money]:
    """What the ledger of a case that was never stored has of each payment."""
    found: dict[object, Money] = {}
    for entry in case.entries:
        if entry.kind == "payment":
            found[entry.id] = entry.amount
        elif entry.reverses in found:
            found[entry.reverses] = found[entry.reverses] + -entry.amount
    return found


def reverse(case: RecoveryCase, how: Act, amount: str = "120") -> None:
    paid = [award for award in case.awards if award.state == "paid"]
    case.reverse(how, "paid-twice", paid[-1].id if paid else new_id(), yuan(amount), left(case))  # type: ignore[arg-type]


MOVES: dict[str, Callable[[RecoveryCase, Act], object]] = {
    "propose": lambda c, a: c.propose(a, 1, REFUND, LIMITS),
    "approve": lambda c, a: c.approve(judging(a), 3, LIMITS, POLICY),
    "reject": lambda c, a: c.reject(judging(a), "too-much"),
    "offer": lambda c, a: c.offer(a, "phone"),
    "accept": lambda c, a: c.accept(a),
    "decline": lambda c, a: c.decline(a),
    "expire": lambda c, a: c.expire(a),
    "execute": lambda c, a: c.execute(a),
    "verify": lambda c, a: c.judge(judging(a), True),
    "fail": lambda c, a: c.judge(judging(a), False),
    "withdraw": lambda c, a: c.withdraw(a, "wrong-amount"),
    "reverse": reverse,
    "reverse-part": lambda c, a: reverse(c, a, "1"),
    "close": lambda c, a: c.close(a),
}
ROAD = ("propose", "approve", "offer", "accept", "execute", "verify", "close")
ENDS = {
    "rejected": ("proposed", "reject"),
    "declined": ("offered", "decline"),
    "expired": ("offered", "expire"),
    "withdrawn": ("accepted", "withdraw"),
    "failed": ("executed", "fail"),
    "reversed": ("verified", "reverse"),
}


def identified(**more: object) -> RecoveryCase:
    made = new_id()
    case = RecoveryCase(
        id=made, number="S1", failure="late", category="delivery", identified_at=MONDAY, last_at=MONDAY, keyed_by=made,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip
    case.identify(act())
    return case


def brought_to(state: str) -> RecoveryCase:
    """A case in that state, all of it at one moment; what it recorded is cleared, its ledger is not."""
    if state in ENDS:
        before, move = ENDS[state]
        case = brought_to(before)
        MOVES[move](case, act())
    else:
        case = identified()
        for move in ROAD:
            if case.state == state:
                break
            MOVES[move](case, act())
    assert case.state == state
    case.recorded.clear()
    case.unsaved_history.clear()
    return case


@pytest.mark.parametrize("state", RECOVERY_LIFE.states)
@pytest.mark.parametrize("move", sorted(MOVES))
def test_a_move_leads_where_the_table_says_or_is_refused_with_what_is_allowed(state: str, move: str) -> None:
    case = brought_to(state)
    if move == "execute" and state in CLAIMABLE:
        with pytest.raises(AcceptanceMissing):
            MOVES[move](case, act())
    elif move in RECOVERY_LIFE.allowed(state):
        MOVES[move](case, act())
        assert case.state == RECOVERY_LIFE.target(state, move)
        assert [each.move for each in case.unsaved_history] == [move]
        assert case.recorded
    else:
        with pytest.raises(NotAllowed):
            MOVES[move](case, act())
        assert (case.state, case.recorded, case.unsaved_history) == (state, [], [])


def test_the_tables_have_the_moves_that_cases_have() -> None:
    assert {move.name for move in RECOVERY_LIFE.moves} == set(MOVES)
    assert set(RECOVERY_LIFE.final) == {"closed", "reversed"}


@pytest.mark.parametrize(
    ("remedies", "code"),
    [
        ([], "remedies-missing"),
        ([Remedy("apology"), Remedy("apology")], "remedy-twice"),
        ([Remedy("refund")], "amount-missing"),
        ([Remedy("goodwill")], "amount-missing"),
        ([Remedy("apology", yuan("1"))], "remedy-without-money"),
        ([Remedy("information", yuan("1"))], "remedy-without-money"),
        ([Remedy("refund", yuan("0"))], "nothing-awarded"),
        ([Remedy("refund", yuan("1")), Remedy("goodwill", Money("EUR", Decimal(1)))], "currency-mismatch"),
    ],
)
def test_what_is_no_plan_is_refused(remedies: list[Remedy], code: str) -> None:
    case = identified()
    case.recorded.clear()
    with pytest.raises(Invalid, match=code):
        case.propose(act(), 4, remedies, LIMITS)
    assert (case.plan, case.recorded, case.entries, case.state) == (0, [], [], "identified")


def test_an_apology_is_a_remedy_of_its_own_approved_by_whoever_offers_it_and_done_without_being_accepted() -> None:
    case = identified()
    assert case.propose(act(), 1, [Remedy("apology"), Remedy("information")], LIMITS)
    case.approve_alone(act(), POLICY)
    case.execute(act())
    assert (case.state, case.entries, case.total) == ("executed", [], None)


def test_within_his_limit_somebody_decides_alone_and_portions_of_one_case_are_one_act() -> None:
    case = identified()
    assert case.propose(act(), 2, [Remedy("refund", yuan("400"))], LIMITS)
    case.approve_alone(act(), POLICY)
    case.offer(act(), "phone")
    case.accept(act())
    case.execute(act())
    case.judge(judging(act()), False)
    assert not case.propose(act(), 2, [Remedy("refund", yuan("100.01"))], LIMITS)
    with pytest.raises(AuthorityExceeded, match="level=3"):
        case.approve(judging(act()), 2, LIMITS, POLICY)
    case.approve(judging(act()), 3, LIMITS, POLICY)


def test_what_nobody_may_award_is_not_even_proposed() -> None:
    with pytest.raises(AuthorityExceeded, match="level=None"):
        identified().propose(act(), 4, [Remedy("refund", yuan("50000.01"))], LIMITS)


def test_who_proposed_identified_handles_or_caused_it_does_not_judge_it() -> None:
    for more, involved in (
        ({}, []),  # he identified and proposed it
        ({"participants": ["judge-1"]}, []),
        ({}, ["judge-1"]),  # he handles the complaint
    ):
        case = identified(**more)
        case.propose(act(), 1, REFUND, LIMITS)
        who = act() if not more and not involved else judging(act())
        for judge in (
            lambda: case.approve(who, 4, LIMITS, POLICY, involved),  # noqa: B023 - called at once
            lambda: case.reject(who, "no", involved),  # noqa: B023
        ):
            with pytest.raises(ApproverInvolved):
                judge()
        assert case.state == "proposed"
    about_him = identified(subject_staff=["judge-1"])
    about_him.propose(act(), 1, REFUND, LIMITS)
    with pytest.raises(ApproverInvolved):
        MOVES["approve"](about_him, act())
    with pytest.raises(ConflictOfInterest):
        identified(subject_staff=["judge-1"]).propose(judging(act()), 4, REFUND, LIMITS)
    with pytest.raises(ConflictOfInterest):
        identified(subject_staff=["clerk-1"])
    done = brought_to("executed")
    with pytest.raises(ApproverInvolved):
        done.judge(act(), True)


def test_an_offer_lapses_at_the_end_of_its_time_and_not_before() -> None:
    case = brought_to("offered")
    assert case.expires_at == MONDAY + timedelta(days=90)
    with pytest.raises(OfferLapsed):
        case.accept(act(MONDAY + timedelta(days=90)))
    case.accept(act(MONDAY + timedelta(days=90) - timedelta(seconds=1)))
    assert case.expires_at is None


def test_what_comes_to_nothing_frees_its_money_by_a_reversal_that_names_the_award() -> None:
    for state, reason in (
        ("rejected", "rejected"),
        ("declined", "declined"),
        ("expired", "expired"),
        ("withdrawn", "withdrawn"),
    ):
        before, move = ENDS[state]
        case = brought_to(before)
        MOVES[move](case, act())
        award, back = case.entries
        assert (award.kind, back.kind, back.reverses, back.amount) == ("award", "reversal", award.id, yuan("120"))
        assert [fact.reason for fact in case.recorded if isinstance(fact, CompensationReleased)] == [reason]
        assert [each.state for each in case.awards] == ["released"]


def test_a_payment_is_reversed_in_parts_and_never_beyond_what_was_paid() -> None:
    case = brought_to("verified")
    reverse(case, act(), "100")
    assert case.state == "verified"
    for amount in ("20.01", "0", "-1"):
        with pytest.raises(ReversalExceeds):
            reverse(case, act(), amount)
    reverse(case, act(), "20")
    assert (case.state, [award.state for award in case.awards]) == ("reversed", ["reversed"])


def test_another_plan_forgets_what_was_said_to_the_one_before() -> None:
    case = brought_to("failed")
    case.propose(act(), 1, [Remedy("apology")], LIMITS)
    case.approve_alone(act(), POLICY)
    assert (case.plan, case.executed_at, case.accepted_at, case.value) == (2, None, None, None)
    assert [isinstance(fact, RecoveryApproved) for fact in case.recorded][-1]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "moment", "start", "stop"),
    [
        (BudgetPeriod.MONTH, "2026-02-28T15:59", "2026-01-31T16:00", "2026-02-28T16:00"),
        (BudgetPeriod.MONTH, "2026-02-28T16:00", "2026-02-28T16:00", "2026-03-31T16:00"),
        (BudgetPeriod.QUARTER, "2026-12-31T15:59", "2026-09-30T16:00", "2026-12-31T16:00"),
        (BudgetPeriod.YEAR, "2026-06-01T00:00", "2025-12-31T16:00", "2026-12-31T16:00"),
    ],
)
def test_a_budget_begins_anew_at_the_midnight_of_its_zone(period: BudgetPeriod, moment: str, start: str, stop: str) -> None:
    budget = Budget(name="b", currency="CNY", amount=Decimal(100), period=period)
    assert budget.span(at(moment)) == (at(start), at(stop))


def test_a_budget_covers_its_unit_category_and_currency_and_holds_to_the_cent() -> None:
    north = Budget(name="b", unit="north", currency="CNY", amount=Decimal(100), period=BudgetPeriod.MONTH)
    assert north.covers("north", "x", "CNY")
    assert (
        not north.covers("south", "x", "CNY")
        and not north.covers(None, "x", "CNY")
        and not north.covers("north", "x", "EUR")
    )
    assert not north.model_copy(update={"in_use": False}).covers("north", "x", "CNY")
    north.demand_room(yuan("99.99"), yuan("0.01"))
    with pytest.raises(BudgetExhausted):
        north.demand_room(yuan("99.99"), yuan("0.02"))


def check(case: RecoveryCase) -> None:
    """What is true of every case at any time: the ledger says what the states say."""
    by_award: dict[object, list[Entry]] = {}
    for entry in case.entries:
        by_award.setdefault(entry.award_id, []).append(entry)
    for award in case.awards:
        entries = by_award[award.id]
        back = sum((e.amount.amount for e in entries if e.kind == "reversal"), Decimal(0))
        paid = any(entry.kind == "payment" for entry in entries)
        assert paid == (award.state in {"paid", "reversed"})
        assert (back == award.amount.amount) == (award.state in {"released", "reversed"})
        assert Decimal(0) <= back <= award.amount.amount
    waiting = {award.state for award in case.awards} & {"reserved", "approved"}
    assert bool(waiting) == (case.state in {"proposed", *CLAIMABLE, "accepted"} and case.total is not None)
    assert (case.expires_at is not None) == (case.state in CLAIMABLE)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*MOVES, "cheap"]), st.integers(0, 60 * 24 * 50), st.booleans()), max_size=40))
def test_no_walk_breaks_the_table_or_the_ledger(steps: list[tuple[str, int, bool]]) -> None:
    now, case = MONDAY, identified()
    for name, minutes, likely in steps:
        now += timedelta(minutes=minutes)
        how = act(now)
        allowed = RECOVERY_LIFE.allowed(case.state)
        move = name if not likely or name in allowed or not allowed else allowed[len(name) % len(allowed)]
        before = case.state
        try:
            if move == "cheap":
                case.propose(how, 1, [Remedy("apology")], LIMITS)
                case.approve_alone(how, POLICY)
            else:
                MOVES[move](case, how)
        except Refused:
            assert case.state == before
        check(case)
