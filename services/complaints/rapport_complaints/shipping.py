"""What Complaints ships with, and where it goes; what a calendar or the ladder is edited for happens with theirs, too."""

from __future__ import annotations

from rapport_chassis.shipped import Shipped, versions
from rapport_chassis.work import Work

from rapport_complaints.cases.store.versions import AUTHORITY_POLICIES, GUIDES
from rapport_complaints.clocks.store import CALENDARS, SLA_POLICIES
from rapport_complaints.clocks.usecases import calendar_edited
from rapport_complaints.correspondence.store import LETTER_TEMPLATES
from rapport_complaints.emergencies.store import EMERGENCY_PLANS, EMERGENCY_POLICIES, INCIDENT_TYPES
from rapport_complaints.finding.store.findings import TREND_POLICIES
from rapport_complaints.handling.store.escalations import LADDERS
from rapport_complaints.handling.store.majors import MAJOR_POLICIES
from rapport_complaints.handling.store.staff import ASSIGNMENT_RULES
from rapport_complaints.handling.usecases.escalate import ladder_edited
from rapport_complaints.recovery.store.recoveries import RECOVERY_POLICIES
from rapport_complaints.repairs.store import REPAIR_POLICIES
from rapport_complaints.taxonomies.store import Taxonomies
from rapport_complaints.win_backs.store import WIN_BACK_POLICIES

SHIPPED = Shipped(
    "rapport_complaints.shipped",
    Work,
    [
        versions("calendars", CALENDARS, then=lambda work, code, _: calendar_edited(work, code)),
        versions("sla_policies", SLA_POLICIES),
        versions(
            "escalation_policies",
            LADDERS,
            then=lambda work, _, version: ladder_edited(work, version, work.now),
        ),
        versions("major_policies", MAJOR_POLICIES),
        versions("authority_policies", AUTHORITY_POLICIES),
        versions("assignment_rules", ASSIGNMENT_RULES),
        versions("handling_guides", GUIDES),
        versions("letter_templates", LETTER_TEMPLATES),
        versions("taxonomies", Taxonomies),
        versions("trend_policies", TREND_POLICIES),
        versions("recovery_policies", RECOVERY_POLICIES),
        versions("win_back_policies", WIN_BACK_POLICIES),
        versions("repair_policies", REPAIR_POLICIES),
        versions("incident_types", INCIDENT_TYPES),
        versions("emergency_plans", EMERGENCY_PLANS),
        versions("emergency_policies", EMERGENCY_POLICIES),
    ],
)
