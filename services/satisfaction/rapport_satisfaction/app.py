"""Satisfaction, put together."""

from __future__ import annotations

from rapport_chassis.customers import Receipts
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_contracts.satisfaction.receipts import (
    SatisfactionErasureConfirmed,
    SatisfactionMergeApplied,
    SatisfactionSplitApplied,
)

from rapport_satisfaction.answers.subject import answers
from rapport_satisfaction.asking.subject import asking
from rapport_satisfaction.follow_ups.subject import FOLLOW_UPS
from rapport_satisfaction.scores.subject import SCORES
from rapport_satisfaction.settings import Settings
from rapport_satisfaction.shipping import SHIPPED
from rapport_satisfaction.surveys.subject import SURVEYS


def service(settings: Settings) -> Service[Work]:
    """The service; nothing is connected until it runs."""
    return Service(
        name="satisfaction",
        title="Satisfaction",
        settings=settings,
        work=Work,
        subjects=[SURVEYS, asking(settings), answers(settings), SCORES, FOLLOW_UPS],
        receipts=Receipts(SatisfactionMergeApplied, SatisfactionSplitApplied, SatisfactionErasureConfirmed),
        migrations="rapport_satisfaction.migrations",
        shipped=SHIPPED,
    )
