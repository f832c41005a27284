"""Extensions: once, in time, within what the policy allows, approved by somebody who has no part in the complaint."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.refusals import ApproverInvolved, NoExtension
from rapport_complaints.clocks.domain.basis import Basis
from rapport_complaints.clocks.domain.clock_life import AlreadyExtended, TooLateToExtend
from rapport_complaints.clocks.domain.policies import LimitUnit, Rule, SlaPolicy
from rapport_contracts.complaints.clocks import ClockExtended
from rapport_kernel.errors import Invalid, NotAllowed
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk, at, utc
from .making import OFFICE, act, brought_to, clock, target, types, version
from .making import at as moment
from .test_packs import both

DAYS = LimitUnit.CALENDAR_DAYS
FRIDAY = moment("2026-11-20 10:00")


def extendable(extension: int | None = 30) -> Basis:
    rule = Rule(
        acknowledgement=target(4),
        resolution=target(30, DAYS),
        extension=target(extension, DAYS) if extension is not None else None,
    )
    return Basis(version(SlaPolicy(name="r", calendar="office", rules=[rule]), "p"), rule, [version(OFFICE, "office")])


def extend(complaint: Complaint, on: str, *, by: int | None = None, who: str = "manager-2", **more: Any) -> None:
    how = replace(act(moment(on), reason="expert-opinion"), by=f"person:{who}")
    basis = more.get("basis", extendable())
    complaint.extend(how, clock(complaint, more.get("kind", "resolution")), basis, by=by, requested_by="agent-1")


def test_an_extended_clock_is_due_later_and_the_old_due_time_stays_known() -> None:
    complaint = brought_to("investigating", FRIDAY, reckoned=extendable())
    assert clock(complaint).due_at == moment("2026-12-20 10:00")
    extend(complaint, "2026-12-10 09:00")
    told = clock(complaint)
    assert (told.due_at, told.extended) == (moment("2027-01-19 10:00"), 30)
    assert told.warn_at == moment("2027-01-07 10:00")  # 48 of 60 days
    assert [(past.due_at, past.reason) for past in told.past_dues] == [(moment("2026-12-20 10:00"), "extended")]
    (fact,) = [fact for fact in complaint.recorded if isinstance(fact, ClockExtended)]
    assert (fact.requested_by, fact.approved_by, fact.extended_by, fact.unit) == (
        "agent-1",
        "manager-2",
        30,
        "calendar_days",
    )
    assert [each.move for each in complaint.unsaved_history] == ["extend"]


def test_a_warning_that_the_extension_makes_untrue_is_said_again_later() -> None:
    complaint = brought_to("investigating", FRIDAY, reckoned=extendable())
    complaint.check_clocks(moment("2026-12-15 10:00"))
    assert clock(complaint).warned_at == moment("2026-12-14 10:00")
    extend(complaint, "2026-12-16 09:00")
    assert clock(complaint).warned_at is None
    complaint.check_clocks(moment("2027-01-08 10:00"))
    assert types(complaint) == ["clock.warned", "clock.extended", "clock.warned"]


def test_a_clock_is_extended_once() -> None:
    complaint = brought_to("investigating", FRIDAY, reckoned=extendable())
    extend(complaint, "2026-12-10 09:00", by=5)
    with pytest.raises(AlreadyExtended):
        extend(complaint, "2026-12-11 09:00", by=5)
    assert clock(complaint).due_at == moment("2026-12-25 10:00")


def test_what_has_run_out_is_not_extended_but_approval_that_was_entered_late_counts() -> None:
    complaint = brought_to("investigating", FRIDAY, reckoned=extendable())
    with pytest.raises(TooLateToExtend):
        extend(complaint, "2026-12-20 10:01")
    complaint.check_clocks(moment("2026-12-21 10:00"))
    assert clock(complaint).breached_at == moment("2026-12-20 10:00")
    with pytest.raises(TooLateToExtend):
        extend(complaint, "2026-12-20 10:01")
    extend(complaint, "2026-12-20 10:00")
    assert (clock(complaint).breached_at, clock(complaint).due_at) == (None, moment("2027-01-19 10:00"))


def test_a_clock_that_stands_still_can_be_extended_and_has_the_time_when_it_goes_on() -> None:
    complaint = brought_to("awaiting_customer", FRIDAY, reckoned=extendable())
    extend(complaint, "2026-12-30 09:00")
    assert clock(complaint).due_at is None
    complaint.resume(act(moment("2027-01-04 10:00")), {"office": extendable().calendar})
    assert clock(complaint).due_at == moment("2027-03-05 10:00")  # sixty days after it went on


def test_who_asked_who_handles_it_and_whom_it_is_about_do_not_approve() -> None:
    complaint = brought_to("investigating", FRIDAY, reckoned=extendable(), subject_staff=["agent-9"])
    complaint.handlers.append("agent-0")
    for who in ("agent-1", "agent-0", "agent-9"):
        with pytest.raises(ApproverInvolved):
            extend(complaint, "2026-12-10 09:00", who=who)
    assert (clock(complaint).extended, complaint.unsaved_history) == (0, [])


def test_only_what_the_policy_allows_is_given() -> None:
    complaint = brought_to("investigating", FRIDAY, reckoned=extendable())
    with pytest.raises(Invalid) as refused:
        extend(complaint, "2026-12-10 09:00", by=31)
    assert refused.value.code == "beyond-allowance"
    for more in ({"basis": extendable(None)}, {"basis": None}, {"kind": "acknowledgement"}):
        with pytest.raises(NoExtension):
            extend(complaint, "2026-12-10 09:00", **more)


def test_a_clock_that_has_ended_is_not_extended() -> None:
    complaint = brought_to("accepted", FRIDAY, reckoned=extendable())
    with pytest.raises(NotAllowed):
        extend(complaint, "2026-11-20 10:00")


@pytest_asyncio.fixture
async def manager(desk: Desk, served: Service[Work], tokens: TokenMaker) -> AsyncIterator[Desk]:
    """Somebody who has no part in any complaint."""
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, level=3, subject="manager-2")) as client:
        yield Desk(client, served, desk.db)


async def test_an_extension_is_approved_published_explained_and_in_the_history(desk: Desk, manager: Desk) -> None:
    await desk.post("/policy-packs/cn-regulator:install", {"effective_from": "2026-01-01T00:00:00Z"})
    filed = await desk.file(received_at=at("2026-11-02T10:00"))
    body = {"reason": "expert-opinion", "requested_by": "agent-7", "at": at("2026-11-12T10:00")}
    await desk.act(filed, "acknowledge", method="phone", at=at("2026-11-02T10:10"))
    clocks = await both(desk, filed)
    path = f"/complaints/{filed['id']}/clocks/{clocks['cn-regulator', 'resolution']['id']}:extend"
    assert (await manager.post(path, body, 409))["code"] == "no-extension"  # it is not complex
    await desk.act(filed, "assess", severity="low", complex=True, at=at("2026-11-02T11:00"))
    await desk.act(filed, "assign", assignee="agent-7", at=at("2026-11-02T11:00"))
    await desk.facts()

    assert (await manager.post(path, {**body, "by": 31}, 422))["code"] == "beyond-allowance"
    assert (await desk.post(path, {**body, "requested_by": "clerk-1"}, 409))["code"] == "approver-involved"
    assert (await manager.post(path, {**body, "reason": None}, 422))["code"] == "invalid-body"
    await manager.post(path, body, 200)
    assert (await manager.post(path, body, 409))["code"] == "already-extended"

    told = (await both(desk, filed))["cn-regulator", "resolution"]
    assert (told["due_at"], told["extended"]) == (utc("2027-01-01T10:00"), 30)
    assert [(past["due_at"], past["reason"]) for past in told["past_dues"]] == [
        (utc("2026-11-17T10:00"), "assessed"),
        (utc("2026-12-02T10:00"), "extended"),
    ]
    assert "clock.extended" in await desk.names()
    explained = await desk.get(path.replace(":extend", ":explain"))
    day = 24 * 3600
    assert (explained["target_seconds"], explained["extension_seconds"]) == (60 * day, 30 * day)
    past = (await desk.get(f"/complaints/{filed['id']}/history"))["items"][-1]
    assert (past["move"], past["actor"], past["detail"]["extended_by"]) == ("extend", "person:manager-2", 30)


async def test_extending_needs_the_right_and_a_clock_of_this_complaint(
    desk: Desk, manager: Desk, served: Service[Work], tokens: TokenMaker
) -> None:
    one, other = await desk.file(), await desk.file()
    foreign = (await desk.clocks(other))["resolution"]["id"]
    body = {"reason": "x", "requested_by": "agent-7"}
    await manager.post(f"/complaints/{one['id']}/clocks/{foreign}:extend", body, 404)
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, level=2, subject="clerk-2")) as client:
        answer = await client.post(f"/complaints/v1/complaints/{other['id']}/clocks/{foreign}:extend", json=body)
    assert answer.status_code == 403
