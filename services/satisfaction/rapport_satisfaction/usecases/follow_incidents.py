"""Follow the emergencies: while one is open nobody is asked about what he met at its touchpoints since it began."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from rapport_chassis.listens import Message
from rapport_chassis.timers import Timer
from rapport_contracts.complaints.incidents import IncidentDeclared, IncidentLevelChanged, IncidentRestored, IncidentUpdated

from rapport_satisfaction.store.facts import EmergencyFact
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.decide_invitations import decide_invitations

SWEEP = "emergency.sweep"
"""The timer that looks again at whoever waits, in portions; its key is the incident, its payload says after which one."""
PORTION = 200

IncidentEvent = IncidentDeclared | IncidentLevelChanged | IncidentUpdated | IncidentRestored


async def project_emergencies(work: SatisfactionWork, messages: list[Message[IncidentEvent]]) -> None:
    """Keep the emergencies, and whether surveys are held for them; nothing else."""
    await work.facts.take_emergencies([_fact(message) for message in messages])


async def follow_incidents(work: SatisfactionWork, messages: list[Message[IncidentEvent]]) -> None:
    """Take in what happened to incidents: one statement; those who wait are looked at again right after the commit."""
    await project_emergencies(work, messages)
    for incident in {message.event.incident_id for message in messages}:
        await work.timers.set(SWEEP, incident, work.now)


async def sweep_waiting(work: SatisfactionWork, timer: Timer) -> None:
    """One portion of those who are scheduled, or held because of an emergency; the next is due at once."""
    after = UUID(timer.payload["after"]) if "after" in timer.payload else None
    found = await work.invitations.touched_by_emergencies(after, PORTION)
    await decide_invitations(work, found, await work.policies.at(work.now))
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
