"""Periods, in one form for every list and every figure of all services.

`from` and `to` take a time with an offset, or a named period of the time zone `tz`: a day `2026-11-28`, an ISO week
`2026-W48`, a month `2026-11`, a quarter `2026-Q4`, a year `2026`. As `from` it begins there; as `to` it is included whole,
while a time as `to` is not. `period` is both at once: a named period, or `rolling:30d`, the 30 times 24 hours before the
reading. Named periods are always whole ones: that of this month ends with this month.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError, ValidationInfo, field_validator
from rapport_contracts.fields import UtcTime, WrongValue
from rapport_kernel.errors import Invalid
from rapport_kernel.wall_time import DAY, midnight, zone_of

from rapport_chassis.bodies import Params
from rapport_chassis.work import Work

FIRST_YEAR, LAST_YEAR = 1000, 9998
"""Of named periods: their bounds are times of the calendar in every zone."""
_NAMED = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?:W(?P<week>[0-9]{2})|Q(?P<quarter>[1-4])|(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?))?"
)
_ROLLING = re.compile(r"rolling:([1-9][0-9]{0,3})d")
_TIME = TypeAdapter(UtcTime)
_BAD_BOUND = WrongValue("bad-time")
_BAD_PERIOD = WrongValue("bad-period")


def days_of(name: str) -> tuple[date, date] | None:
    """The first day of a named period and the day after its last; None: this is no name of one. Raises ValueError for one
    that is in no calendar, such as the week 53 of a year that has 52."""
    found = _NAMED.fullmatch(name)
    if found is None:
        return None
    year, week, quarter, month, day = (int(part) if part else 0 for part in found.groups())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError("outside of the calendar")
    if found["week"]:
        first = date.fromisocalendar(year, week, 1)
        return first, first + timedelta(weeks=1)
    if found["day"]:
        return date(year, month, day), date(year, month, day) + DAY
    if found["month"]:
        return date(year, month, 1), _months_after(year, month, 1)
    if found["quarter"]:
        return date(year, 3 * quarter - 2, 1), _months_after(year, 3 * quarter - 2, 3)
    return date(year, 1, 1), date(year + 1, 1, 1)


def _months_after(year: int, month: int, months: int) -> date:
    more, place = divmod(month - 1 + months, 12)
    return date(year + more, place + 1, 1)


def _checked(read: Callable[[str], object], error: WrongValue) -> Callable[[str], str]:
    """A text is kept as it came, once it was seen that it can be read."""

    def check(text: str) -> str:
        try:
            read(text)
        except (ValueError, ValidationError, Invalid):
            raise error from None
        return text

    return check


def _read_bound(text: str) -> object:
    return days_of(text) or _TIME.validate_python(text)


def _read_period(text: str) -> object:
    if found := days_of(text) or _ROLLING.fullmatch(text):
        return found
    raise ValueError(text)


Bound = Annotated[str, Field(max_length=40), AfterValidator(_checked(_read_bound, _BAD_BOUND))]
ZoneName = Annotated[
    str,
    Field(max_length=64),
    AfterValidator(_checked(zone_of, WrongValue("unknown-time-zone"))),
]


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` on and before `until` (UTC), None: without bound; `tz` is the zone of its days and of groups in time."""

    since: datetime | None
    until: datetime | None
    tz: str


class SpanView(BaseModel):
    """The period that was asked for, as it was understood: base of the answers that tell it."""

    since: UtcTime | None = Field(description="The first time that counts; null: without a bound.")
    until: UtcTime | None = Field(description="The first time that no longer counts; null: without a bound.")
    tz: str = Field(description="The time zone of the days.", examples=["Asia/Shanghai"])


