"""Back-tests: what a policy would have said about the past, counted again by hand."""

from __future__ import annotations

from typing import Any

import pytest
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.back_tests import usecases
from rapport_complaints.back_tests.domain import (
    BACK_TEST_LIFE,
    BackTest,
    Case,
    Excluded,
    LimitOutcome,
    Verdict,
    judge,
    reckon,
    waits,
)
from rapport_complaints.clocks.domain.policies import LimitUnit, Rule, SlaPolicy, Traits, calendar_of
from rapport_contracts.complaints.clocks import BackTestCompleted
from rapport_contracts.complaints.vocabulary import ClockKind
from rapport_kernel.business_time import Pause
from rapport_kernel.errors import NotAllowed
from rapport_kernel.ids import new_id
from rapport_testing.databases import statements

from .desk import Desk, at, utc
from .making import MONDAY, OFFICE, act, target, types, version
from .making import at as moment
from .test_edge_cases import INTO_INVESTIGATION, NINE_TO_FIVE, policy
from .test_import import item, send

LONG = {"resolution": {"amount": 3000, "unit": "calendar_days"}}
"""A limit that does not run out while this test is of any use."""
FOREVER = {"resolution": {"amount": 10_000, "unit": "business_days"}}
PERIOD = {"received_from": at("2026-11-01T00:00"), "received_before": at("2026-12-01T00:00")}
CALENDAR = calendar_of([version(OFFICE)])
LATER = moment("2027-01-01 09:00")


def limits(acknowledgement: int = 4, resolution: int = 20, **more: Any) -> SlaPolicy:
    rule = Rule(acknowledgement=target(acknowledgement), resolution=target(resolution), **more)
    return SlaPolicy(name="p", calendar="office", rules=[rule])


def case(ended: str | None, **more: Any) -> Case:
    kind = more.pop("kind", ClockKind.ACKNOWLEDGEMENT)
    end = moment(ended) if ended is not None else None
    return Case(new_id(), "C1", kind, Traits("phone", "x"), MONDAY, end, **more)


def test_a_limit_is_reckoned_from_receipt_to_the_deed() -> None:
    # four hours from nine: three before lunch, one after it
    assert reckon(case("2026-11-23 14:30"), limits(), CALENDAR, LATER) == Verdict(
        LimitOutcome.IN_TIME, moment("2026-11-23 14:30")
    )
    assert reckon(case("2026-11-23 14:31"), limits(), CALENDAR, LATER).outcome == LimitOutcome.BREACHED
    assert reckon(case(None), limits(), CALENDAR, LATER).outcome == LimitOutcome.BREACHED
    assert reckon(case(None), limits(), CALENDAR, moment("2026-11-23 12:00")).outcome == LimitOutcome.RUNNING
    assert reckon(case("2026-11-23 14:30"), None, None, LATER) == Verdict(LimitOutcome.NO_LIMIT)
    elsewhere = limits(categories=["y"])
    assert reckon(case("2026-11-23 14:30"), elsewhere, CALENDAR, LATER).outcome == LimitOutcome.NO_LIMIT


def test_a_limit_that_the_calendar_never_reaches_runs_on() -> None:
    rare = calendar_of([version(OFFICE.model_copy(update={"week": {"mon": OFFICE.week["mon"]}}))])
    forever = SlaPolicy(
        name="p",
        calendar="office",
        rules=[Rule(acknowledgement=target(10_000, LimitUnit.BUSINESS_DAYS), resolution=target(1))],
    )
    assert reckon(case(None), forever, rare, LATER) == Verdict(LimitOutcome.RUNNING)


def test_pauses_are_left_out_and_an_open_one_never_runs_out() -> None:
    waited = [Pause(moment("2026-11-23 10:00"), moment("2026-11-23 11:00"), "awaiting_customer")]
    assert reckon(case("2026-11-23 15:30", pauses=waited), limits(), CALENDAR, LATER).outcome == LimitOutcome.IN_TIME
    waits_on = [Pause(moment("2026-11-23 10:00"), None, "awaiting_customer")]
    assert reckon(case(None, pauses=waits_on), limits(), CALENDAR, LATER) == Verdict(LimitOutcome.RUNNING)


