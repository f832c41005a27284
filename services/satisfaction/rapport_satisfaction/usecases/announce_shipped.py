"""Announce the surveys that came with the product: their migration cannot publish events, the running service can."""

from __future__ import annotations

from rapport_chassis.timers import Timer
from rapport_contracts.satisfaction.surveys import SurveyPublished

from rapport_satisfaction.store.work import SatisfactionWork

FIRST = ("after-call", "after-complaint", "after-contact-effort")
"""What the first migration shipped."""
SHIPPED = (*FIRST, "after-recovery")


async def announce_shipped(work: SatisfactionWork, timer: Timer) -> None:
    """Publish the first version of each shipped survey, once: those of the first migration, or the one the timer names."""
    for survey in (await work.surveys.by_keys(FIRST if timer.key == "shipped" else [timer.key])).values():
        first = survey.numbered(1)
        work.record(
            SurveyPublished(
                survey_id=survey.id,
                survey=survey.key,
                version=first.number,
                metric=first.definition.metric,
                published_at=first.published_at or work.now,
            ),
            sequence=1,
        )
