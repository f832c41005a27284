"""Repairs and vendors, declared."""

from __future__ import annotations

from rapport_chassis.histories import settling
from rapport_chassis.subject import Subject

from rapport_complaints.clocks.usecases import FOLLOW_REPAIRS
from rapport_complaints.repairs.domain import REPAIR_LIFE
from rapport_complaints.repairs.store import HOLDINGS, REPAIR_POLICIES, VENDORS, Repairs
from rapport_complaints.repairs.usecases import follow_calendar
from rapport_complaints.repairs.web import data, router

REPAIRS = Subject(
    "repairs",
    routers=[data, router],
    lives=[REPAIR_LIFE],
    told=[REPAIR_POLICIES, VENDORS],
    timers={"repair.look": settling(Repairs), FOLLOW_REPAIRS: follow_calendar},
    holdings=HOLDINGS,
)
