"""What this service must be told from outside; limits, graces and attempts are policies, edited over the API."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field
from rapport_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """The chassis's settings, how often alarms are refreshed and trends are looked for."""

    alarm_every: timedelta = Field(default=timedelta(seconds=30), description="How often open complaints are counted.")
    trends_every: timedelta = Field(
        default=timedelta(minutes=10),
        description="How often it is looked whether a day is over whose trends are to be found.",
    )
