"""Business time: calendars of opening hours, and clocks that run only while a calendar is open and nothing pauses them.

An instant is counted when the wall clock of the calendar's time zone shows a time inside the hours of a working day. So an
hour that the clocks skip in spring is not counted, one that they repeat in autumn is counted twice. All instants in and
out are aware datetimes, those that come out in UTC; durations are `timedelta`s of real, counted time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property
from itertools import islice, pairwise

from rapport_kernel.clock import as_utc
from rapport_kernel.errors import Invalid
from rapport_kernel.vocabularies import Vocabulary
from rapport_kernel.wall_time import DAY, ZERO, Hours, Span, instants, midnight, zone_of

__all__ = ["ALL_DAY", "REASONS", "BusinessCalendar", "Countdown", "Hours", "Pause", "Stretch", "zone_of"]

HORIZON = 40
"""Years that are looked into before a duration counts as never reached."""
ALL_DAY = (Hours(time(0), time(0)),)
REASONS = Vocabulary(
    "stretch-reason", ["working-time", "make-up-day", "outside-hours", "lunch-gap", "weekend", "holiday", "paused"]
)
"""Why a stretch of time is counted or not."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of time with the reason why it was counted or not.

    `reason` is one of `REASONS`; `detail` is the name of the holiday or make-up day, or why it was paused.
    """

    start: datetime
    end: datetime
    counted: bool
    reason: str
    detail: str | None = None

    @property
    def duration(self) -> timedelta:
        """Real time from start to end."""
        return self.end - self.start


@dataclass(frozen=True)
class BusinessCalendar:
    """When an organisation works.

    week: hours of each weekday (0 Monday ... 6 Sunday); a weekday without hours is weekend.
    holidays: days without work, with their names. make_up_days: days that are worked although they are weekend or holiday
    (调休), with their names; they have `make_up_hours`, by default the hours of the first weekday that has some.
    before: the calendar that holds for days before `since`, so that a change of hours leaves the past as it was.
    Raises Invalid `calendar-without-hours`, `hours-overlap`.
    """

    zone: tzinfo
    week: Mapping[int, Sequence[Hours]]
    holidays: Mapping[date, str] = field(default_factory=dict)
    make_up_days: Mapping[date, str] = field(default_factory=dict)
    make_up_hours: Sequence[Hours] = ()
    since: date | None = None
    before: BusinessCalendar | None = None

    def __post_init__(self) -> None:
        """Refuses a week without hours and hours of one day that overlap."""
        if not any(self.week.values()):
            raise Invalid.at("week", "calendar-without-hours")
        for hours in (*self.week.values(), self.make_up_hours):
            spans = sorted(each.on(date.min) for each in hours)
            if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
                raise Invalid.at("week", "hours-overlap")

    @classmethod
    def always(cls, zone: tzinfo = UTC) -> BusinessCalendar:
        """A calendar that never closes: for limits in calendar days."""
        return cls(zone, dict.fromkeys(range(7), ALL_DAY))

    @cached_property
    def ordinary(self) -> Sequence[Hours]:
        """The hours of an ordinary working day: those of the first weekday that has some."""
        return next(hours for _, hours in sorted(self.week.items()) if hours)

    @cached_property
    def day_length(self) -> timedelta:
        """The counted time of one ordinary working day, by which limits in business days are measured."""
        return sum((ends - starts for starts, ends in (h.on(date(2001, 1, 1)) for h in self.ordinary)), ZERO)

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """The earliest instant at which `duration` of counted time has passed since `start`.

        Raises Invalid `negative-duration`, and `never` when the calendar has not that much time within 40 years.
        """
        start = as_utc(start)
        if duration < ZERO:
            raise Invalid("negative-duration")
        if duration == ZERO:
            return start
        for year in range(start.year, min(start.year + HORIZON, date.max.year)):
            table = self._year(year)
            left = table.total - table.until(start)
            if duration <= left:
                return table.reach(table.until(start) + duration)
            duration -= left
        raise Invalid("never")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The counted time from `start` to `end`; nothing when `end` is not after `start`."""
        start, end = as_utc(start), as_utc(end)
        if end <= start:
            return ZERO
        years = [self._year(year) for year in range(start.year, end.year + 1)]
        return sum((table.until(end) - table.until(start) for table in years), ZERO)

    def explain(self, start: datetime, end: datetime, pauses: Iterable[Pause] = ()) -> list[Stretch]:
        """All time from `start` to `end` in order, without a gap: what was counted, what was not, and why."""
        start, end = as_utc(start), as_utc(end)
        pieces = [_cut(piece, start, end) for piece in self._stretches(start, end)]
        found = [piece for piece in pieces if piece.start < piece.end]
        for pause_start, pause_end, reason in _clipped(pauses, start, end):
            found = [part for piece in found for part in _without(piece, pause_start, pause_end)]
            found.append(Stretch(pause_start, pause_end, counted=False, reason="paused", detail=reason))
        return _joined(sorted(found, key=lambda piece: piece.start))

    def holding(self, day: date) -> BusinessCalendar:
        """The calendar that holds on this day: this one, or one before it."""
        if self.before is None or self.since is None or day >= self.since:
            return self
        return self.before.holding(day)

    def hours(self, day: date) -> Sequence[Hours]:
        """The hours that begin on this day."""
        now = self.holding(day)
        if day in now.make_up_days:
            return now.make_up_hours or now.ordinary
        return () if day in now.holidays else now.week.get(day.weekday(), ())

    def why_closed(self, day: date) -> tuple[str, str | None]:
        """The reason and its detail for a day without hours, or for the time outside of the hours of another."""
        now = self.holding(day)
        if day not in now.make_up_days:
            if day in now.holidays:
                return "holiday", now.holidays[day]
            if not now.week.get(day.weekday()):
                return "weekend", None
        return "outside-hours", None

    @cached_property
    def _years(self) -> dict[int, _Table]:
        return {}

    def _year(self, year: int) -> _Table:
        """The counted spans that begin or end in the UTC year, cut to it."""
        if year not in self._years:
            first, last = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
            spans = [(max(a, first), min(b, last)) for a, b in self._spans(first.date() - 2 * DAY, last.date() + DAY)]
            self._years[year] = _Table.of([span for span in spans if span[0] < span[1]])
        return self._years[year]

    def _spans(self, first: date, last: date) -> list[Span]:
        """Counted spans in UTC of all hours that begin on the days `first` to `last`, sorted and without overlap."""
        spans = sorted(
            span for day in _days(first, last) for hours in self.hours(day) for span in instants(*hours.on(day), self.zone)
        )
        merged: list[Span] = []
        for a, b in spans:
            if merged and a <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(b, merged[-1][1])
            else:
                merged.append((a, b))
        return merged

    def _stretches(self, start: datetime, end: datetime) -> Iterator[Stretch]:
        """Stretches that cover at least start to end, one local day after the other."""
        first, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        spans = self._spans(first - 2 * DAY, last + DAY)
        ends = [b for _, b in spans]
        for day in _days(first, last):
            begins, over = midnight(day, self.zone), midnight(day + DAY, self.zone)
            inside = []
            for a, b in islice(spans, bisect_right(ends, begins), None):
                if a >= over:
                    break
                inside.append((max(a, begins), min(b, over)))
            yield from self._day(day, begins, over, inside)

    def _day(self, day: date, start: datetime, end: datetime, spans: list[Span]) -> Iterator[Stretch]:
        reason, detail = self.why_closed(day)
        made_up = self._make_up_name(day)
        own = self._spans(day, day)
        here = start
        for a, b in spans:
            gap = bool(own) and own[0][0] < here < own[-1][1]
            yield Stretch(here, a, counted=False, reason="lunch-gap" if gap else reason, detail=detail)
            yield Stretch(a, b, counted=True, reason="make-up-day" if made_up else "working-time", detail=made_up)
            here = b
        yield Stretch(here, end, counted=False, reason=reason, detail=detail)

    def _make_up_name(self, day: date) -> str | None:
        return self.holding(day).make_up_days.get(day)


