"""The wall clock of a time zone and the instants at which it shows a time, also on the days when the clocks change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from rapport_kernel.errors import Invalid

DAY = timedelta(days=1)
ZERO = timedelta(0)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Hours:
    """From `opens` up to `closes` on the wall clock; when `closes` is not later, it is on the next day (a night shift)."""

    opens: time
    closes: time

    def on(self, day: date) -> Span:
        """The naive wall times of these hours when they begin on `day`."""
        ends = day if self.closes > self.opens else day + DAY
        return datetime.combine(day, self.opens), datetime.combine(ends, self.closes)


def midnight(day: date, zone: tzinfo) -> datetime:
    """The instant (UTC) at which the local day begins."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def instants(opens: datetime, closes: datetime, zone: tzinfo) -> list[Span]:
    """The spans in UTC during which the wall clock shows a time from `opens` up to `closes` (naive)."""
    offsets = {moment.replace(tzinfo=zone, fold=fold).utcoffset() or ZERO for moment in (opens, closes) for fold in (0, 1)}
    if len(offsets) == 1:
        offset = offsets.pop()
        return [((opens - offset).replace(tzinfo=UTC), (closes - offset).replace(tzinfo=UTC))]
    change = _change(opens, closes, zone)
    found = []
    for offset in offsets:
        a, b = (opens - offset).replace(tzinfo=UTC), (closes - offset).replace(tzinfo=UTC)
        first = (change - timedelta(seconds=1)).astimezone(zone).utcoffset() == offset
        a, b = (a, min(b, change)) if first else (max(a, change), b)
        if a < b:
            found.append((a, b))
    return sorted(found)


def _change(opens: datetime, closes: datetime, zone: tzinfo) -> datetime:
    """The instant at which the offset changes around these wall times (there is one)."""
    low, high = (opens - DAY).replace(tzinfo=UTC), (closes + DAY).replace(tzinfo=UTC)
    old = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises Invalid `unknown-time-zone`."""
    if name not in zone_names():
        raise Invalid.at("zone", "unknown-time-zone")
    return ZoneInfo(name)


@cache
def zone_names() -> frozenset[str]:
    """The names of all time zones. A machine can open others (`localtime`, `posix/...`) that no database knows."""
    return frozenset(available_timezones() - {"localtime"})
