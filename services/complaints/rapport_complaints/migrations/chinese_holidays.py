"""The Chinese calendar as it is seeded: the `holidays` library knows what the State Council has announced."""

from __future__ import annotations

from datetime import date

import holidays

from rapport_complaints.clocks.domain.defaults import chinese
from rapport_complaints.clocks.domain.policies import CalendarData

FIRST_YEAR = 2020
LAST_ANNOUNCED = 2026
"""Of later years the library knows the statutory days only: their make-up days are announced in the November before."""


def seed() -> CalendarData:
    """The calendar from 2020 to the year after the last one announced."""
    years = range(FIRST_YEAR, LAST_ANNOUNCED + 2)
    found = holidays.country_holidays("CN", years=years, language="zh_CN")
    make_up = {day: "调休上班" for day in found.weekend_workdays if day.year in years}
    return chinese(dict(found.items()), make_up, date(LAST_ANNOUNCED, 12, 31))
