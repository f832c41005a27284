"""Pushing, declared."""

from __future__ import annotations

from rapport_chassis.listens import Listens, Raw
from rapport_chassis.subject import Subject

from rapport_interactions.pushing.usecases import PUSHED, take_pushed
from rapport_interactions.pushing.web import pushing_router
from rapport_interactions.settings import Settings

INBOUND = "rapport.interactions.inbound"
LISTENS = Listens(raw_topics=[Raw("inbound", INBOUND, take_pushed)])


def pushing(settings: Settings) -> Subject:
    """The subject; the settings say how much may wait in the quarantine for one source."""
    return Subject("pushing", routers=[pushing_router(settings.quarantine_most)], listens=LISTENS, tallies=[PUSHED])
