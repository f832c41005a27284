"""Limits, policies, packs and calendars, declared."""

from __future__ import annotations

from rapport_chassis.subject import Subject

from rapport_complaints.clocks import web
from rapport_complaints.clocks.domain.clock_life import CLOCK_LIFE
from rapport_complaints.clocks.store import CALENDARS, SLA_POLICIES

CLOCKS = Subject("clocks", routers=[web.router], lives=[CLOCK_LIFE], told=[CALENDARS, SLA_POLICIES])
