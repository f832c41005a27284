"""The settings of Satisfaction: none beyond those of every service."""

from __future__ import annotations

from rapport_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """`RAPPORT_PUBLIC_URL` is the address at which customers reach the product; every survey link begins with it."""
