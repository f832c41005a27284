"""The Chinese holidays as `calendars.json` has them, from the `holidays` library, which knows what the State Council has
announced: `python -m rapport_complaints.shipped.chinese_holidays` prints them. Needs the extra `dev`."""

from __future__ import annotations

import json
import sys
from typing import Any

import holidays

FIRST_YEAR = 2020
LAST_ANNOUNCED = 2026
"""Of later years the library knows the statutory days only: their make-up days are announced in the November before."""


def announced() -> dict[str, Any]:
    """Holidays and make-up working days from 2020 to the year after the last one announced, in the order of their days."""
    years = range(FIRST_YEAR, LAST_ANNOUNCED + 2)
    found = holidays.country_holidays("CN", years=years, language="zh_CN")
    return {
        "holidays": {day.isoformat(): name for day, name in sorted(found.items())},
        "make_up_days": {day.isoformat(): "调休上班" for day in sorted(found.weekend_workdays) if day.year in years},
        "complete_until": f"{LAST_ANNOUNCED}-12-31",
    }


if __name__ == "__main__":
    json.dump(announced(), sys.stdout, ensure_ascii=False, indent=2)
