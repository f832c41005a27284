"""What this service must be told from outside; limits, graces and attempts are policies, edited over the API."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field
from rapport_chassis.settings import WORKER, ServiceSettings


class Settings(ServiceSettings):
    """The chassis's settings, how often alarms are refreshed and trends are looked for."""

    alarm_every: timedelta = Field(
        default=timedelta(seconds=30), description="how often open complaints are counted", json_schema_extra=WORKER
    )
    trends_every: timedelta = Field(
        default=timedelta(minutes=10),
        description="how often it is looked whether a day is over whose trends are to be found",
        json_schema_extra=WORKER,
    )
