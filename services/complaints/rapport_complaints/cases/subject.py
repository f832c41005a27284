"""The complaint itself, declared."""

from __future__ import annotations

from rapport_chassis.alarms import Alarm
from rapport_chassis.listens import Batch, Listens, Raw
from rapport_chassis.projections import Projection
from rapport_chassis.subject import Subject
from rapport_chassis.timers import Batched
from rapport_contracts.complaints.intake import TOPIC as INBOUND
from rapport_contracts.event import Event
from rapport_contracts.interactions.contacts import (
    InteractionAmended,
    InteractionCompleted,
    InteractionLinked,
    InteractionTimedOut,
)

from rapport_complaints.access import READ
from rapport_complaints.cases.domain.life import LIFE
from rapport_complaints.cases.store.complaints import LOOK
from rapport_complaints.cases.store.customers import HOLDINGS
from rapport_complaints.cases.store.interactions import interactions
from rapport_complaints.cases.store.tables import count_untargeted
from rapport_complaints.cases.store.versions import AUTHORITY_POLICIES, STAFF
from rapport_complaints.cases.usecases.by_contact import FILL, KEYED, fill_contact_points
from rapport_complaints.cases.usecases.ending import FOLLOW_UP, reach_follow_up
from rapport_complaints.cases.usecases.filing import file_inbound, follow_interactions, project_interactions
from rapport_complaints.cases.usecases.timing import check_clocks, follow_calendar
from rapport_complaints.cases.web import actions, communications, complaints, data
from rapport_complaints.clocks.usecases import FOLLOW
from rapport_complaints.settings import Settings

CONTACTS: list[type[Event]] = [InteractionLinked, InteractionCompleted, InteractionAmended, InteractionTimedOut]


def cases(settings: Settings) -> Subject:
    """The subject with these settings."""
    return Subject(
        "cases",
        told=[AUTHORITY_POLICIES, STAFF],
        heard={"communication": READ},
        routers=[
            complaints.router,
            actions.router,
            data.guides,
            data.authority,
            communications.router,
            complaints.imports,
        ],
        lives=[LIFE],
        listens=Listens(
            batches=[Batch("interactions", CONTACTS, follow_interactions)],
            raw_topics=[Raw("inbound", INBOUND, file_inbound)],
        ),
        timers={
            LOOK: Batched(check_clocks),
            FOLLOW: follow_calendar,
            FILL: fill_contact_points,
            FOLLOW_UP: Batched(reach_follow_up),
        },
        projections=[
            # A complaint may be filed about a contact of which no event has arrived: its row holds the place only.
            Projection("interactions", [interactions], CONTACTS, project_interactions, only={"interactions": "sequence > 0"})
        ],
        alarms=[
            Alarm(
                "no-target",
                "rapport_complaints_without_target",
                "Open complaints that no SLA policy matches",
                count_untargeted,
                settings.alarm_every,
            )
        ],
        holdings=HOLDINGS,
        keyed=[KEYED],
    )
