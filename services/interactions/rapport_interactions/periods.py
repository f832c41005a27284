"""Periods in query parameters: times with an offset, or whole days of a time zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field
from rapport_chassis.bodies import Params
from rapport_chassis.filters import BY_HAND
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import FieldError, Invalid

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _written_as_a_day(value: object) -> object:
    """A number would be read as seconds since 1970."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("a day is written as 2026-11-26")
    return value


Bound = UtcTime | Annotated[date, BeforeValidator(_written_as_a_day)]


class Period(Params):
    """`from`, `to` and `tz` of a list or of figures."""

    from_: Annotated[Bound | None, BY_HAND] = Field(
        default=None, alias="from", description="Time with offset, or a day of `tz`."
    )
    to: Annotated[Bound | None, BY_HAND] = Field(
        default=None, description="Time with offset (not included), or a day of `tz` (included)."
    )
    tz: Annotated[str, BY_HAND] = Field(default="UTC", max_length=64, description="IANA time zone of the days.")

    def bounds(self) -> tuple[datetime | None, datetime | None]:
        """The times [since, until) in UTC. A day as `from` starts the period, a day as `to` is included.

        Raises Invalid `bad-time-zone`, `bad-period`.
        """
        zone = _zone(self.tz)
        try:
            return _moment(self.from_, zone, 0), _moment(self.to, zone, 1)
        except (OverflowError, ValueError):
            raise Invalid("bad-period", "This period lies outside the calendar.") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            "bad-time-zone", "A time zone is an IANA name.", [FieldError("tz", "bad-time-zone", "e.g. Asia/Shanghai")]
        ) from None


def _moment(bound: Bound | None, zone: ZoneInfo, days: int) -> datetime | None:
    if bound is None:
        return None
    if isinstance(bound, datetime):
        return bound.astimezone(UTC)
    return datetime.combine(bound + timedelta(days=days), time.min, zone).astimezone(UTC)
