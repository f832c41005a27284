"""Asking, declared. All events come in sets: a consumer group each, one transaction for a polled batch."""

from __future__ import annotations

from datetime import timedelta

from rapport_chassis.alarms import Alarm
from rapport_chassis.customers import Owned
from rapport_chassis.listens import Batch, Listens
from rapport_chassis.projections import Projection
from rapport_chassis.subject import Holdings, Subject
from rapport_chassis.timers import Batched
from rapport_contracts.complaints.cases import (
    ComplaintClosed,
    ComplaintImported,
    ComplaintLinked,
    ComplaintReceived,
    ComplaintReopened,
    ComplaintWithdrawn,
)
from rapport_contracts.complaints.incidents import IncidentDeclared, IncidentLevelChanged, IncidentRestored, IncidentUpdated
from rapport_contracts.complaints.recovery import RecoveryExecuted
from rapport_contracts.complaints.side_ways import ComplaintMarkedDuplicate, ComplaintTransferred
from rapport_contracts.event import Event
from rapport_contracts.interactions.contacts import InteractionAmended, InteractionCompleted, InteractionLinked
from rapport_contracts.profiles.consents import ConsentGranted, ConsentWithdrawn
from rapport_contracts.satisfaction.surveys import SurveyInvitationSent, SurveyResponseReceived

from rapport_satisfaction.asking.domain.invitations import INVITATION_LIFE
from rapport_satisfaction.asking.store.facts import complaints, consents, emergencies
from rapport_satisfaction.asking.store.invitations import count_unsent, invitations
from rapport_satisfaction.asking.store.rules import FOLLOW_UP_RULES, THROTTLE_RULES, TRIGGER_RULES
from rapport_satisfaction.asking.usecases.consider_contacts import consider_contacts
from rapport_satisfaction.asking.usecases.follow_complaints import (
    SWEEP,
    follow_complaints,
    follow_incidents,
    follow_recoveries,
    project_complaints,
    project_emergencies,
    sweep_waiting,
)
from rapport_satisfaction.asking.usecases.follow_consents import follow_consents, project_consents
from rapport_satisfaction.asking.usecases.invitations import REVIEW, review_invitations, stop_asking
from rapport_satisfaction.asking.usecases.recalling import know_as_answered, know_as_sent
from rapport_satisfaction.asking.web import preview, rules
from rapport_satisfaction.asking.web.invitations import invitations_router
from rapport_satisfaction.settings import Settings

COMPLAINTS: list[type[Event]] = [
    ComplaintReceived,
    ComplaintImported,
    ComplaintClosed,
    ComplaintWithdrawn,
    ComplaintMarkedDuplicate,
    ComplaintTransferred,
    ComplaintReopened,
    ComplaintLinked,
]
INCIDENTS: list[type[Event]] = [IncidentDeclared, IncidentLevelChanged, IncidentUpdated, IncidentRestored]
CONSENTS: list[type[Event]] = [ConsentGranted, ConsentWithdrawn]
HOLDINGS = Holdings(
    tables=[
        Owned(invitations, known_by=("id", "interaction_id", "complaint_id")),
        Owned(complaints, key="complaint_id", known_by=("complaint_id", "interaction_id")),
        Owned(consents, key="said_by"),
    ],
    retained={"invitations.token_hash": "of a random token; removed when the customer is not asked any more"},
    before_erasing=stop_asking,
)

UNSENT = Alarm(
    "unsent",
    "rapport_satisfaction_invitations_unsent",
    "Invitations that might be sent for more than an hour, and no gateway has fetched and sent them",
    count_unsent,
    every=timedelta(seconds=60),
)


def asking(settings: Settings) -> Subject:
    """The subject; links begin with the public address of the settings."""
    return Subject(
        "asking",
        routers=[preview.router, rules.router, invitations_router(settings.public_url)],
        lives=[INVITATION_LIFE],
        listens=Listens(
            batches=[
                Batch("contacts", [InteractionCompleted, InteractionAmended, InteractionLinked], consider_contacts),
                Batch("complaints", COMPLAINTS, follow_complaints),
                Batch("incidents", INCIDENTS, follow_incidents),
                Batch("recoveries", [RecoveryExecuted], follow_recoveries),
                Batch("consents", CONSENTS, follow_consents),
            ]
        ),
        told=[TRIGGER_RULES, THROTTLE_RULES, FOLLOW_UP_RULES],
        timers={REVIEW: Batched(review_invitations), SWEEP: sweep_waiting},
        projections=[
            Projection("complaints", [complaints], COMPLAINTS, project_complaints),
            Projection("emergencies", [emergencies], INCIDENTS, project_emergencies),
            Projection("consents", [consents], CONSENTS, project_consents),
        ],
        alarms=[UNSENT],
        holdings=HOLDINGS,
        recalls={SurveyInvitationSent: know_as_sent, SurveyResponseReceived: know_as_answered},
    )
