"""From when to when: moments, or whole days of a time zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import FieldError, Invalid

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _written_as_a_day(value: object) -> object:
    """A number would be read as seconds since 1970."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("a day is written as 2026-11-26")
    return value


Bound = UtcTime | Annotated[date, BeforeValidator(_written_as_a_day)]


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
