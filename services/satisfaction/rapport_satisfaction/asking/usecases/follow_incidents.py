"""Follow emergencies: while one is open nobody is asked about contacts at its touchpoints since it began."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from rapport_chassis.listens import Message
from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_contracts.complaints.incidents import IncidentDeclared, IncidentLevelChanged, IncidentRestored, IncidentUpdated

from rapport_satisfaction.asking.store.facts import EmergencyFact, FactStore
from rapport_satisfaction.asking.store.invitations import Invitations
from rapport_satisfaction.asking.store.rules import RulesInForce
from rapport_satisfaction.asking.usecases.decide_invitations import decide_invitations

SWEEP = "emergency.sweep"
"""The timer that decides again about waiting customers, in portions; its key is the incident, its payload the last one."""
PORTION = 200

IncidentEvent = IncidentDeclared | IncidentLevelChanged | IncidentUpdated | IncidentRestored


async def project_emergencies(work: Work, messages: list[Message[IncidentEvent]]) -> None:
    """Store the emergencies, and whether surveys are held for them; nothing else."""
    await work.store(FactStore).save_emergencies([_fact(message) for message in messages])


async def follow_incidents(work: Work, messages: list[Message[IncidentEvent]]) -> None:
    """Apply what happened to incidents: one statement; waiting customers are decided about again right after the commit."""
    await project_emergencies(work, messages)
    for incident in {message.event.incident_id for message in messages}:
        await work.timers.set(SWEEP, incident, work.now)


async def sweep_waiting(work: Work, timer: Timer) -> None:
    """Decide again about one portion of those scheduled, or held because of an emergency; the next is due at once."""
    after = UUID(timer.payload["after"]) if "after" in timer.payload else None
    found = await work.store(Invitations).touched_by_emergencies(after, PORTION)
    await decide_invitations(work, found, await work.store(RulesInForce).read())
    if len(found) == PORTION:
        last = max(one.id for one in found)
        await work.timers.set(SWEEP, timer.key, work.now + timedelta(milliseconds=1), {"after": str(last)})


def _fact(message: Message[IncidentEvent]) -> EmergencyFact:
    event, sequence = message.event, message.envelope.sequence
    match event:
        case IncidentDeclared():
            return EmergencyFact(
                event.incident_id, sequence, event.touchpoints, holds=event.holds_surveys, began_at=event.began_at
            )
        case IncidentLevelChanged():
            return EmergencyFact(event.incident_id, sequence, event.touchpoints, holds=event.holds_surveys)
        case IncidentUpdated():
            return EmergencyFact(event.incident_id, sequence, event.touchpoints)
        case IncidentRestored():
            return EmergencyFact(event.incident_id, sequence, event.touchpoints, holds=False, began_at=event.began_at)