@dataclass(frozen=True, slots=True)
class Pause:
    """A clock stood still from `start` to `end` (still does when None)."""

    start: datetime
    end: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Countdown:
    """`target` of counted time since `start`, minus pauses. Pauses may overlap, begin before the start or outside hours:
    each counted instant is taken off at most once, and time that was not counted is never credited."""

    calendar: BusinessCalendar
    start: datetime
    target: timedelta
    pauses: Sequence[Pause] = ()

    def elapsed(self, at: datetime) -> timedelta:
        """The counted time from the start to `at`."""
        return sum((self.calendar.between(a, at if b is None else min(at, b)) for a, b in self._running()), ZERO)

    def due(self, share: float = 1.0) -> datetime | None:
        """When `share` of the target is used up; None when an open pause keeps it from ever getting there."""
        left = self.target * share
        for a, b in self._running():
            if b is None:
                return self.calendar.add(a, left)
            counted = self.calendar.between(a, b)
            if left <= counted:
                return self.calendar.add(a, left)
            left -= counted
        return None

    def explain(self, until: datetime) -> list[Stretch]:
        """Every stretch from the start to `until`, with the reason for which it was counted or not."""
        return self.calendar.explain(self.start, until, self.pauses)

    def paused(self, at: datetime, reason: str) -> Countdown:
        """The same countdown with a pause that begins at `at`."""
        return replace(self, pauses=(*self.pauses, Pause(at, None, reason)))

    def resumed(self, at: datetime) -> Countdown:
        """The same countdown with its open pause ended at `at`, never before its own beginning."""
        return replace(self, pauses=tuple(replace(p, end=max(at, p.start)) if p.end is None else p for p in self.pauses))

    def _running(self) -> Iterator[tuple[datetime, datetime | None]]:
        """The stretches in which the clock was not paused; the last one has no end unless a pause is open."""
        here = as_utc(self.start)
        for start, end in _union(self.pauses):
            if start > here:
                yield here, start
            if end is None:
                return
            here = max(here, end)
        yield here, None


