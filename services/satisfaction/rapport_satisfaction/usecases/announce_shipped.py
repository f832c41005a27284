"""Announce the surveys that came with the product: their migration cannot publish events, the running service can."""

from __future__ import annotations

from rapport_chassis.timers import Timer
from rapport_contracts.satisfaction import SurveyPublished

from rapport_satisfaction.store.work import SatisfactionWork

SHIPPED = ("after-call", "after-complaint", "after-contact-effort")


async def announce_shipped(work: SatisfactionWork, _: Timer) -> None:
    """Publish the first version of each shipped survey, once."""
    for survey in (await work.surveys.by_keys(SHIPPED)).values():
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
