"""UTC everywhere. The domain has no clock: `now` is always handed in, and comes from the database."""

from __future__ import annotations

from datetime import UTC, datetime

from rapport_kernel.errors import Invalid

__all__ = ["UTC", "as_utc"]


def as_utc(moment: datetime) -> datetime:
    """The same instant in UTC. Raises Invalid for a time without an offset: its meaning would be a guess."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise Invalid("time-without-offset")
    return moment.astimezone(UTC)
