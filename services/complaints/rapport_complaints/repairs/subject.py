"""Orders to vendors, declared."""

from __future__ import annotations

from rapport_chassis.subject import Subject
from rapport_chassis.timers import Sets

from rapport_complaints.clocks.usecases.calendars import FOLLOW_REPAIRS
from rapport_complaints.repairs.domain.repair_life import REPAIR_LIFE
from rapport_complaints.repairs.store.customers import HOLDINGS
from rapport_complaints.repairs.store.repairs import LOOK
from rapport_complaints.repairs.usecases.follow_calendar import follow_calendar_with_repairs
from rapport_complaints.repairs.usecases.look_at_repairs import look_at_repairs
from rapport_complaints.repairs.web import repair_data, repairs

REPAIRS = Subject(
    "repairs",
    routers=[repair_data.router, repairs.router],
    lives={"repair": REPAIR_LIFE},
    timers={FOLLOW_REPAIRS: follow_calendar_with_repairs, LOOK: Sets(look_at_repairs)},
    holdings=HOLDINGS,
)
