"""Repairs without a database: every state, every refused move, the two limits in business time, rework."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from rapport_complaints.cases.domain.refusals import ApproverInvolved
from rapport_complaints.clocks.domain.policies import LimitUnit, calendar_of
from rapport_complaints.repairs.domain import REPAIR_LIFE, Repair, RepairPolicy, RepairRule, Vendor, VendorMissing
from rapport_complaints.shipped import shipped
from rapport_contracts.complaints.repairs import RepairCompleted, RepairLimitBreached
from rapport_kernel.errors import Conflict, Invalid, NotAllowed
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id

from .making import MONDAY, OFFICE, act, at, target, version

LIMITS = shipped("repair_policies", RepairPolicy)["standard"]
CALENDAR = calendar_of([version(OFFICE)])
POLICY = version(
    RepairPolicy(
        name="p",
        calendar="office",
        rules=[
            RepairRule(categories=["water"], respond=target(2), complete=target(1, LimitUnit.BUSINESS_DAYS)),
            RepairRule(respond=target(4), complete=target(2, LimitUnit.BUSINESS_DAYS)),
        ],
    ),
    "standard",
)
ANYBODY = Vendor()
MOVES: dict[str, Callable[[Repair, Act], None]] = {
    "accept": lambda r, a: r.accept(a),
    "assign-vendor": lambda r, a: r.assign_vendor(a, "v-1", ANYBODY),
    "schedule": lambda r, a: r.schedule(a, a.at + timedelta(hours=1)),
    "start": lambda r, a: r.start(a),
    "record-visit": lambda r, a: r.record_visit(a, "w-1", "fixed"),
    "complete": lambda r, a: r.complete(a),
    "accept-result": lambda r, a: r.accept_result(a, []),
    "refuse-result": lambda r, a: r.refuse_result(a, CALENDAR),
    "cancel": lambda r, a: r.cancel(a, "customer-withdrew"),
}
ROAD = ("accept", "assign-vendor", "schedule", "start", "complete")


def requested(category: str = "paint", moment: datetime = MONDAY) -> Repair:
    made_up = new_id()
    order = Repair(id=made_up, number="R1", category=category, requested_at=moment, last_at=moment, keyed_by=made_up)
    order.request(act(moment), POLICY, CALENDAR)
    return order


def brought_to(state: str, category: str = "paint") -> Repair:
    """A repair in that state, all of it at one moment."""
    order = requested(category)
    ends = {"accepted_by_customer": "accept-result", "rework": "refuse-result"}
    road = ("cancel",) if state == "cancelled" else (*ROAD, ends.get(state, "accept-result"))
    for move in road:
        if order.state == state and not (state == "accepted" and order.vendor is None):
            break
        MOVES[move](order, act())
    assert order.state == state
    order.recorded.clear()
    order.unsaved_history.clear()
    return order


@pytest.mark.parametrize("state", REPAIR_LIFE.states)
@pytest.mark.parametrize("move", sorted(MOVES))
def test_a_move_leads_where_the_table_says_or_is_refused_with_what_is_allowed(state: str, move: str) -> None:
    order = brought_to(state)
    if move in REPAIR_LIFE.allowed(state):
        MOVES[move](order, act())
        assert order.state == REPAIR_LIFE.target(state, move)
        assert [each.move for each in order.unsaved_history] == [move]
        assert len(order.recorded) == 1
    else:
        with pytest.raises(NotAllowed) as refused:
            MOVES[move](order, act())
        assert (refused.value.state, refused.value.allowed) == (state, REPAIR_LIFE.allowed(state))
        assert (order.state, order.recorded, order.unsaved_history) == (state, [], [])


def test_the_table_has_the_moves_that_the_repair_has() -> None:
    assert {move.name for move in REPAIR_LIFE.moves} == set(MOVES)
    assert set(REPAIR_LIFE.final) == {"accepted_by_customer", "cancelled"}


def breaches(order: Repair) -> list[tuple[str, datetime]]:
    return [(fact.limit, fact.breached_at) for fact in order.recorded if isinstance(fact, RepairLimitBreached)]


def test_limits_count_business_time_of_the_rule_of_the_category() -> None:
    paint, water = requested(), requested("water")
    assert [limit.due_at for limit in paint.limits] == [at("2026-11-23 14:30"), at("2026-11-24 18:00")]
    assert [limit.due_at for limit in water.limits] == [at("2026-11-23 11:00"), at("2026-11-23 18:00")]
    assert water.due_at == at("2026-11-23 11:00")
    late_friday = requested("water", at("2026-11-27 17:00"))
    assert late_friday.limits[0].due_at == at("2026-11-30 10:00")


def test_a_breach_is_said_once_at_its_exact_time_however_late_somebody_looks() -> None:
    order = requested("water")
    order.settle(at("2026-11-23 11:00"))
    assert breaches(order) == []
    order.settle(at("2026-11-25 09:00"))
    order.settle(at("2026-11-25 10:00"))
    assert breaches(order) == [("respond", at("2026-11-23 11:00")), ("complete", at("2026-11-23 18:00"))]
    assert order.next_check_at is None


def test_what_was_done_one_minute_late_between_two_looks_is_late() -> None:
    order = requested("water")
    order.accept(act(at("2026-11-23 11:01")))
    assert breaches(order) == [("respond", at("2026-11-23 11:00"))]
    assert order.limits[0].in_time is False


def test_what_was_done_in_time_and_entered_late_is_in_time() -> None:
    order = requested("water")
    order.settle(at("2026-11-23 11:30"))
    order.accept(act(at("2026-11-23 10:59")))
    assert (order.limits[0].in_time, order.limits[0].breached_at) == (True, None)


def test_the_time_in_which_the_customer_judges_is_not_counted_and_refused_work_runs_on() -> None:
    order = requested()
    for move in ROAD[:-1]:
        MOVES[move](order, act())
    order.complete(act(at("2026-11-24 16:00")))
    assert order.in_time is True
    order.settle(at("2026-11-30 09:00"))
    assert breaches(order) == []
    order.refuse_result(act(at("2026-11-30 09:00"), reason="still-broken"), CALENDAR)
    assert (order.reworks, order.in_time, order.completed_at) == (1, None, None)
    assert order.limits[1].due_at == at("2026-11-30 11:00")
    order.schedule(act(at("2026-11-30 09:30")), at("2026-11-30 10:00"))
    order.start(act(at("2026-11-30 10:00")))
    order.complete(act(at("2026-11-30 11:05")))
    assert breaches(order) == [("complete", at("2026-11-30 11:00"))]
    done = order.recorded[-1]
    assert isinstance(done, RepairCompleted)
    assert (done.in_time, done.reworks) == (False, 1)


def test_a_cancelled_repair_breaches_nothing_any_more() -> None:
    order = requested("water")
    order.cancel(act(reason="customer-withdrew"), "customer-withdrew")
    order.settle(MONDAY + timedelta(days=30))
    assert breaches(order) == []
    assert (order.due_at, [limit.in_time for limit in order.limits]) == (None, [None, None])


def test_an_appointment_needs_a_vendor_and_lies_ahead() -> None:
    order = requested()
    order.accept(act())
    with pytest.raises(VendorMissing):
        order.schedule(act(), MONDAY + timedelta(hours=1))
    order.assign_vendor(act(), "v-1", ANYBODY)
    with pytest.raises(Invalid, match="appointment-in-the-past"):
        order.schedule(act(), MONDAY)
    assert order.state == "accepted"


@pytest.mark.parametrize("vendor", [Vendor(in_use=False), Vendor(categories=["water"])])
def test_a_vendor_who_does_not_fit_is_not_assigned(vendor: Vendor) -> None:
    order = brought_to("accepted")
    with pytest.raises(Invalid, match="vendor-does-not-fit"):
        order.assign_vendor(act(), "v-2", vendor)
    assert order.recorded == []


def test_a_repair_belongs_to_one_complaint() -> None:
    order = brought_to("done")
    order.link(act(), new_id())
    with pytest.raises(Conflict, match="has-complaint"):
        order.link(act(), new_id())
    assert order.state == "done"


def test_a_policy_that_leaves_a_category_without_limits_is_none() -> None:
    only: dict[str, Any] = {"categories": ["water"], "respond": target(1), "complete": target(1)}
    with pytest.raises(ValidationError):
        RepairPolicy(name="x", calendar="cn", rules=[RepairRule(**only)])
    assert LIMITS.rule_for("lift").respond.unit == LimitUnit.BUSINESS_HOURS


def test_who_did_the_work_or_is_complained_about_does_not_accept_it_for_the_customer() -> None:
    for worker, subjects in (("clerk-1", []), ("w-1", ["clerk-1"])):
        order = brought_to("in_progress")
        order.record_visit(act(), worker, "fixed")
        order.complete(act())
        order.recorded.clear()
        with pytest.raises(ApproverInvolved):
            order.accept_result(act(), subjects)
        assert order.state == "done" and order.recorded == []
