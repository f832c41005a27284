"""Take what customers answered to surveys. Takes sets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from rapport_chassis.listens import Message
from rapport_chassis.work import Work
from rapport_contracts.satisfaction.scores import SatisfactionScored

from rapport_complaints.scores.store import put_scores

TakeScores = Callable[[Work, list[Message[SatisfactionScored]]], Awaitable[None]]


async def project_scores(work: Work, messages: list[Message[SatisfactionScored]]) -> None:
    """Keep the answers, and nothing else."""
    await put_scores(work, [message.event for message in messages])


def take_scores(*then: TakeScores) -> TakeScores:
    """Keep the answers, and after that do what other subjects do with them, in the same transaction."""

    async def take(work: Work, messages: list[Message[SatisfactionScored]]) -> None:
        for each in (project_scores, *then):
            await each(work, messages)

    return take
