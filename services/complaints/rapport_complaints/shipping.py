"""What Complaints ships with, and where it goes; what a calendar or the ladder is edited for happens with theirs, too."""

from __future__ import annotations

from rapport_chassis.shipped import Shipped, versions

from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.clocks.follow_calendar import calendar_edited
from rapport_complaints.usecases.handling.climb_ladder import ladder_edited

SHIPPED = Shipped(
    "rapport_complaints.shipped",
    ComplaintsWork,
    [
        versions("calendars", lambda work: work.calendars, then=lambda work, code, _: calendar_edited(work, code)),
        versions("sla_policies", lambda work: work.policies),
        versions(
            "escalation_policies",
            lambda work: work.ladders,
            then=lambda work, _, version: ladder_edited(work, version, work.now),
        ),
        versions("major_policies", lambda work: work.major_policies),
        versions("authority_policies", lambda work: work.authority_policies),
        versions("assignment_rules", lambda work: work.assignment_rules),
        versions("handling_guides", lambda work: work.guides),
        versions("letter_templates", lambda work: work.letter_templates),
        versions("taxonomies", lambda work: work.taxonomies),
        versions("trend_policies", lambda work: work.trend_policies),
        versions("recovery_policies", lambda work: work.recovery_policies),
        versions("win_back_policies", lambda work: work.win_back_policies),
        versions("repair_policies", lambda work: work.repair_policies),
        versions("incident_types", lambda work: work.incident_types),
        versions("emergency_plans", lambda work: work.emergency_plans),
        versions("emergency_policies", lambda work: work.emergency_policies),
    ],
)
