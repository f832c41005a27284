"""Customers are forgotten: nobody asks or calls them any more. Their answers stay as scores without a name."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.work import Work

from rapport_satisfaction.domain.invitations import ASKED, ERASED, WAITING
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.decide_invitations import REVIEW
from rapport_satisfaction.usecases.receive_answer import OVERDUE


async def stop_asking(work: Work, customers: list[UUID]) -> None:
    """End the invitations that wait or are out, void their links, and close the cases in which nobody was reached."""
    assert isinstance(work, SatisfactionWork)  # noqa: S101 - the loop of this service has no other
    for invitation in await work.invitations.waiting_of(customers, [*WAITING, *ASKED]):
        invitation.opt_out(ERASED)
        await work.timers.cancel(REVIEW, invitation.id)
    for case in await work.follow_ups.of(customers, ["opened", "unreachable"]):
        case.forget(work.now)
        await work.timers.cancel(OVERDUE, case.id)
