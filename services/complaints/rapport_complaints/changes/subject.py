"""Changes, declared."""

from __future__ import annotations

from rapport_chassis.histories import settling
from rapport_chassis.subject import Subject

from rapport_complaints.changes.domain.change import CHANGE_LIFE
from rapport_complaints.changes.store import Changes
from rapport_complaints.changes.web import router

CHANGES = Subject("changes", routers=[router], lives={"change": CHANGE_LIFE}, timers={"change.look": settling(Changes)})
