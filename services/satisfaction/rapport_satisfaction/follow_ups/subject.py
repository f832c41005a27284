"""Follow-ups, declared."""

from __future__ import annotations

from rapport_chassis.customers import Owned, Part
from rapport_chassis.histories import history, settling
from rapport_chassis.subject import Holdings, Subject
from rapport_contracts.satisfaction.scores import DetractorDetected

from rapport_satisfaction.asking.store.invitations import invitations
from rapport_satisfaction.follow_ups.domain import FOLLOW_UP_LIFE
from rapport_satisfaction.follow_ups.store import FollowUps, follow_ups
from rapport_satisfaction.follow_ups.usecases import close_not_reached, open_cases
from rapport_satisfaction.follow_ups.web import router

FOLLOW_UPS = Subject(
    "follow-ups",
    routers=[router],
    lives=[FOLLOW_UP_LIFE],
    reactions={DetractorDetected: [open_cases]},
    timers={"follow-up.overdue": settling(FollowUps)},
    holdings=Holdings(
        tables=[
            Owned(
                follow_ups,
                known_by=("id", "invitation_id", "response_id"),
                keyed_by="keyed_by",
                moves_with=("invitation_id", invitations, "id"),
                parts=[Part(history, "subject_id", sealed=("note", "salt"))],
            )
        ],
        before_erasing=close_not_reached,
    ),
)
