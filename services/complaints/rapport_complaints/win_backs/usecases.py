"""Winning customers back (S64): find out who is at risk, and stop before an erasure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from rapport_chassis.commands import system_act
from rapport_chassis.listens import Message
from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import WinBackOutcome
from rapport_contracts.satisfaction.scores import SatisfactionScored
from rapport_kernel.history import Act

from rapport_complaints.win_backs.domain import WinBack
from rapport_complaints.win_backs.store import WIN_BACK_POLICIES, WinBacks

CHECK_CUSTOMER = "win-back.look"
"""The kind of timer at which it is checked whether we may lose a customer; its key is the customer."""


class AboutCustomer(Protocol):
    """A fact that says whose complaint it is about."""

    @property
    def customer_id(self) -> UUID | None:
        """The customer; None: nobody known."""


async def check_soon(work: Work, facts: Sequence[AboutCustomer]) -> None:
    """After these facts we may lose customers whom we would not have lost before: check right after this transaction."""
    customers = {fact.customer_id for fact in facts if fact.customer_id is not None}
    await work.timers.set_many(Timer(CHECK_CUSTOMER, str(one), work.now) for one in customers)


async def check_who_answered(work: Work, messages: list[Message[SatisfactionScored]]) -> None:
    """The same for customers who answered a survey."""
    await check_soon(work, [message.event for message in messages])


async def check_customers(work: Work, timers: list[Timer]) -> None:
    """Request a win-back for each reason that holds for one of these customers; at most once within its quiet days."""
    policy = await work.store(WIN_BACK_POLICIES).current()
    act = Act(at=work.now, recorded_at=work.now, by=str(work.actor), reason="win-back-policy")
    found = await work.store(WinBacks).at_risk({UUID(timer.key) for timer in timers}, policy.body)
    work.store(WinBacks).add_many(WinBack.request(each, policy, act) for each in found)


async def stop_winning_back(work: Work, customers: list[UUID]) -> None:
    """Close the open win-backs of customers whose data is about to be erased."""
    for win_back in await work.store(WinBacks).open_of(customers):
        win_back.close(system_act(work, win_back, "erasure"), WinBackOutcome.FORGOTTEN)
