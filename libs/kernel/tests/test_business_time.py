"""Calendars against hand counts, known cases of other systems, and a minute-by-minute oracle."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapport_kernel.business_time import ALL_DAY, BusinessCalendar, Countdown, Hours, Pause, zone_of
from rapport_kernel.errors import Invalid

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def hours(*pairs: str) -> tuple[Hours, ...]:
    spans = (pair.split("-") for pair in pairs)
    return tuple(Hours(time.fromisoformat(a), time.fromisoformat(b)) for a, b in spans)


NINE_TO_FIVE = BusinessCalendar(UTC, dict.fromkeys(range(5), hours("09:00-17:00")))
WITH_LUNCH = BusinessCalendar(UTC, dict.fromkeys(range(5), hours("09:00-12:00", "13:30-18:00")))
CHINA_2026 = BusinessCalendar(
    SHANGHAI,
    dict.fromkeys(range(5), hours("09:00-12:00", "13:30-18:00")),
    holidays={date(2026, 2, day): "春节" for day in range(15, 24)},
    make_up_days={date(2026, 2, 14): "春节调休", date(2026, 2, 28): "春节调休"},
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def china(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_an_hour_filed_on_friday_at_half_past_four_is_due_on_monday_at_half_past_nine() -> None:
    assert NINE_TO_FIVE.add(utc("2026-11-20 16:30"), HOUR) == utc("2026-11-23 09:30")


def test_time_inside_the_lunch_gap_starts_after_it() -> None:
    assert WITH_LUNCH.add(utc("2026-11-23 12:30"), MINUTE) == utc("2026-11-23 13:31")
    assert WITH_LUNCH.between(utc("2026-11-23 12:30"), utc("2026-11-23 13:30")) == timedelta(0)


def test_a_duration_that_ends_with_the_day_is_due_at_closing_and_not_the_next_morning() -> None:
    assert NINE_TO_FIVE.add(utc("2026-11-20 16:00"), HOUR) == utc("2026-11-20 17:00")


def test_a_make_up_saturday_is_worked_and_the_holiday_after_it_is_not() -> None:
    friday = china("2026-02-13 17:00")
    # one hour on Friday, seven on the make-up Saturday (3 before lunch, 4 after)
    assert CHINA_2026.add(friday, 8 * HOUR) == china("2026-02-14 17:30")
    # with the rest of Saturday used up, the next working time is the Tuesday after the festival
    assert CHINA_2026.add(friday, 9 * HOUR) == china("2026-02-24 09:30")


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    nights = BusinessCalendar(UTC, {0: hours("22:00-06:00")}, holidays={date(2026, 11, 30): "closed"})
    assert nights.between(utc("2026-11-23 00:00"), utc("2026-11-25 00:00")) == 8 * HOUR
    assert nights.add(utc("2026-11-23 23:00"), 6 * HOUR) == utc("2026-11-24 05:00")
    assert nights.between(utc("2026-11-30 00:00"), utc("2026-12-02 00:00")) == timedelta(0)


def test_a_night_shift_has_the_hour_more_or_less_that_the_clocks_give_it() -> None:
    nights = BusinessCalendar(NEW_YORK, dict.fromkeys(range(7), hours("22:00-06:00")))
    spring = datetime(2026, 3, 7, 20, tzinfo=NEW_YORK), datetime(2026, 3, 8, 8, tzinfo=NEW_YORK)
    autumn = datetime(2026, 10, 31, 20, tzinfo=NEW_YORK), datetime(2026, 11, 1, 8, tzinfo=NEW_YORK)
    assert nights.between(*spring) == 7 * HOUR
    assert nights.between(*autumn) == 9 * HOUR


def test_hours_that_the_clocks_skip_are_not_counted() -> None:
    early = BusinessCalendar(NEW_YORK, dict.fromkeys(range(7), hours("02:15-02:45")))
    day = datetime(2026, 3, 8, tzinfo=NEW_YORK)
    assert early.between(day, day + timedelta(days=1)) == timedelta(0)


def test_new_hours_leave_the_past_as_it_was() -> None:
    new = BusinessCalendar(UTC, dict.fromkeys(range(5), hours("10:00-16:00")), since=date(2026, 11, 24), before=NINE_TO_FIVE)
    assert new.between(utc("2026-11-23 00:00"), utc("2026-11-24 00:00")) == 8 * HOUR
    assert new.between(utc("2026-11-24 00:00"), utc("2026-11-25 00:00")) == 6 * HOUR


def test_explain_names_every_stretch_with_its_reason() -> None:
    told = CHINA_2026.explain(china("2026-02-13 11:00"), china("2026-02-15 08:00"))
    assert [(s.duration, s.counted, s.reason, s.detail) for s in told] == [
        (1 * HOUR, True, "working-time", None),
        (1.5 * HOUR, False, "lunch-gap", None),
        (4.5 * HOUR, True, "working-time", None),
        (15 * HOUR, False, "outside-hours", None),
        (3 * HOUR, True, "make-up-day", "春节调休"),
        (1.5 * HOUR, False, "lunch-gap", None),
        (4.5 * HOUR, True, "make-up-day", "春节调休"),
        (6 * HOUR, False, "outside-hours", None),
        (8 * HOUR, False, "holiday", "春节"),
    ]


def test_explain_shows_weekend_and_pause() -> None:
    pause = Pause(utc("2026-11-20 16:30"), utc("2026-11-21 06:00"), "awaiting_customer")
    told = NINE_TO_FIVE.explain(utc("2026-11-20 16:00"), utc("2026-11-23 10:00"), [pause])
    assert [(s.duration, s.reason, s.detail) for s in told] == [
        (0.5 * HOUR, "working-time", None),
        (13.5 * HOUR, "paused", "awaiting_customer"),
        (42 * HOUR, "weekend", None),
        (9 * HOUR, "outside-hours", None),
        (1 * HOUR, "working-time", None),
    ]


def test_a_pause_that_begins_on_a_holiday_gives_no_credit_for_closed_time() -> None:
    clock = Countdown(CHINA_2026, china("2026-02-13 09:00"), 15 * HOUR)
    due = clock.due()
    paused = clock.paused(china("2026-02-16 10:00"), "awaiting_customer").resumed(china("2026-02-22 10:00"))
    assert paused.due() == due == china("2026-02-14 18:00")
    assert paused.elapsed(china("2026-02-24 09:00")) == clock.elapsed(china("2026-02-24 09:00"))


def test_pauses_that_overlap_are_taken_off_once() -> None:
    pauses = [
        Pause(utc("2026-11-23 10:00"), utc("2026-11-23 12:00"), "a"),
        Pause(utc("2026-11-23 11:00"), utc("2026-11-23 13:00"), "b"),
    ]
    clock = Countdown(NINE_TO_FIVE, utc("2026-11-23 09:00"), 4 * HOUR, pauses)
    assert clock.due() == utc("2026-11-23 16:00")
    assert clock.elapsed(utc("2026-11-23 14:00")) == 2 * HOUR


def test_a_paused_clock_has_no_due_time_unless_it_ran_out_before() -> None:
    clock = Countdown(NINE_TO_FIVE, utc("2026-11-23 09:00"), 4 * HOUR)
    assert clock.paused(utc("2026-11-23 12:00"), "x").due() is None
    assert clock.paused(utc("2026-11-23 15:00"), "x").due() == utc("2026-11-23 13:00")
    assert clock.due(0.5) == utc("2026-11-23 11:00")


def test_a_pause_before_the_start_changes_nothing() -> None:
    early = Pause(utc("2026-11-20 09:00"), utc("2026-11-23 08:00"), "x")
    assert Countdown(NINE_TO_FIVE, utc("2026-11-23 09:00"), HOUR, [early]).due() == utc("2026-11-23 10:00")


def test_a_calendar_that_never_closes_counts_real_time_over_a_change_of_the_clocks() -> None:
    always = BusinessCalendar.always(NEW_YORK)
    start = datetime(2026, 10, 30, 12, tzinfo=NEW_YORK)
    assert always.add(start, timedelta(days=15)) == start.astimezone(UTC) + timedelta(days=15)
    assert always.day_length == timedelta(days=1)


def test_a_business_day_is_the_counted_time_of_an_ordinary_day() -> None:
    assert CHINA_2026.day_length == 7.5 * HOUR


@pytest.mark.parametrize("week", [{}, {0: ()}, {0: hours("09:00-12:00", "11:00-13:00")}])
def test_a_calendar_without_hours_or_with_overlapping_ones_is_refused(week: dict[int, tuple[Hours, ...]]) -> None:
    with pytest.raises(Invalid):
        BusinessCalendar(UTC, week)


def test_a_duration_that_no_calendar_day_can_serve_is_refused() -> None:
    closed = BusinessCalendar(UTC, {0: hours("09:00-09:30")})
    with pytest.raises(Invalid, match="never"):
        closed.add(utc("2026-11-23 09:00"), timedelta(days=5000))
    with pytest.raises(Invalid, match="negative"):
        closed.add(utc("2026-11-23 09:00"), -HOUR)


def test_an_unknown_time_zone_is_refused() -> None:
    assert zone_of("Asia/Shanghai") == SHANGHAI
    for name in ("Nowhere/At_All", "../etc/passwd", ""):
        with pytest.raises(Invalid, match="unknown-time-zone"):
            zone_of(name)


def test_a_time_without_offset_is_refused() -> None:
    with pytest.raises(Invalid, match="offset"):
        NINE_TO_FIVE.add(datetime(2026, 11, 23), HOUR)  # noqa: DTZ001 - that is the point


# --- against an oracle that asks the wall clock minute by minute

ZONES = [UTC, SHANGHAI, NEW_YORK, ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu")]
AROUND = [datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC),
          datetime(2025, 12, 30, tzinfo=UTC), datetime(2026, 4, 3, tzinfo=UTC)]  # fmt: skip


@st.composite
def day_hours(draw: st.DrawFn) -> tuple[Hours, ...]:
    cuts = sorted(draw(st.sets(st.integers(0, 95), min_size=2, max_size=6)))
    marks = [time(cut // 4, cut % 4 * 15) for cut in cuts]
    pairs = [Hours(a, b) for a, b in zip(marks[::2], marks[1::2], strict=False)]
    if draw(st.booleans()):
        pairs.append(Hours(marks[-1], marks[0]))  # a night shift that ends before the first hours of the next day
        pairs = [pair for pair in pairs[:-1] if pair.closes <= marks[-1]] + pairs[-1:]
    return tuple(pairs)


@st.composite
def calendars(draw: st.DrawFn, base: datetime) -> BusinessCalendar:
    days = [base.date() + timedelta(days=n) for n in range(-2, 7)]
    week = {day: draw(day_hours()) for day in draw(st.sets(st.integers(0, 6), min_size=1))}
    return BusinessCalendar(
        draw(st.sampled_from(ZONES)),
        week,
        holidays=dict.fromkeys(draw(st.sets(st.sampled_from(days), max_size=3)), "holiday"),
        make_up_days=dict.fromkeys(draw(st.sets(st.sampled_from(days), max_size=2)), "make-up"),
    )


def open_at(calendar: BusinessCalendar, at: datetime) -> bool:
    wall = at.astimezone(calendar.zone).replace(tzinfo=None)
    for day in (wall.date(), wall.date() - timedelta(days=1)):
        for each in calendar.hours(day):
            starts, ends = each.on(day)
            if starts <= wall < ends:
                return True
    return False


def counted_minutes(calendar: BusinessCalendar, start: datetime, minutes: int, pauses: list[Pause]) -> list[bool]:
    found = []
    for n in range(minutes):
        at = start + n * MINUTE
        paused = any(p.start <= at and (p.end is None or at < p.end) for p in pauses)
        found.append(open_at(calendar, at) and not paused)
    return found


@st.composite
def situations(draw: st.DrawFn) -> tuple[BusinessCalendar, datetime, int, list[Pause], int]:
    base = draw(st.sampled_from(AROUND))
    start = base + draw(st.integers(0, 24 * 60)) * MINUTE
    minutes = draw(st.integers(1, 3 * 24 * 60))
    pauses = []
    for _ in range(draw(st.integers(0, 3))):
        begins = start + draw(st.integers(-600, minutes)) * MINUTE
        length = draw(st.one_of(st.none(), st.integers(0, 1500)))
        pauses.append(Pause(begins, None if length is None else begins + length * MINUTE, "why"))
    return draw(calendars(base)), start, minutes, pauses, draw(st.integers(1, 1000))


@settings(max_examples=150, deadline=None)
@given(situations())
def test_counting_agrees_with_asking_the_wall_clock_every_minute(
    situation: tuple[BusinessCalendar, datetime, int, list[Pause], int],
) -> None:
    calendar, start, minutes, pauses, target = situation
    end = start + minutes * MINUTE
    oracle = counted_minutes(calendar, start, minutes, pauses)
    clock = Countdown(calendar, start, target * MINUTE, pauses)

    assert clock.elapsed(end) == sum(oracle) * MINUTE
    if not pauses:
        assert calendar.between(start, end) == sum(oracle) * MINUTE

    due = clock.due()
    if sum(oracle) >= target:
        reached = next(n for n in range(minutes) if sum(oracle[: n + 1]) == target)
        assert due == start + (reached + 1) * MINUTE
    else:
        assert due is None or due > end

    told = clock.explain(end)
    assert told[0].start == start
    assert told[-1].end == end
    assert all(a.end == b.start for a, b in pairwise(told))
    assert sum((s.duration for s in told if s.counted), timedelta(0)) == clock.elapsed(end)


def test_always_open_hours_cover_the_whole_day() -> None:
    assert ALL_DAY[0].on(date(2026, 1, 1)) == (datetime(2026, 1, 1), datetime(2026, 1, 2))  # noqa: DTZ001
