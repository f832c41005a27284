"""Business time as a reader of the topic reckons it: from the values of `calendar.published` alone, minute by minute, by the
words of docs/analyst.md. It shares nothing with the product, so that the two can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
Calendar = Mapping[str, Any]


def business_minutes(versions: Sequence[Calendar], start: datetime, end: datetime) -> int:
    """Whole minutes of working time between two whole minutes, under all versions of one calendar."""
    ordered = sorted(versions, key=lambda each: int(each["version"]))
    zone = ZoneInfo(ordered[-1]["zone"])
    minutes = int((end - start) / MINUTE)
    return sum(_works(ordered, (start + n * MINUTE).astimezone(zone)) for n in range(minutes))


def day_minutes(versions: Sequence[Calendar]) -> int:
    """The length of a business day."""
    newest = max(versions, key=lambda each: int(each["version"]))
    spans = [_span(date(2001, 1, 1), hours) for hours in _ordinary(newest)]
    return int(sum((closes - opens for opens, closes in spans), timedelta()) / MINUTE)


def _works(ordered: Sequence[Calendar], moment: datetime) -> bool:
    shown = moment.replace(tzinfo=None)
    spans = [_span(day, hours) for day in (shown.date() - DAY, shown.date()) for hours in _hours(ordered, day)]
    return any(opens <= shown < closes for opens, closes in spans)


def _hours(ordered: Sequence[Calendar], day: date) -> list[Mapping[str, str]]:
    """The hours that begin on this day."""
    holds = next((each for each in reversed(ordered) if _since(each) <= day), ordered[0])
    if str(day) in {each["day"] for each in holds["make_up_days"]}:
        return holds["make_up_hours"] or _ordinary(holds)
    if str(day) in {each["day"] for each in holds["holidays"]}:
        return []
    return [each for each in holds["week"] if each["weekday"] == DAYS[day.weekday()]]


def _ordinary(calendar: Calendar) -> list[Mapping[str, str]]:
    first = min((each["weekday"] for each in calendar["week"]), key=DAYS.index)
    return [each for each in calendar["week"] if each["weekday"] == first]


def _since(calendar: Calendar) -> date:
    return datetime.fromisoformat(calendar["effective_from"]).astimezone(ZoneInfo(calendar["zone"])).date()


def _span(day: date, hours: Mapping[str, str]) -> tuple[datetime, datetime]:
    opens, closes = (datetime.fromisoformat(f"{day} {hours[name]}") for name in ("opens", "closes"))
    return opens, closes if closes > opens else closes + DAY
