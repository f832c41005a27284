"""Incidents, plans and drills, declared."""

from __future__ import annotations

from rapport_chassis.alarms import Alarm
from rapport_chassis.subject import Subject
from rapport_chassis.timers import Sets
from rapport_contracts.complaints.cases import ComplaintReceived

from rapport_complaints.emergencies.domain.emergency_lives import DRILL_LIFE, INCIDENT_LIFE
from rapport_complaints.emergencies.store.emergency_lists import count_late
from rapport_complaints.emergencies.store.incidents import WATCH
from rapport_complaints.emergencies.usecases.hold_clocks import HOLD, hold_clocks
from rapport_complaints.emergencies.usecases.link_incidents import LINK, link_at_filing, link_past_complaints
from rapport_complaints.emergencies.usecases.watch_incidents import watch_incidents
from rapport_complaints.emergencies.web import drills, emergency_data, incidents
from rapport_complaints.settings import Settings


def emergencies(settings: Settings) -> Subject:
    """The subject with these settings."""
    return Subject(
        "emergencies",
        routers=[incidents.router, drills.router, emergency_data.router],
        lives={"incident": INCIDENT_LIFE, "drill": DRILL_LIFE},
        reactions={ComplaintReceived: [link_at_filing]},
        timers={WATCH: Sets(watch_incidents), LINK: link_past_complaints, HOLD: hold_clocks},
        alarms=[
            Alarm(
                "late-updates",
                "rapport_complaints_incidents_without_update",
                "Incidents under way whose last due update was not given",
                count_late,
                settings.alarm_every,
            )
        ],
    )
