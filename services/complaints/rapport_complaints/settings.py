"""What this service must be told from outside; limits, graces and attempts are policies, edited over the API."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field
from rapport_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """The chassis's settings, and how often the alarm for complaints without a target is refreshed."""

    alarm_every: timedelta = Field(default=timedelta(seconds=30), description="How often open complaints are counted.")
    zone: str = Field(default="Asia/Shanghai", description="The time zone of the days on the pages for customers.")
