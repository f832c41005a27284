"""Letters and pages for customers, declared."""

from __future__ import annotations

from rapport_chassis.subject import Subject

from rapport_complaints.correspondence.domain.links import LINK_LIFE
from rapport_complaints.correspondence.store import HOLDINGS
from rapport_complaints.correspondence.web import letters
from rapport_complaints.correspondence.web.customers import customers_router
from rapport_complaints.settings import Settings


def correspondence(settings: Settings) -> Subject:
    """The subject with these settings."""
    return Subject(
        "correspondence",
        routers=[letters.router, customers_router(settings)],
        lives=[LINK_LIFE],
        holdings=HOLDINGS,
    )
