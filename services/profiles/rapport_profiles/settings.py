"""What an installation configures beside the settings that every service has."""

from __future__ import annotations

from pydantic import Field
from rapport_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Variables `RAPPORT_PHONE_REGION`, `RAPPORT_BLOCKED_IDENTIFIERS` (a JSON list)."""

    phone_region: str = Field(
        default="CN", pattern="^[A-Z]{2}$", description="ISO 3166 region of phone numbers without a country code"
    )
    blocked_identifiers: list[str] = Field(
        default_factory=list, description="values that identify nobody, in addition to the built-in ones"
    )
