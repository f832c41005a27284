"""Receive the answer of a customer: check, score, attribute, and open a follow-up case when he is unhappy."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import orjson
from rapport_contracts.satisfaction.vocabulary import RejectionReason
from rapport_kernel.ids import new_id

from rapport_satisfaction.domain.answers import Answers, Refusal, read_answers
from rapport_satisfaction.domain.follow_ups import FollowUp
from rapport_satisfaction.domain.invitations import Invitation
from rapport_satisfaction.domain.metrics import band_of
from rapport_satisfaction.domain.policies import FollowUpRule
from rapport_satisfaction.domain.surveys import Definition
from rapport_satisfaction.store.responses import COMMENTS, Exclusion, Response
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.decide_invitations import REVIEW
from rapport_satisfaction.usecases.send_invitation import hash_of

OVERDUE = "follow-up.overdue"
"""The timer of a follow-up case."""


async def receive_answer(work: SatisfactionWork, token: str, given: Mapping[str, object]) -> Definition | Refusal:
    """The survey that was answered, or why the answer does not count: that is counted and published, never raised.

    Of two answers with one token that come at the same time one counts: the invitation is locked. Raises NotFound for a
    link that is not known, Invalid for a comment that is too long.
    """
    invitation = await work.invitations.by_token(hash_of(token))
    survey = (await work.surveys.by_keys([invitation.survey]))[invitation.survey]
    definition = survey.numbered(invitation.survey_version or 0).definition
    barrier = invitation.barrier(work.now)
    answers = Refusal(barrier) if barrier is not None else read_answers(definition, given)
    if isinstance(answers, Refusal):
        await _refuse(work, invitation, definition, answers.reason)
        return answers
    await _take(work, invitation, definition, answers)
    return definition


async def _refuse(work: SatisfactionWork, invitation: Invitation, definition: Definition, reason: RejectionReason) -> None:
    """Count it once for each reason: pressing the button ten times is no ten answers."""
    excluded = Exclusion(
        id=new_id(),
        invitation_id=invitation.id,
        survey=invitation.survey,
        metric=definition.metric,
        reason=reason,
        at=work.now,
        touchpoint=invitation.touchpoint,
        agent=invitation.agent,
        agents=invitation.agents,
    )
    if await work.responses.exclude([excluded]):
        invitation.reject(reason, work.now)


async def _take(work: SatisfactionWork, invitation: Invitation, definition: Definition, answers: Answers) -> None:
    rule = (await work.policies.at(work.now)).follow_up.rule
    band = band_of(definition.metric, answers.score)
    response_id = new_id()
    unhappy = band in rule.bands
    invitation.answer(response_id, definition.metric, answers.score, band, work.now, unhappy=unhappy)
    await work.timers.cancel(REVIEW, invitation.id)
    response = Response(
        id=response_id,
        invitation_id=invitation.id,
        survey=invitation.survey,
        survey_version=invitation.survey_version or 0,
        metric=definition.metric,
        score=answers.score,
        band=band,
        answered_at=work.now,
        received_at=work.now,
        ratings=answers.ratings,
        comments=await _sealed(work, invitation.customer_id or response_id, answers.comments),
        customer_id=invitation.customer_id,
        interaction_id=invitation.interaction_id,
        complaint_id=invitation.complaint_id,
        touchpoint=invitation.touchpoint,
        agent=invitation.agent,
        agents=invitation.agents,
    )
    await work.responses.add([response])
    if unhappy and invitation.customer_id is not None:
        await _open_case(work, response, invitation.customer_id, rule)


async def _sealed(work: SatisfactionWork, owner: UUID, comments: dict[str, str]) -> bytes | None:
    if not comments:
        return None
    box = await work.vault.open_for([owner])
    return box.seal(owner, COMMENTS, orjson.dumps(comments).decode())


async def _open_case(work: SatisfactionWork, response: Response, customer_id: UUID, rule: FollowUpRule) -> None:
    case = FollowUp.opened(
        invitation_id=response.invitation_id,
        response_id=response.id,
        customer_id=customer_id,
        survey=response.survey,
        metric=response.metric,
        score=response.score,
        now=work.now,
        due_at=work.now + rule.within,
        most_tries=rule.tries,
        assignee=response.agent,
    )
    work.follow_ups.add(case)
    await work.timers.set(OVERDUE, case.id, case.due_at)
