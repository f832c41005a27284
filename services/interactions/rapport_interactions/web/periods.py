"""From when to when: moments, or whole days of a time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime
from rapport_kernel.errors import FieldError, Invalid

Bound = AwareDatetime | date


def zone_of(name: str) -> ZoneInfo:
    """The IANA time zone. Raises Invalid `bad-time-zone`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            "bad-time-zone", "A time zone is an IANA name.", [FieldError("tz", "bad-time-zone", "e.g. Asia/Shanghai")]
        ) from None


def period(since: Bound | None, until: Bound | None, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """The moments [since, until) in UTC. A day as `since` begins with it, a day as `until` is included whole.

    Raises Invalid `bad-period`.
    """
    try:
        return _moment(since, zone, 0), _moment(until, zone, 1)
    except (OverflowError, ValueError):
        raise Invalid("bad-period", "This period lies outside the calendar.") from None


def _moment(bound: Bound | None, zone: ZoneInfo, days: int) -> datetime | None:
    if bound is None:
        return None
    if isinstance(bound, datetime):
        return bound.astimezone(UTC)
    return datetime.combine(bound + timedelta(days=days), time.min, zone).astimezone(UTC)