def test_an_extension_that_was_granted_counts_as_far_as_the_policy_would_have_allowed_one() -> None:
    granted = {"kind": ClockKind.RESOLUTION, "extended": 10, "unit": LimitUnit.BUSINESS_HOURS}
    late = "2026-11-26 14:00"  # 3 * 7.5 + 3 + 0.5 = 26 hours
    for allowance, outcome in (
        (None, LimitOutcome.BREACHED),
        (5, LimitOutcome.BREACHED),
        (6, LimitOutcome.IN_TIME),
        (20, LimitOutcome.IN_TIME),
    ):
        body = limits(extension=target(allowance) if allowance is not None else None)
        assert reckon(case(late, **granted), body, CALENDAR, LATER).outcome == outcome
    other_unit = {**granted, "unit": LimitUnit.CALENDAR_DAYS}
    assert reckon(case(late, **other_unit), limits(extension=target(20)), CALENDAR, LATER).outcome == LimitOutcome.BREACHED


def test_waits_are_read_from_the_history() -> None:
    first, second, third = moment("2026-11-23 10:00"), moment("2026-11-23 11:00"), moment("2026-11-24 10:00")
    found = waits([("hold", first), ("resume", second), ("resume", second), ("hold", third)], {"hold": "third-party"})
    assert found == [Pause(first, second, "third-party"), Pause(third, None, "third-party")]


def test_what_is_done_at_the_due_time_is_in_time() -> None:
    assert judge(MONDAY, MONDAY, LATER) == LimitOutcome.IN_TIME
    assert judge(None, None, LATER) == LimitOutcome.RUNNING


def begun() -> BackTest:
    test = BackTest(
        id=new_id(),
        policy="p",
        pack=None,
        body=limits(),
        received_from=MONDAY,
        received_before=LATER,
        as_of=LATER,
        last_at=LATER,
        total=3,
    )
    test.begin(act(LATER))
    return test


@pytest.mark.parametrize("state", BACK_TEST_LIFE.states)
@pytest.mark.parametrize("move", ["complete", "cancel"])
def test_a_back_test_goes_where_its_table_says_or_is_refused(state: str, move: str) -> None:
    test = begun()
    if state != "running":
        getattr(test, {"completed": "complete", "cancelled": "cancel"}[state])(act(LATER))
    if move in BACK_TEST_LIFE.allowed(state):
        getattr(test, move)(act(LATER))
        assert test.state == BACK_TEST_LIFE.target(state, move)
        assert types(test)[-1] == f"back-test.{test.state}"  # type: ignore[arg-type]
    else:
        with pytest.raises(NotAllowed):
            getattr(test, move)(act(LATER))


def test_the_sums_count_each_limit_once() -> None:
    test = begun()
    met, broken, none = (
        Verdict(outcome) for outcome in (LimitOutcome.IN_TIME, LimitOutcome.BREACHED, LimitOutcome.NO_LIMIT)
    )
    for before, after in ((met, met), (met, broken), (broken, met), (broken, broken), (none, broken), (broken, none)):
        test.compare(case(None), "x", before, after)
    test.leave_out([Excluded.STOPPED, Excluded.STOPPED, Excluded.NOT_RECORDED])
    test.leave_out([Excluded.STOPPED])
    assert (test.n, test.changed, test.newly_breached, test.newly_met) == (6, 4, 2, 1)
    assert (test.breached_before, test.breached_after) == (3, 3)
    assert test.excluded == {"stopped": 3, "not-recorded": 1}


