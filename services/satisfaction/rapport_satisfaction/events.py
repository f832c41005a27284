"""What Satisfaction listens to. All of it comes in sets: a consumer group each, one transaction for a polled batch."""

from __future__ import annotations

from rapport_chassis.listens import Batch, Listens
from rapport_chassis.timers import Sets, TimerTable
from rapport_contracts.complaints import (
    ComplaintClosed,
    ComplaintImported,
    ComplaintLinked,
    ComplaintReceived,
    ComplaintReopened,
    ComplaintWithdrawn,
)
from rapport_contracts.complaints_life import ComplaintMarkedDuplicate, ComplaintTransferred
from rapport_contracts.incidents import IncidentDeclared, IncidentLevelChanged, IncidentRestored, IncidentUpdated
from rapport_contracts.interactions import InteractionAmended, InteractionCompleted, InteractionLinked
from rapport_contracts.profiles import ConsentGranted, ConsentWithdrawn
from rapport_contracts.recovery import RecoveryExecuted

from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.advance_follow_up import escalate_follow_up
from rapport_satisfaction.usecases.announce_shipped import announce_shipped
from rapport_satisfaction.usecases.consider_contacts import consider_contacts
from rapport_satisfaction.usecases.decide_invitations import REVIEW
from rapport_satisfaction.usecases.follow_complaints import follow_complaints
from rapport_satisfaction.usecases.follow_consents import follow_consents
from rapport_satisfaction.usecases.follow_incidents import SWEEP, follow_incidents, sweep_waiting
from rapport_satisfaction.usecases.follow_recoveries import follow_recoveries
from rapport_satisfaction.usecases.receive_answer import OVERDUE
from rapport_satisfaction.usecases.review_invitations import review_invitations

LISTENS = Listens(
    batches=[
        Batch("contacts", [InteractionCompleted, InteractionAmended, InteractionLinked], consider_contacts),
        Batch(
            "complaints",
            [
                ComplaintReceived,
                ComplaintImported,
                ComplaintClosed,
                ComplaintWithdrawn,
                ComplaintMarkedDuplicate,
                ComplaintTransferred,
                ComplaintReopened,
                ComplaintLinked,
            ],
            follow_complaints,
        ),
        Batch("incidents", [IncidentDeclared, IncidentLevelChanged, IncidentUpdated, IncidentRestored], follow_incidents),
        Batch("recoveries", [RecoveryExecuted], follow_recoveries),
        Batch("consents", [ConsentGranted, ConsentWithdrawn], follow_consents),
    ]
)

TIMERS: TimerTable[SatisfactionWork] = {
    REVIEW: Sets(review_invitations),
    OVERDUE: escalate_follow_up,
    SWEEP: sweep_waiting,
    "surveys.announce": announce_shipped,
}