class Period(Params):
    """`from` and `to`, or `period`, and `tz`."""

    from_: Bound | None = Field(
        default=None,
        alias="from",
        description="A time with offset, or a day, ISO week, month, quarter or year of `tz`, from whose begin on.",
        examples=["2026-11"],
    )
    to: Bound | None = Field(
        default=None,
        description="A time with offset (not included), or a day, ISO week, month, quarter or year of `tz` (included).",
        examples=["2026-W48"],
    )
    period: Annotated[str | None, Field(max_length=40)] = Field(
        default=None,
        description="Instead of `from` and `to`: a day, ISO week, month, quarter or year of `tz`, or `rolling:30d`, the last"
        " 30 times 24 hours.",
        examples=["2026-Q4"],
    )
    tz: ZoneName | None = Field(default=None, description="IANA time zone of the days; by default that of the installation.")

    @field_validator("period")
    @classmethod
    def _one_or_the_other(cls, period: str | None, info: ValidationInfo) -> str | None:
        if period is None:
            return None
        if any(info.data.get(name) is not None for name in ("from_", "to")):
            raise WrongValue("period-and-bounds")
        return _checked(_read_period, _BAD_PERIOD)(period)

    def span(self, work: Work) -> Span:
        """In the zone that was asked for, else in that of the installation; `rolling` ends with the time of the work."""
        zone = work.zone if self.tz is None else zone_of(self.tz)
        since, until = self._bounds(zone, work.now)
        return Span(since, until, zone.key)

    def _bounds(self, zone: ZoneInfo, now: datetime) -> tuple[datetime | None, datetime | None]:
        if self.period is None:
            return _instant(self.from_, zone, last=False), _instant(self.to, zone, last=True)
        if rolling := _ROLLING.fullmatch(self.period):
            return now - timedelta(days=int(rolling[1])), now
        return _instant(self.period, zone, last=False), _instant(self.period, zone, last=True)


def _instant(bound: str | None, zone: ZoneInfo, *, last: bool) -> datetime | None:
    if bound is None:
        return None
    if (days := days_of(bound)) is not None:
        return midnight(days[last], zone)
    moment: datetime = _TIME.validate_python(bound)
    return moment.astimezone(UTC)


TimeGroup = Literal["half_hour", "hour", "day", "week", "month", "quarter", "year"]
"""Words of `group_by` that group by whole periods of `tz`."""
LongTimeGroup = Literal["day", "week", "month", "quarter", "year"]
_PATTERNS = {"day": "YYYY-MM-DD", "week": 'IYYY-"W"IW', "month": "YYYY-MM", "quarter": 'YYYY-"Q"Q', "year": "YYYY"}
_STEPS = {"half_hour": "30 minutes", "hour": "1 hour"}
MOST_PERIODS = 1_500
"""In one answer: the half hours of a month, the days of four years."""
TIME_GROUPS = frozenset({*_PATTERNS, *_STEPS})


def time_key(group: str, column: str, zone: str = "CAST(:tz AS text)") -> str:
    """SQL: the key of the period in which a `timestamptz` column falls, in the zone that the parameter `tz` names.

    It is what `from` and `to` take: `2026-11`; hours and half hours begin at a time with offset, `2026-10-25T02:30+02:00`,
    so that the hour which a clock shows twice is two.
    """
    local = f"timezone({zone}, {column})"
    if group in _PATTERNS:
        return f"to_char({local}, '{_PATTERNS[group]}')"
    offset = f"({local} - timezone('UTC', {column}))"
    sign = f"CASE WHEN {offset} < interval '0' THEN '-' ELSE '+' END"
    size = f"to_char(greatest({offset}, -{offset}), 'HH24:MI')"
    begin = f"date_bin('{_STEPS[group]}', {local}, timestamp '2000-01-01')"
    return f"""(to_char({begin}, 'YYYY-MM-DD"T"HH24:MI') || {sign} || {size})"""


def refuse_too_many(group: str | None, n: int) -> None:
    """Raises Invalid when figures by time would have more than MOST_PERIODS groups."""
    if group in TIME_GROUPS and n > MOST_PERIODS:
        raise Invalid.at("group_by", "too-many-groups", most=MOST_PERIODS)
