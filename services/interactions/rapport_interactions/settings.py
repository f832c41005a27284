"""Settings of Interactions."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field
from rapport_chassis.settings import API, WORKER, ServiceSettings


class Settings(ServiceSettings):
    """The settings that every service has, how long we wait for the end of a contact, and what the quarantine holds."""

    stale_after: timedelta = Field(
        default=timedelta(hours=4),
        description="an open contact is timed out this long after its last event",
        json_schema_extra=WORKER,
    )
    stale_settle: timedelta = Field(
        default=timedelta(minutes=1),
        description="and at least this long after the last of its events arrived",
        json_schema_extra=WORKER,
    )
    reap_every: timedelta = Field(
        default=timedelta(seconds=30), description="how often stale contacts are timed out", json_schema_extra=WORKER
    )
    quarantine_most: int = Field(
        default=64 * 1024 * 1024,
        ge=1024,
        description="bytes that wait in the quarantine for one source; more is refused",
        json_schema_extra=API,
    )
    quarantine_keep: timedelta = Field(
        default=timedelta(days=90),
        ge=timedelta(days=1),
        description="how long an event waits to be mended, then it goes",
        json_schema_extra=WORKER,
    )
