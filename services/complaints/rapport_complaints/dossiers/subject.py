"""All of a complaint in one document, declared."""

from __future__ import annotations

from rapport_chassis.subject import Subject

from rapport_complaints.dossiers.web.dossiers import dossiers_router
from rapport_complaints.settings import Settings


def dossiers(settings: Settings) -> Subject:
    """The subject with these settings."""
    return Subject("dossiers", routers=[dossiers_router(settings.zone)])
