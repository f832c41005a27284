"""What an installation configures beside the settings that every service has."""

from __future__ import annotations

from pydantic import Field
from rapport_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Variable `RAPPORT_BLOCKED_IDENTIFIERS` (a JSON list)."""

    blocked_identifiers: list[str] = Field(
        default_factory=list, description="values that identify nobody, in addition to the built-in ones"
    )
