"""Statistics and durations, declared."""

from __future__ import annotations

from rapport_chassis.subject import Subject
from rapport_chassis.timers import Batched
from rapport_contracts.complaints.cases import ComplaintAcknowledged, ComplaintClosed, FeedbackGiven

from rapport_complaints.figures.store.figures import MEASURE
from rapport_complaints.figures.usecases import measure_soon, measure_times
from rapport_complaints.figures.web import figures_router
from rapport_complaints.settings import Settings


def figures(settings: Settings) -> Subject:
    """The subject with these settings."""
    return Subject(
        "figures",
        routers=[figures_router(settings.zone)],
        reactions={each: [measure_soon] for each in (ComplaintAcknowledged, FeedbackGiven, ComplaintClosed)},
        timers={MEASURE: Batched(measure_times)},
    )
