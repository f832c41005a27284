"""Periods in all forms, at the edges of the calendar and of the clocks; keys of groups as PostgreSQL makes them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError
from rapport_chassis.actor import Actor
from rapport_chassis.periods import TIME_GROUPS, Period, days_of, time_key
from rapport_chassis.work import Work, WorkFactory
from rapport_kernel.wall_time import zone_names
from sqlalchemy import text

SHANGHAI, BERLIN, NEW_YORK = "Asia/Shanghai", "Europe/Berlin", "America/New_York"


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "tz", "since", "until"),
    [
        ("2026-11-28", SHANGHAI, "2026-11-27T16:00", "2026-11-28T16:00"),
        ("2026-11-28", NEW_YORK, "2026-11-28T05:00", "2026-11-29T05:00"),
        ("2026-11-28", "UTC", "2026-11-28T00:00", "2026-11-29T00:00"),
        ("2026-W48", "UTC", "2026-11-23T00:00", "2026-11-30T00:00"),
        ("2026-W53", "UTC", "2026-12-28T00:00", "2027-01-04T00:00"),
        ("2027-W01", SHANGHAI, "2027-01-03T16:00", "2027-01-10T16:00"),
        ("2026-11", SHANGHAI, "2026-10-31T16:00", "2026-11-30T16:00"),
        ("2026-12", NEW_YORK, "2026-12-01T05:00", "2027-01-01T05:00"),
        ("2026-02", "UTC", "2026-02-01T00:00", "2026-03-01T00:00"),
        ("2026-Q1", BERLIN, "2025-12-31T23:00", "2026-03-31T22:00"),
        ("2026-Q4", SHANGHAI, "2026-09-30T16:00", "2026-12-31T16:00"),
        ("2026", SHANGHAI, "2025-12-31T16:00", "2026-12-31T16:00"),
        ("2026-03-29", BERLIN, "2026-03-28T23:00", "2026-03-29T22:00"),  # 23 hours
        ("2026-10-25", BERLIN, "2026-10-24T22:00", "2026-10-25T23:00"),  # 25 hours
        ("2024-04-26", "Africa/Cairo", "2024-04-25T22:00", "2024-04-26T21:00"),  # its midnight does not exist
    ],
)
async def test_a_named_period_is_whole(works: WorkFactory[Work], asked: str, tz: str, since: str, until: str) -> None:
    async with works(Actor.system("test")) as work:
        for given in ({"period": asked}, {"from": asked, "to": asked}):
            span = Period.model_validate({**given, "tz": tz}).span(work)
            assert (span.since, span.until, span.tz) == (at(since), at(until), tz)


async def test_the_zone_is_that_of_the_installation_unless_another_is_asked_for(works: WorkFactory[Work]) -> None:
    there = WorkFactory(works.database, Work, source="test", zone=ZoneInfo(SHANGHAI))
    async with there(Actor.system("test")) as work:
        assert Period.model_validate({"to": "2026-11"}).span(work).until == at("2026-11-30T16:00")
        assert Period().span(work).tz == SHANGHAI
        assert Period(tz=BERLIN).span(work).tz == BERLIN


async def test_times_and_names_can_be_put_together(works: WorkFactory[Work]) -> None:
    async with works(Actor.system("test")) as work:
        span = Period.model_validate({"from": "2026-W48", "to": "2026-11-28T12:00:00+08:00"}).span(work)
        assert (span.since, span.until) == (at("2026-11-23T00:00"), at("2026-11-28T04:00"))
        rolling = Period(period="rolling:30d").span(work)
        assert rolling.until == work.now and rolling.since is not None
        assert (work.now - rolling.since).total_seconds() == 30 * 86_400
        empty = Period().span(work)
        assert (empty.since, empty.until) == (None, None)


BAD = ["2026-13", "2026-02-30", "2025-W53", "2026-W00", "2026-Q5", "0999", "9999", "1700000000", "2026-7", "26-12"]
BAD += ["2026-11-28T10:00:00", "tomorrow", "", "٢٠٢٦", "2026-w48", "2026-11 "]


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_time_and_no_period_is_refused_unseen(bad: str) -> None:
    for name in ("from", "to", "period"):
        with pytest.raises(ValidationError) as refused:
            Period.model_validate({name: bad})
        (error,) = refused.value.errors()
        assert error["ctx"]["error"].code in {"bad-time", "bad-period"} and (not bad or bad not in error["msg"])


@pytest.mark.parametrize(
    "bad",
    ["Mars/Olympus", "../../etc/passwd", "+08:00", "", "asia", "Asia/Shanghai\x00", "localtime", "posix/Asia/Shanghai"],
)
def test_a_zone_is_one_of_the_list(bad: str) -> None:
    with pytest.raises(ValidationError, match="unknown-time-zone"):
        Period(tz=bad)


async def test_the_database_knows_every_zone_that_is_accepted(works: WorkFactory[Work]) -> None:
    async with works(Actor.system("test")) as work:
        known = set((await work.connection.execute(text("SELECT name FROM pg_timezone_names"))).scalars())
    assert len(known) > 400
    assert zone_names() - known == set()


@pytest.mark.parametrize("bad", ["rolling:0d", "rolling:30", "rolling:10000d", "rolling:-1d", "last month"])
def test_rolling_says_how_many_days(bad: str) -> None:
    with pytest.raises(ValidationError, match="bad-period"):
        Period(period=bad)
    with pytest.raises(ValidationError, match="bad-time"):
        Period.model_validate({"from": "rolling:30d"})


def test_a_period_is_said_once() -> None:
    for more in ({"from": "2026"}, {"to": "2026"}):
        with pytest.raises(ValidationError, match="period-and-bounds"):
            Period.model_validate({"period": "2026", **more})


@pytest.mark.parametrize(
    ("moment", "tz", "keys"),
    [
        (
            "2026-12-31T16:40:00Z",
            SHANGHAI,
            ("2027-01-01T00:30+08:00", "2027-01-01T00:00+08:00", "2027-01-01", "2026-W53", "2027-01", "2027-Q1", "2027"),
        ),
        (
            "2026-12-31T16:40:00Z",
            NEW_YORK,
            ("2026-12-31T11:30-05:00", "2026-12-31T11:00-05:00", "2026-12-31", "2026-W53", "2026-12", "2026-Q4", "2026"),
        ),
        (
            "2026-10-25T00:10:00Z",
            BERLIN,
            ("2026-10-25T02:00+02:00", "2026-10-25T02:00+02:00", "2026-10-25", "2026-W43", "2026-10", "2026-Q4", "2026"),
        ),
        (
            "2026-10-25T01:10:00Z",
            BERLIN,
            ("2026-10-25T02:00+01:00", "2026-10-25T02:00+01:00", "2026-10-25", "2026-W43", "2026-10", "2026-Q4", "2026"),
        ),
        (
            "2026-03-29T01:10:00Z",
            BERLIN,
            ("2026-03-29T03:00+02:00", "2026-03-29T03:00+02:00", "2026-03-29", "2026-W13", "2026-03", "2026-Q1", "2026"),
        ),
        (
            "2026-06-01T00:00:00Z",
            "Asia/Kathmandu",
            ("2026-06-01T05:30+05:45", "2026-06-01T05:00+05:45", "2026-06-01", "2026-W23", "2026-06", "2026-Q2", "2026"),
        ),
    ],
)
async def test_a_group_is_a_period_that_holds_the_time(
    works: WorkFactory[Work], moment: str, tz: str, keys: tuple[str, ...]
) -> None:
    groups = ("half_hour", "hour", "day", "week", "month", "quarter", "year")
    assert set(groups) == TIME_GROUPS
    async with works(Actor.system("test")) as work:
        sought = datetime.fromisoformat(moment)
        columns = ", ".join(time_key(group, "CAST(:at AS timestamptz)") for group in groups)
        row = (await work.connection.execute(text(f"SELECT {columns}"), {"at": sought, "tz": tz})).one()
        assert tuple(row) == keys
        for group, key in zip(groups, row, strict=True):
            span = Period.model_validate({"from": key, "to": key, "tz": tz}).span(work)
            assert span.since is not None and span.since <= sought
            assert group in {"half_hour", "hour"} or (span.until is not None and sought < span.until)


def test_a_time_is_no_named_period() -> None:
    assert days_of("2026-11-28T00:00:00Z") is None
