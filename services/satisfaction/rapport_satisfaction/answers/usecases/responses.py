"""Answers: a customer opens the link and answers, which is checked, scored and attributed; and one is read with its
comments, in clear or masked, audited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from rapport_chassis.work import Work
from rapport_contracts.satisfaction.vocabulary import RejectionReason
from rapport_kernel.ids import new_id

from rapport_satisfaction.answers.domain import Answers, Exclusion, Refusal, Response, band_of, read_answers, score_of
from rapport_satisfaction.answers.store import COMMENTS, Responses
from rapport_satisfaction.asking.domain.invitations import Invitation
from rapport_satisfaction.asking.store.invitations import Invitations
from rapport_satisfaction.asking.store.rules import RulesInForce
from rapport_satisfaction.asking.usecases.invitations import REVIEW, hash_of
from rapport_satisfaction.surveys.domain import Definition
from rapport_satisfaction.surveys.store import Surveys

"""Who sees comments as they were written."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a customer is asked, and until when they can answer (UTC)."""

    definition: Definition
    expires_at: datetime | None


async def demand_link(work: Work, token: str) -> None:
    """Raises NotFound for an unknown link."""
    await work.store(Invitations).by_token(hash_of(token))


async def open_invitation(work: Work, token: str) -> Definition | RejectionReason:
    """The questions, or why this link can no longer be answered. Raises NotFound for an unknown link."""
    opened = await ask(work, token)
    return opened.definition if isinstance(opened, Asked) else opened


async def ask(work: Work, token: str) -> Asked | RejectionReason:
    """The questions and until when they can be answered, or why this link can no longer be. Raises NotFound for an unknown
    link."""
    invitation = await work.store(Invitations).by_token(hash_of(token))
    barrier = invitation.barrier(work.now)
    if barrier is not None:
        return barrier
    invitation.open(work.now)
    return Asked(await _definition(work, invitation), invitation.expires_at)


async def receive_answer(work: Work, token: str, given: Mapping[str, object]) -> Definition | Refusal:
    """The survey that was answered, or why the answer does not count, which is counted and published, never raised.

    The invitation is locked: of two answers with one token at the same time one counts. Raises NotFound for an unknown link,
    Invalid for a comment that is too long.
    """
    invitation = await work.store(Invitations).by_token(hash_of(token))
    definition = await _definition(work, invitation)
    barrier = invitation.barrier(work.now)
    answers = Refusal(barrier) if barrier is not None else read_answers(definition, given)
    if isinstance(answers, Refusal):
        await _exclude(work, invitation, definition, answers.reason)
        return answers
    await _accept(work, invitation, definition, answers)
    return definition


async def _definition(work: Work, invitation: Invitation) -> Definition:
    survey = (await work.store(Surveys).by_keys([invitation.survey]))[invitation.survey]
    return survey.numbered(invitation.survey_version or 0).definition


async def _exclude(work: Work, invitation: Invitation, definition: Definition, reason: RejectionReason) -> None:
    """Count it once for each reason: pressing the button ten times does not make ten answers."""
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
    if await work.store(Responses).exclude([excluded]):
        invitation.reject(reason, work.now)


async def _accept(work: Work, invitation: Invitation, definition: Definition, answers: Answers) -> None:
    rule = (await work.store(RulesInForce).read()).follow_up.body
    band = band_of(definition.metric, answers.score)
    response_id = new_id()
    invitation.answer(response_id, score_of(definition, answers), work.now, unhappy=band in rule.bands)
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
    await work.store(Responses).add([response])


async def _sealed(work: Work, owner: UUID, comments: dict[str, str]) -> bytes | None:
    if not comments:
        return None
    box = await work.vault.open_for([owner])
    return box.seal(owner, COMMENTS, orjson.dumps(comments).decode())


async def read_response(work: Work, response_id: UUID) -> tuple[Any, dict[str, str]]:
    """The answer and its comments by question in clear; none once they are erased. Raises NotFound. Audited."""
    response = await work.store(Responses).get(response_id)
    (comments,) = await read_comments(work, [response])
    return response, comments


async def read_comments(work: Work, answers: Sequence[Any]) -> list[dict[str, str]]:
    """The comments of answers, or of their rows, by question, in their order: in clear, none once they are
    erased. One statement for the keys, and one row of the audit trail for all that have comments."""
    sealed = [each for each in answers if each.comments is not None]
    if not sealed:
        return [{} for _ in answers]
    level = work.actor.level
    box = await work.vault.open_for([each.keyed_by for each in sealed], create=False)
    if len(answers) == 1:
        await work.audit("response.read", f"response:{answers[0].id}", detail={"level": level})
    else:
        await work.audit_many("response.read", "response", [each.id for each in sealed], detail={"level": level})
    found = []
    for each in answers:
        opened = box.read(each.keyed_by, COMMENTS, each.comments)
        comments: dict[str, str] = orjson.loads(opened) if opened is not None else {}
        found.append(comments)
    return found
