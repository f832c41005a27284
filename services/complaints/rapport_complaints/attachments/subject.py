"""Files about complaints, declared."""

from __future__ import annotations

from rapport_chassis.subject import Subject

from rapport_complaints.access import READ
from rapport_complaints.attachments.store import HOLDINGS
from rapport_complaints.attachments.web import router

ATTACHMENTS = Subject("attachments", routers=[router], heard={"attachment": READ}, holdings=HOLDINGS)