async def tried(desk: Desk, body: dict[str, Any], code: str = "standard") -> dict[str, Any]:
    """A back-test that has ended."""
    started = await desk.post(f"/sla-policies/{code}:back-test", {**PERIOD, **body}, 202)
    assert (started["state"], started["allowed"]) == ("running", ["cancel"])
    await desk.fire()
    return dict(await desk.get(f"/back-tests/{started['id']}"))


async def changes(desk: Desk, test: dict[str, Any], **filters: Any) -> list[dict[str, Any]]:
    return list((await desk.get(f"/back-tests/{test['id']}/changes", filters))["items"])


async def test_a_stricter_policy_shows_what_it_would_have_broken_and_changes_nothing(desk: Desk) -> None:
    await desk.put("/sla-policies/fast", policy(acknowledgement=4, resolution=20))
    quick = await desk.file(received_at=at("2026-11-09T09:00"))
    slow = await desk.file(received_at=at("2026-11-09T09:00"))
    await desk.act(quick, "acknowledge", method="phone", at=at("2026-11-09T10:00"))
    await desk.act(slow, "acknowledge", method="phone", at=at("2026-11-09T11:30"))
    withdrawn = await desk.file(received_at=at("2026-11-09T09:00"))
    await desk.act(withdrawn, "withdraw", reason="settled", at=at("2026-11-09T09:30"))
    await desk.file(received_at=at("2026-10-09T09:00"))  # of another period
    before = await desk.clocks(slow)
    await desk.facts()

    test = await tried(desk, {"policy": stricter(2, 20)}, "fast")
    assert (test["state"], test["total"], test["done_complaints"]) == ("completed", 3, 3)
    assert (test["n"], test["changed"], test["newly_breached"], test["newly_met"]) == (4, 1, 1, 0)
    assert (test["breached_before"], test["breached_after"]) == (2, 3)  # the answers of both are late either way
    assert test["excluded"] == {"stopped": 2}
    assert await changes(desk, test) == [
        {
            "complaint_id": slow["id"],
            "number": slow["number"],
            "kind": "acknowledgement",
            "clock_id": before["acknowledgement"]["id"],
            "policy": "fast",
            "before": "in-time",
            "after": "breached",
            "due_before": utc("2026-11-09T14:30"),
            "due_after": utc("2026-11-09T11:00"),
        }
    ]
    (completed,) = [fact for fact in await desk.facts() if isinstance(fact, BackTestCompleted)]
    assert (completed.n, completed.changed, completed.excluded) == (4, 1, {"stopped": 2})
    assert (await desk.clocks(slow))["acknowledgement"] == before["acknowledgement"]
    assert [each["version"] for each in (await desk.get("/sla-policies"))["items"] if each["code"] == "fast"] == [1]


def stricter(acknowledgement: int, resolution: int, **more: Any) -> dict[str, Any]:
    body = policy(acknowledgement=acknowledgement, resolution=resolution, **more)
    del body["effective_from"]
    return body


async def test_a_looser_policy_shows_what_it_would_have_kept_with_pauses_left_out(desk: Desk) -> None:
    await desk.put("/sla-policies/fast", policy(resolution=5))
    filed = await desk.file(received_at=at("2026-11-09T09:00"))
    for action, body in INTO_INVESTIGATION:
        await desk.act(filed, action, at=at("2026-11-09T09:30"), **body)
    await desk.act(filed, "pause", reason="awaiting_customer", at=at("2026-11-09T10:00"))
    await desk.act(filed, "resume", at=at("2026-11-10T09:00"))
    for action, body in (
        ("set-root-cause", {"cause": "process", "latent_risk": False}),
        ("propose", {"remedy": "refund", "note": "The price."}),
        ("record-decision", {"accepted": True}),
    ):
        await desk.act(filed, action, at=at("2026-11-10T17:00"), **body)
    # one hour on Monday; three and 3.5 on Tuesday
    for resolution, newly_met in ((7, 0), (8, 1)):
        test = await tried(desk, {"policy": stricter(1, resolution)}, "fast")
        assert (test["newly_met"], test["newly_breached"]) == (newly_met, 0)


