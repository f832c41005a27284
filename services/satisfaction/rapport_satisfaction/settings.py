"""What Satisfaction must be told: nothing beside what every service is told."""

from __future__ import annotations

from rapport_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """`RAPPORT_PUBLIC_URL` is where customers reach the product: it stands in front of every link."""
