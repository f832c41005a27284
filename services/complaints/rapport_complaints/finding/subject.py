"""Investigation, causes, trends and changes, declared."""

from __future__ import annotations

from rapport_chassis.histories import settling
from rapport_chassis.loops import Loop
from rapport_chassis.subject import Subject

from rapport_complaints.access import STATS
from rapport_complaints.finding.domain.change import CHANGE_LIFE
from rapport_complaints.finding.store.changes import Changes
from rapport_complaints.finding.store.findings import TREND_POLICIES
from rapport_complaints.finding.usecases.trends import detect_trends
from rapport_complaints.finding.web import changes, trends
from rapport_complaints.finding.web import finding as routes
from rapport_complaints.settings import Settings


def finding(settings: Settings) -> Subject:
    """The subject with these settings."""
    return Subject(
        "finding",
        routers=[routes.actions, routes.router, trends.data, trends.router, changes.router],
        lives=[CHANGE_LIFE],
        told=[TREND_POLICIES],
        heard={"root-cause-trend": STATS},
        timers={"change.look": settling(Changes)},
        loops=[Loop("trends", detect_trends, every=settings.trends_every)],
    )
