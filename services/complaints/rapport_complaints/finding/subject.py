"""Investigation, causes and trends, declared."""

from __future__ import annotations

from rapport_chassis.loops import Loop
from rapport_chassis.subject import Subject

from rapport_complaints.finding.usecases.trends import detect_trends
from rapport_complaints.finding.web import finding as routes
from rapport_complaints.finding.web import trends
from rapport_complaints.settings import Settings


def finding(settings: Settings) -> Subject:
    """The subject with these settings."""
    return Subject(
        "finding",
        routers=[routes.actions, routes.router, trends.data, trends.router],
        loops=[Loop("trends", detect_trends, every=settings.trends_every)],
    )
