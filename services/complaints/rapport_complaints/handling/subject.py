"""Who handles complaints, before whom they are brought, and major complaints, declared."""

from __future__ import annotations

from rapport_chassis.alarms import Alarm
from rapport_chassis.histories import settling
from rapport_chassis.subject import Subject
from rapport_chassis.timers import Batched

from rapport_complaints.handling.domain.major import MAJOR_LIFE
from rapport_complaints.handling.store.escalations import CLIMB, LADDERS
from rapport_complaints.handling.store.majors import MAJOR_POLICIES, MajorCases, count_late_majors
from rapport_complaints.handling.store.staff import ASSIGNMENT_RULES, REGISTER, count_unassigned
from rapport_complaints.handling.usecases.escalate import CLIMB_ALL, climb_ladder, climb_portion
from rapport_complaints.handling.usecases.follow_complaints import REACTIONS
from rapport_complaints.handling.web import assignment, escalations, majors
from rapport_complaints.settings import Settings


def handling(settings: Settings) -> Subject:
    """The subject with these settings."""
    return Subject(
        "handling",
        routers=[assignment.actions, assignment.approvals, assignment.staff, escalations.router, majors.router],
        reactions=REACTIONS,
        staff=REGISTER,
        lives=[MAJOR_LIFE],
        told=[LADDERS, ASSIGNMENT_RULES, MAJOR_POLICIES],
        timers={CLIMB: Batched(climb_ladder), CLIMB_ALL: climb_portion, "major.look": settling(MajorCases)},
        alarms=[
            Alarm(
                "unassigned",
                "rapport_complaints_unassigned",
                "Open complaints that nobody could be found for",
                count_unassigned,
                settings.alarm_every,
            ),
            Alarm(
                "late-majors",
                "rapport_complaints_major_late",
                "Major complaints with a step that is overdue and not done",
                count_late_majors,
                settings.alarm_every,
            ),
        ],
    )
