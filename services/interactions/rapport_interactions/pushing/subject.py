"""Pushing, declared."""

from __future__ import annotations

from rapport_chassis.subject import Subject

from rapport_interactions.pushing.events import LISTENS
from rapport_interactions.pushing.web import router

PUSHING = Subject("pushing", routers=[router], listens=LISTENS)
