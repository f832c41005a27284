"""Incidents, emergency plans and drills, declared."""

from __future__ import annotations

from rapport_chassis.alarms import Alarm
from rapport_chassis.histories import settling
from rapport_chassis.subject import Subject
from rapport_contracts.complaints.cases import ComplaintReceived

from rapport_complaints.emergencies.domain.drill import DRILL_LIFE
from rapport_complaints.emergencies.domain.incident import INCIDENT_LIFE
from rapport_complaints.emergencies.store import EMERGENCY_PLANS, EMERGENCY_POLICIES, INCIDENT_TYPES, Incidents, count_late
from rapport_complaints.emergencies.usecases.links import HOLD, LINK, hold_portion, link_at_filing, link_portion
from rapport_complaints.emergencies.web import data, drills, incidents
from rapport_complaints.settings import Settings


def emergencies(settings: Settings) -> Subject:
    """The subject with these settings."""
    return Subject(
        "emergencies",
        routers=[incidents.router, drills.router, data.router],
        reactions={ComplaintReceived: [link_at_filing]},
        lives=[INCIDENT_LIFE, DRILL_LIFE],
        told=[INCIDENT_TYPES, EMERGENCY_PLANS, EMERGENCY_POLICIES],
        timers={"incident.watch": settling(Incidents), LINK: link_portion, HOLD: hold_portion},
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