@dataclass(frozen=True, slots=True)
class _Table:
    """The counted spans of a year with the counted time before each: one bisection answers every question."""

    starts: list[datetime]
    ends: list[datetime]
    before: list[timedelta]
    total: timedelta

    @classmethod
    def of(cls, spans: list[Span]) -> _Table:
        before, total = [], ZERO
        for a, b in spans:
            before.append(total)
            total += b - a
        return cls([a for a, _ in spans], [b for _, b in spans], before, total)

    def until(self, at: datetime) -> timedelta:
        """The counted time of this year up to `at`."""
        place = bisect_right(self.starts, at) - 1
        return ZERO if place < 0 else self.before[place] + min(at, self.ends[place]) - self.starts[place]

    def reach(self, counted: timedelta) -> datetime:
        """The earliest instant at which that much of the year has been counted (more than none)."""
        place = bisect_left(self.before, counted) - 1
        return self.starts[place] + (counted - self.before[place])


def _days(first: date, last: date) -> Iterator[date]:
    return (first + n * DAY for n in range((last - first).days + 1))


def _union(pauses: Iterable[Pause]) -> list[tuple[datetime, datetime | None]]:
    merged: list[tuple[datetime, datetime | None]] = []
    for pause in sorted(pauses, key=lambda p: p.start):
        start, end = as_utc(pause.start), None if pause.end is None else as_utc(pause.end)
        if merged and (merged[-1][1] is None or start <= merged[-1][1]):
            last = merged[-1][1]
            merged[-1] = merged[-1][0], None if last is None or end is None else max(last, end)
        else:
            merged.append((start, end))
    return merged


def _clipped(pauses: Iterable[Pause], start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, str]]:
    """The pauses inside start to end; of two that overlap the earlier one has the time that both want."""
    here = start
    for pause in sorted(pauses, key=lambda p: p.start):
        a, b = max(as_utc(pause.start), here), min(end, as_utc(pause.end) if pause.end is not None else end)
        if a < b:
            yield a, b, pause.reason
            here = b


def _cut(piece: Stretch, start: datetime, end: datetime) -> Stretch:
    return replace(piece, start=max(piece.start, start), end=min(piece.end, end))


def _without(piece: Stretch, start: datetime, end: datetime) -> list[Stretch]:
    parts = [_cut(piece, piece.start, start), _cut(piece, end, piece.end)]
    return [part for part in parts if part.start < part.end]


def _joined(pieces: Iterable[Stretch]) -> list[Stretch]:
    """Neighbours of one reason made one."""
    found: list[Stretch] = []
    for piece in pieces:
        last = found[-1] if found else None
        if last and (last.counted, last.reason, last.detail) == (piece.counted, piece.reason, piece.detail):
            found[-1] = replace(last, end=piece.end)
        else:
            found.append(piece)
    return found