async def test_imported_complaints_are_reckoned_from_their_own_times(desk: Desk) -> None:
    await desk.put("/sla-policies/standard", policy(rule=LONG))
    received = "2026-11-09T01:00:00Z"  # nine in the morning
    await send(
        desk,
        [
            item(1, received_at=received, state="closed", closed_at=at("2026-11-11T09:00")),  # fifteen hours
            item(2, received_at=received, state="closed", closed_at=at("2026-11-09T12:00")),  # three
            item(3, received_at=received, state="closed", closed_at=None),
            item(4, received_at=received, state="withdrawn", closed_at=None),
            item(5, received_at=received, state="investigating", closed_at=None),
        ],
    )
    test = await tried(desk, {"policy": stricter(1, 10)})
    assert test["excluded"] == {"not-recorded": 4, "no-closing-time": 1, "stopped": 2}
    assert (test["n"], test["changed"]) == (3, 2)
    found = await changes(desk, test, kind="resolution")
    assert [(each["before"], each["after"], each["policy"], each["clock_id"]) for each in found] == [
        ("in-time", "breached", "standard", None),
        ("running", "breached", "standard", None),
    ]
    assert {each["due_after"] for each in found} == {utc("2026-11-10T11:30")}
    assert found[0]["due_before"] == utc("2035-01-26T09:00")
    assert await changes(desk, test, outcome_after="in-time") == []


async def test_a_new_pack_is_compared_with_what_complaints_are_pinned_to(desk: Desk) -> None:
    await desk.put("/sla-policies/standard", policy(acknowledgement=7, rule=LONG))
    filed = await desk.file(received_at=at("2026-11-09T09:00"))
    await desk.act(filed, "acknowledge", method="phone", at=at("2026-11-09T16:00"))
    test = await tried(desk, {"pack": "internal-strict"}, "internal-strict")
    assert (test["pack"], test["body"]["track"]) == ("internal-strict", "internal")
    # four hours end at 14:30, seven at 17:30; five business days ended on the 13th
    assert [(each["kind"], each["policy"], each["before"], each["after"]) for each in await changes(desk, test)] == [
        ("acknowledgement", "standard", "in-time", "breached"),
        ("resolution", "standard", "running", "breached"),
    ]


async def test_a_complaint_without_a_target_is_counted_as_without_limit(desk: Desk) -> None:
    await desk.put("/sla-policies/standard", policy(rule={"channels": ["letter"]}))
    filed = await desk.file(received_at=at("2026-11-09T09:00"))
    for action, body in [*INTO_INVESTIGATION, ("pause", {"reason": "awaiting_third_party"})]:
        await desk.act(filed, action, at=at("2026-11-09T09:30"), **body)
    test = await tried(desk, {"policy": stricter(1, 10)})
    found = [(each["kind"], each["before"], each["after"], each["policy"]) for each in await changes(desk, test)]
    assert found == [
        ("acknowledgement", "no-limit", "in-time", None),
        ("resolution", "no-limit", "running", None),  # it waits, as its history says
    ]


