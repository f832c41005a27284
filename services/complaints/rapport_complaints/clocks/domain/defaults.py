"""What is shipped: a policy and calendars, installed as version 1 by the first migration and edited over the API since.

Limits (ours, after DOMAIN 3a and S50): acknowledge within one business day, decide within 15, within 30 when it is complex
or severe, warn at 80 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from rapport_contracts.complaints.vocabulary import Severity

from rapport_complaints.clocks.domain.policies import DAYS, CalendarData, Opening, Rule, SlaPolicy, Target, Unit

SINCE = datetime(2000, 1, 1, tzinfo=UTC)
"""From when on the shipped versions are in force: before anything that is imported."""

_ONE_DAY = Target(amount=1, unit=Unit.BUSINESS_DAYS)
_FIFTEEN_DAYS = Target(amount=15, unit=Unit.BUSINESS_DAYS)
_THIRTY_DAYS = Target(amount=30, unit=Unit.BUSINESS_DAYS)

STANDARD = SlaPolicy(
    name="Standard",
    calendar="cn",
    rules=[
        Rule(severities=[Severity.HIGH, Severity.CRITICAL], acknowledgement=_ONE_DAY, resolution=_THIRTY_DAYS),
        Rule(complex=True, acknowledgement=_ONE_DAY, resolution=_THIRTY_DAYS),
        Rule(acknowledgement=_ONE_DAY, resolution=_FIFTEEN_DAYS),
    ],
)

ALWAYS = CalendarData(name="Never closed", zone="UTC", week={day: [Opening(opens="00:00", closes="00:00")] for day in DAYS})

WORKDAY = [Opening(opens="09:00", closes="12:00"), Opening(opens="13:30", closes="18:00")]


def chinese(holidays: Mapping[date, str], make_up_days: Mapping[date, str], complete_until: date) -> CalendarData:
    """Monday to Friday with a lunch gap, the statutory holidays and the working days that make up for them (调休)."""
    return CalendarData(
        name="China, office hours",
        zone="Asia/Shanghai",
        week=dict.fromkeys(DAYS[:5], WORKDAY),
        holidays=dict(holidays),
        make_up_days=dict(make_up_days),
        complete_until=complete_until,
    )
