"""A case is opened for each unhappy answer, and closed for a customer who is erased before anybody reached them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from rapport_chassis.commands import system_act
from rapport_chassis.work import Work
from rapport_contracts.satisfaction.scores import DetractorDetected
from rapport_kernel.history import Act

from rapport_satisfaction.asking.store.invitations import Invitations
from rapport_satisfaction.asking.store.rules import RulesInForce
from rapport_satisfaction.follow_ups.domain import FollowUp
from rapport_satisfaction.follow_ups.store import FollowUps


async def open_cases(work: Work, facts: Sequence[DetractorDetected]) -> None:
    """A case for each unhappy customer. Rules and invitations are those of the answer, read in the same work."""
    rule = (await work.store(RulesInForce).read()).follow_up.body
    invitations = await work.store(Invitations).get_many([fact.invitation_id for fact in facts])
    for fact in facts:
        invitation = invitations[fact.invitation_id]
        work.store(FollowUps).add(
            FollowUp.opened(
                Act(at=fact.detected_at, recorded_at=work.now, by=str(work.actor)),
                invitation_id=fact.invitation_id,
                response_id=fact.response_id,
                customer_id=fact.customer_id,
                survey=invitation.survey,
                metric=fact.metric,
                score=round(fact.value),
                due_at=fact.detected_at + rule.within,
                most_tries=rule.tries,
                assignee=invitation.agent,
            )
        )


async def close_not_reached(work: Work, customers: list[UUID]) -> None:
    """Before customers are erased: nobody can call them any more."""
    for case in await work.store(FollowUps).not_reached(customers):
        case.forget_customer(system_act(work, case, "erased"))
