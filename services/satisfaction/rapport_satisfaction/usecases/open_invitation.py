"""The customer opens the link."""

from __future__ import annotations

from rapport_contracts.satisfaction.vocabulary import RejectionReason

from rapport_satisfaction.domain.surveys import Definition
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.send_invitation import hash_of


async def open_invitation(work: SatisfactionWork, token: str) -> Definition | RejectionReason:
    """What is asked, or why this link can be answered no more. Raises NotFound for a link that is not known."""
    invitation = await work.invitations.by_token(hash_of(token))
    barrier = invitation.barrier(work.now)
    if barrier is not None:
        return barrier
    invitation.open(work.now)
    survey = (await work.surveys.by_keys([invitation.survey]))[invitation.survey]
    return survey.numbered(invitation.survey_version or 0).definition
