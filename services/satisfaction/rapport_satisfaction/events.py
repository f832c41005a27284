"""What Satisfaction listens to, and what it projects of it. All of it comes in sets: a consumer group each, one transaction
for a polled batch."""

from __future__ import annotations

from rapport_chassis.listens import Batch, Listens
from rapport_chassis.projections import Projection
from rapport_chassis.timers import Sets, TimerTable
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

from rapport_satisfaction.store.tables import complaints, consents, emergencies
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.advance_follow_up import escalate_follow_up
from rapport_satisfaction.usecases.consider_contacts import consider_contacts
from rapport_satisfaction.usecases.decide_invitations import REVIEW
from rapport_satisfaction.usecases.follow_complaints import follow_complaints, project_complaints
from rapport_satisfaction.usecases.follow_consents import follow_consents, project_consents
from rapport_satisfaction.usecases.follow_incidents import SWEEP, follow_incidents, project_emergencies, sweep_waiting
from rapport_satisfaction.usecases.follow_recoveries import follow_recoveries
from rapport_satisfaction.usecases.receive_answer import OVERDUE
from rapport_satisfaction.usecases.review_invitations import review_invitations

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
LISTENS = Listens(
    batches=[
        Batch("contacts", [InteractionCompleted, InteractionAmended, InteractionLinked], consider_contacts),
        Batch("complaints", COMPLAINTS, follow_complaints),
        Batch("incidents", INCIDENTS, follow_incidents),
        Batch("recoveries", [RecoveryExecuted], follow_recoveries),
        Batch("consents", CONSENTS, follow_consents),
    ]
)

PROJECTIONS = [
    Projection("complaints", [complaints], COMPLAINTS, project_complaints),
    Projection("emergencies", [emergencies], INCIDENTS, project_emergencies),
    Projection("consents", [consents], CONSENTS, project_consents),
]

TIMERS: TimerTable[SatisfactionWork] = {
    REVIEW: Sets(review_invitations),
    OVERDUE: escalate_follow_up,
    SWEEP: sweep_waiting,
}
