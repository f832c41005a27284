"""Proposals with a price: what a level may promise alone, and what waits for somebody else (S59; DOMAIN 3b, 24)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from rapport_complaints.cases.domain.refusals import ApproverInvolved, ConflictOfInterest, NoProposalWaits
from rapport_kernel.money import Money
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk
from .making import act, basis, brought_to, types

MUCH = Money("CNY", Decimal("900.00"))
SOMEBODY = Callable[..., Any]


def by(who: str) -> Any:
    return replace(act(), by=f"person:{who}")


def waiting(**more: Any) -> Any:
    """A complaint with a proposal of agent-1 that waits."""
    complaint = brought_to("root_cause_identified", **more)
    complaint.ask_approval(by("agent-1"), "refund", MUCH, 3)
    complaint.recorded.clear()
    complaint.unsaved_history.clear()
    return complaint


def test_what_waits_has_not_been_offered() -> None:
    complaint = brought_to("root_cause_identified")
    complaint.ask_approval(by("agent-1"), "refund", MUCH, 3)
    assert (complaint.state, complaint.remedy, complaint.proposals) == ("root_cause_identified", None, 0)
    assert (complaint.pending, complaint.pending_by) == (MUCH, "agent-1")
    assert types(complaint) == ["proposal-approval.requested"]
    assert complaint.unsaved_history[0].detail == {
        "remedy": "refund",
        "level_needed": 3,
        "amount": "900.00",
        "currency": "CNY",
    }


def test_once_somebody_else_approves_it_the_customer_is_offered_it_and_both_have_decided() -> None:
    complaint = waiting()
    complaint.approve_proposal(by("lead-1"))
    assert (complaint.state, complaint.remedy, complaint.proposals) == ("resolution_proposed", "refund", 1)
    assert (complaint.amount, complaint.currency, complaint.pending) == (MUCH.amount, "CNY", None)
    assert complaint.deciders == ["agent-1", "lead-1"]
    assert types(complaint) == ["proposal.approved", "resolution.proposed"]
    complaint.appeal(act(), "customer", basis())
    assert complaint.partial_in_appeal("lead-1", None) == "lead-1"


def test_what_is_refused_is_gone() -> None:
    complaint = waiting()
    complaint.refuse_proposal(by("lead-1"), "too-much")
    assert (complaint.state, complaint.pending, complaint.pending_by) == ("root_cause_identified", None, None)
    assert types(complaint) == ["proposal.refused"]
    with pytest.raises(NoProposalWaits):
        complaint.approve_proposal(by("lead-1"))


@pytest.mark.parametrize("judge", ["agent-1", "subject-1", "barred-1"])
@pytest.mark.parametrize("move", ["approve", "refuse"])
def test_who_proposed_it_whom_it_is_about_and_who_is_barred_do_not_judge_it(judge: str, move: str) -> None:
    complaint = waiting(subject_staff=["subject-1"])
    complaint.barred = ["barred-1"]
    judged = complaint.approve_proposal if move == "approve" else partial(complaint.refuse_proposal, reason="too-much")
    with pytest.raises(ApproverInvolved):
        judged(by(judge))
    assert complaint.pending == MUCH and complaint.recorded == [] and complaint.unsaved_history == []


def test_who_may_not_handle_it_does_not_ask_either() -> None:
    complaint = brought_to("root_cause_identified", subject_staff=["subject-1"])
    with pytest.raises(ConflictOfInterest):
        complaint.ask_approval(by("subject-1"), "refund", MUCH, 3)


@pytest.mark.parametrize("way", ["propose", "reject", "withdraw", "ask again"])
def test_nothing_waits_once_something_else_was_decided(way: str) -> None:
    complaint = waiting()
    if way == "propose":
        complaint.propose(act(), "apology")
        assert (complaint.amount, complaint.currency) == (None, None)
    elif way == "reject":
        complaint.reject(act(), ["misuse"])
    elif way == "withdraw":
        complaint.withdraw(act())
    else:
        complaint.ask_approval(by("agent-2"), "gift", MUCH, 3)
        assert (complaint.pending_by, complaint.pending_remedy) == ("agent-2", "gift")
        return
    assert complaint.pending is None and complaint.pending_by is None


# --- over HTTP


@pytest_asyncio.fixture
async def somebody(desk: Desk, tokens: TokenMaker) -> AsyncIterator[SOMEBODY]:
    """Makes people of an access level."""
    async with AsyncExitStack() as stack:

        async def make(name: str, level: int) -> Desk:
            bearer = tokens.bearer(*SCOPES, subject=name, level=level)
            client = await stack.enter_async_context(client_of(desk.served.asgi, headers=bearer))
            return Desk(client, desk.served, desk.db)

        yield make


def price(amount: str, currency: str = "CNY") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


OFFER = {"remedy": "refund", "note": "We refund the price."}


async def test_each_level_promises_up_to_its_limit_to_the_cent(desk: Desk, somebody: SOMEBODY) -> None:
    clerk = await somebody("clerk-2", 2)
    filed = await desk.until("root_cause_identified")
    refused = await clerk.act(filed, "propose", status=409, **OFFER, **price("500.01"))
    assert refused["code"] == "authority-exceeded" and refused["params"] == {"level": 3}
    assert "500.01" not in str(refused)
    proposed = await clerk.act(filed, "propose", **OFFER, **price("500.00"))
    assert (proposed["state"], proposed["amount"], proposed["currency"]) == ("resolution_proposed", "500.00", "CNY")
    fact = (await desk.facts())[-1].model_dump(mode="json")
    assert (fact["amount"], fact["currency"]) == ("500.00", "CNY")
    other = await desk.until("root_cause_identified")
    assert (await clerk.act(other, "propose", status=409, **OFFER, **price("0.01", "EUR")))["code"] == "authority-exceeded"
    refused = await clerk.act(other, "propose", status=409, **OFFER, **price("50000.01"), ask_approval=True)
    assert refused["params"] == {"level": None}


async def test_what_is_above_it_waits_for_somebody_else_with_the_authority(desk: Desk, somebody: SOMEBODY) -> None:
    clerk, peer, lead = await somebody("clerk-2", 2), await somebody("clerk-3", 2), await somebody("lead-1", 3)
    filed = await desk.until("root_cause_identified")
    waits = await clerk.act(filed, "propose", **OFFER, **price("501"), ask_approval=True)
    assert (waits["state"], waits["pending_amount"], waits["pending_by"]) == ("root_cause_identified", "501.00", "clerk-2")
    assert [item["id"] for item in (await desk.get("/complaints", {"awaiting_approval": True}))["items"]] == [filed["id"]]
    assert (await peer.act(filed, "approve-proposal", status=409))["code"] == "authority-exceeded"
    assert (await peer.act(filed, "refuse-proposal", status=409, reason="no"))["code"] == "authority-exceeded"
    with statements(desk.served) as seen:
        approved = await lead.act(filed, "approve-proposal", note="Long with us.")
    assert len(seen) <= 11, seen
    assert (approved["state"], approved["amount"], approved["pending_amount"]) == ("resolution_proposed", "501.00", None)
    assert (await desk.get("/complaints", {"awaiting_approval": True}))["items"] == []
    names = await desk.names()
    assert names[-2:] == ["proposal.approved", "resolution.proposed"] and "proposal-approval.requested" in names
    history = (await desk.get(f"/complaints/{filed['id']}/history"))["items"]
    assert [(row["move"], row["note"]) for row in history][-2:] == [
        ("ask-approval", "We refund the price."),
        ("approve-proposal", "Long with us."),
    ]


async def test_nobody_approves_his_own_whatever_his_level(desk: Desk, somebody: SOMEBODY) -> None:
    filed = await desk.until("root_cause_identified", subject_staff=["boss-1"])
    low, high = await somebody("clerk-2", 2), await somebody("clerk-2", 4)
    await low.act(filed, "propose", **OFFER, **price("900.00"), ask_approval=True)
    assert (await high.act(filed, "approve-proposal", status=409))["code"] == "approver-involved"
    boss = await somebody("boss-1", 4)
    assert (await boss.act(filed, "approve-proposal", status=409))["code"] == "approver-involved"
    refused = await (await somebody("lead-1", 3)).act(
        filed, "refuse-proposal", reason="too-much", note="A discount will do."
    )
    assert (refused["state"], refused["pending_by"]) == ("root_cause_identified", None)
    assert (await high.act(filed, "approve-proposal", status=409))["code"] == "no-proposal-waits"


async def test_with_enough_authority_nothing_has_to_wait(desk: Desk) -> None:
    filed = await desk.until("root_cause_identified")
    proposed = await desk.act(filed, "propose", **OFFER, **price("900.00"), ask_approval=True)
    assert (proposed["state"], proposed["pending_by"]) == ("resolution_proposed", None)
    assert (await desk.act(filed, "approve-proposal", status=409))["code"] == "not-allowed"


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ({"amount": 100, "currency": "CNY"}, "invalid-body"),
        ({"amount": 1e2, "currency": "CNY"}, "invalid-body"),
        ({"amount": {"amount": "100", "currency": "CNY"}}, "invalid-body"),
        (price("1e2"), "invalid-body"),
        (price("-1"), "invalid-body"),
        (price("1.001"), "invalid-body"),
        (price("NaN"), "invalid-body"),
        (price("\u0661"), "invalid-body"),
        (price("1", "cny"), "invalid-body"),
        (price("9999999999999"), "invalid-body"),
        ({"amount": "1"}, "amount-and-currency"),
        ({"currency": "CNY"}, "amount-and-currency"),
    ],
)
async def test_what_is_no_amount_is_refused(desk: Desk, amount: Any, code: str) -> None:
    filed = await desk.until("root_cause_identified")
    assert (await desk.act(filed, "propose", status=422, **OFFER, **amount))["code"] == code
    assert (await desk.get(f"/complaints/{filed['id']}"))["state"] == "root_cause_identified"


async def test_without_an_amount_there_is_nothing_to_approve(desk: Desk) -> None:
    filed = await desk.until("root_cause_identified")
    assert (await desk.act(filed, "propose", status=422, **OFFER, ask_approval=True))["code"] == "invalid-body"
    largest = {"amount": "999999999999.99", "currency": "CNY"}
    assert (await desk.act(filed, "propose", status=409, **OFFER, **largest))["code"] == "authority-exceeded"