async def test_portions_add_up_to_the_whole_and_pages_to_all_changes(
    desk: Desk, served: Service[Work], monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [
        item(number, received_at=at(f"2026-11-{2 + number % 9:02}T09:00"), state="closed", closed_at=at("2026-11-13T09:00"))
        for number in range(90)
    ]
    await send(desk, items)
    whole = await tried(desk, {"policy": stricter(1, 10)})
    monkeypatch.setattr(usecases, "PORTION", 15)
    parts = await tried(desk, {"policy": stricter(1, 10)})
    same = ("n", "changed", "newly_breached", "newly_met", "breached_before", "breached_after", "excluded", "total")
    assert {name: whole[name] for name in same} == {name: parts[name] for name in same}
    assert parts["changed"] > 50
    found: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await desk.get(f"/back-tests/{parts['id']}/changes", {"limit": 7, **cursor})
        found += [each["number"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = {"after": page["next"]}
    assert len(set(found)) == len(found) == parts["changed"]
    assert [each["id"] for each in (await desk.get("/back-tests"))["items"]] == [parts["id"], whole["id"]]


async def test_a_portion_costs_the_same_few_statements_whatever_its_size(desk: Desk, served: Service[Work]) -> None:
    counts = []
    for first, size in ((0, 2), (10, 300)):
        month = f"2026-0{1 + first // 10}"
        await send(desk, [item(first + n, received_at=f"{month}-05T01:00:00Z", closed_at=None) for n in range(size)])
        body = {"received_from": f"{month}-01T00:00:00Z", "received_before": f"{month}-28T00:00:00Z"}
        await desk.post("/sla-policies/standard:back-test", {**body, "pack": "internal-strict"}, 202)
        with statements(served) as seen:
            await desk.fire()
        polls = ("SELECT now()", "DELETE FROM timers")
        counts.append(len([one for one in seen if not one.startswith(polls)]))
    assert counts[0] == counts[1] <= 13


async def test_a_cancelled_back_test_stays_where_it_was_and_is_not_cancelled_twice(desk: Desk) -> None:
    await desk.file(received_at=at("2026-11-09T09:00"))
    started = await desk.post("/sla-policies/standard:back-test", {**PERIOD, "pack": "iso-10002"}, 202)
    stopped = await desk.post(f"/back-tests/{started['id']}:cancel", {"reason": "wrong-period"}, 200)
    assert (stopped["state"], stopped["allowed"]) == ("cancelled", [])
    await desk.fire()
    assert (await desk.get(f"/back-tests/{started['id']}"))["done_complaints"] == 0
    refused = await desk.post(f"/back-tests/{started['id']}:cancel", {}, 409)
    assert refused["allowed"] == []
    assert [name for name in await desk.names() if name.startswith("back-test")] == [
        "back-test.started",
        "back-test.cancelled",
    ]


async def test_no_more_than_a_few_run_at_once(desk: Desk) -> None:
    body = {**PERIOD, "pack": "iso-10002"}
    for _ in range(usecases.MOST):
        await desk.post("/sla-policies/x:back-test", body, 202)
    assert (await desk.post("/sla-policies/x:back-test", body, 409))["code"] == "too-many-back-tests"
    await desk.fire()
    await desk.post("/sla-policies/x:back-test", body, 202)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "policy-or-pack"),
        ({"pack": "iso-10002", "policy": stricter(1, 1)}, "policy-or-pack"),
        ({"pack": "nobodys"}, "unknown-pack"),
        ({"policy": stricter(1, 1, calendar="nowhere")}, "unknown-calendar"),
        ({"policy": {**stricter(1, 1), "rules": []}}, "invalid-body"),
        (
            {"policy": stricter(1, 1, calendar="rare", rule={"resolution": {"amount": 10_000, "unit": "business_days"}})},
            "never",
        ),
        ({"pack": "iso-10002", "received_before": PERIOD["received_from"]}, "empty-period"),
        ({"pack": "iso-10002", "received_from": "0001-01-01T00:00:00Z"}, "invalid-body"),
    ],
)
async def test_what_cannot_be_tried_is_refused(desk: Desk, change: dict[str, Any], code: str) -> None:
    await desk.put("/calendars/rare", {**NINE_TO_FIVE, "week": {"mon": [{"opens": "09:00", "closes": "10:00"}]}})
    told = await desk.post("/sla-policies/standard:back-test", {**PERIOD, **change}, 422)
    assert told["code"] == code
    assert (await desk.get("/back-tests"))["items"] == []


async def test_a_back_test_that_is_not_there(desk: Desk) -> None:
    nobody = new_id()
    for path in (f"/back-tests/{nobody}", f"/back-tests/{nobody}/changes"):
        await desk.get(path, status=404)
    await desk.post(f"/back-tests/{nobody}:cancel", {}, 404)
