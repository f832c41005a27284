"""What this service must be told from outside."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field
from rapport_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """The chassis's settings, and how long we wait for the end of a contact."""

    stale_after: timedelta = Field(
        default=timedelta(hours=4), description="after its last event an open contact is timed out"
    )
    stale_settle: timedelta = Field(
        default=timedelta(minutes=1), description="at least this long after an event of it arrived"
    )
    reap_every: timedelta = Field(default=timedelta(seconds=30), description="how often stale contacts are looked for")
