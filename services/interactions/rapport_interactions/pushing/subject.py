"""Pushing, declared."""

from __future__ import annotations

from rapport_chassis.listens import Listens, Raw
from rapport_chassis.subject import Subject

from rapport_interactions.pushing.usecases import take_pushed
from rapport_interactions.pushing.web import router

INBOUND = "rapport.interactions.inbound"
PUSHING = Subject("pushing", routers=[router], listens=Listens(raw_topics=[Raw("inbound", INBOUND, take_pushed)]))
