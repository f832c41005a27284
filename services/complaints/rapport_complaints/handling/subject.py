"""Who does it, declared."""

from __future__ import annotations

from rapport_chassis.alarms import Alarm
from rapport_chassis.subject import Subject
from rapport_chassis.timers import Sets

from rapport_complaints.handling.domain.major_life import MAJOR_LIFE
from rapport_complaints.handling.store.escalations import CLIMB
from rapport_complaints.handling.store.majors import LOOK, count_late_majors
from rapport_complaints.handling.store.staff import count_unassigned
from rapport_complaints.handling.usecases.climb_ladder import LOOK_AGAIN, climb_ladder, look_again
from rapport_complaints.handling.usecases.follow_complaints import REACTIONS
from rapport_complaints.handling.usecases.work_on_major import look_at_majors
from rapport_complaints.handling.web import approvals, escalations, majors, staff
from rapport_complaints.handling.web import handling as routes
from rapport_complaints.settings import Settings


def handling(settings: Settings) -> Subject:
    """The subject with these settings."""
    return Subject(
        "handling",
        routers=[approvals.router, routes.router, staff.router, escalations.router, majors.router],
        reactions=REACTIONS,
        lives={"major-case": MAJOR_LIFE},
        timers={CLIMB: Sets(climb_ladder), LOOK_AGAIN: look_again, LOOK: Sets(look_at_majors)},
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
