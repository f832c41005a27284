"""Statistics and durations, declared."""

from __future__ import annotations

from rapport_chassis.subject import Subject
from rapport_chassis.timers import Batched
from rapport_contracts.complaints.cases import ComplaintAcknowledged, ComplaintClosed, FeedbackGiven

from rapport_complaints.figures.store.figures import MEASURE
from rapport_complaints.figures.usecases import measure_soon, measure_times
from rapport_complaints.figures.web import router

FIGURES = Subject(
    "figures",
    routers=[router],
    reactions={each: [measure_soon] for each in (ComplaintAcknowledged, FeedbackGiven, ComplaintClosed)},
    timers={MEASURE: Batched(measure_times)},
)
