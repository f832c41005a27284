"""Limits, policies, packs and calendars, declared."""

from __future__ import annotations

from rapport_chassis.subject import Subject

from rapport_complaints.clocks.domain.clock_life import CLOCK_LIFE
from rapport_complaints.clocks.web import policies, policy_packs

CLOCKS = Subject("clocks", routers=[policies.router, policy_packs.router], lives={"clock": CLOCK_LIFE})
