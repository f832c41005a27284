"""Follow complaints, emergencies and recoveries: while a complaint is open its customer is not asked, and while an
emergency is open nobody is about contacts at its touchpoints since it began; a closed complaint and a recovery that was
done (S67) are candidates themselves. Takes sets.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID

from rapport_chassis.listens import Message
from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
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
from rapport_kernel.versions import Version

from rapport_satisfaction.asking.domain.invitations import WAITING, Invitation, invitation_id
from rapport_satisfaction.asking.domain.policies import TriggerRule
from rapport_satisfaction.asking.store.facts import ComplaintFact, EmergencyFact, FactStore
from rapport_satisfaction.asking.store.invitations import Invitations
from rapport_satisfaction.asking.store.rules import RulesInForce
from rapport_satisfaction.asking.usecases.invitations import decide_invitations
from rapport_satisfaction.surveys.store import Surveys

ComplaintEvent = (
    ComplaintReceived
    | ComplaintImported
    | ComplaintClosed
    | ComplaintWithdrawn
    | ComplaintMarkedDuplicate
    | ComplaintTransferred
    | ComplaintReopened
    | ComplaintLinked
)

ENDED = {"closed", "withdrawn", "duplicate", "transferred"}
"""States in which nobody works on a complaint any more; an imported one may come without the time of its end."""


async def project_complaints(work: Work, messages: list[Message[ComplaintEvent]]) -> None:
    """Store which complaints are open, and whose; nothing else."""
    await work.store(FactStore).save_complaints([_fact(message) for message in messages])


async def follow_complaints(work: Work, messages: list[Message[ComplaintEvent]]) -> None:
    """Apply what happened to complaints; ask about closed ones, then decide again about customers who wait because of them.

    The survey about the complaint comes before one that waited for its end: only one of the two passes the throttle.
    A complaint that was received and closed in one set goes through both, as it would have in two.
    """
    for turn in _turns(messages):
        await _follow(work, turn)
        await work.flush()


def _turns(messages: list[Message[ComplaintEvent]]) -> list[list[Message[ComplaintEvent]]]:
    """The messages in order, each complaint at most once in a turn; usually that is one turn."""
    seen: Counter[UUID] = Counter()
    turns: list[list[Message[ComplaintEvent]]] = []
    for message in messages:
        place = seen[message.event.complaint_id]
        seen[message.event.complaint_id] += 1
        if place == len(turns):
            turns.append([])
        turns[place].append(message)
    return turns


async def _follow(work: Work, messages: list[Message[ComplaintEvent]]) -> None:
    rules = await work.store(RulesInForce).read()
    complaints = {message.event.complaint_id for message in messages}
    await project_complaints(work, messages)
    customers = await work.store(FactStore).customers_of(complaints)
    await work.store(Invitations).lock_customers(customers)
    interactions = {one for message in messages if (one := getattr(message.event, "interaction_id", None)) is not None}
    about = await work.store(Invitations).about(interactions, complaints)
    existing = {(one.rule_key, one.subject_id): one for one in about if one.subject == "complaint"}
    triggers = rules.triggered_by("complaint.closed")
    surveys = await work.store(Surveys).by_keys([version.body.survey for version in triggers])
    relationships = {key for key, survey in surveys.items() if survey.about_relationship}
    touchpoints = {one.interaction_id: one.touchpoint for one in about if one.subject == "interaction"}
    first: dict[UUID, Invitation] = {}
    for message in messages:
        event = message.event
        found = [one for (_, subject), one in existing.items() if subject == event.complaint_id]
        if isinstance(event, ComplaintClosed | ComplaintImported):
            for version in triggers:
                if (version.code, event.complaint_id) not in existing:
                    made = _candidate(work, version, event, relationship=version.body.survey in relationships)
                    made.touchpoint = touchpoints.get(made.interaction_id)
                    existing[version.code, event.complaint_id] = made
                    found.append(made)
        for invitation in found:
            _update(invitation, event)
        first |= {one.id: one for one in found}
        for one in found:
            work.store(Invitations).because_of(one, message.envelope)
    waiting = await work.store(Invitations).waiting_of(customers, WAITING)
    rest = {one.id: one for one in [*about, *waiting] if one.id not in first}
    await decide_invitations(work, [*first.values(), *rest.values()], rules)


def _fact(message: Message[ComplaintEvent]) -> ComplaintFact:
    event, sequence = message.event, message.envelope.sequence
    customer = event.customer_id
    match event:
        case ComplaintReceived():
            return ComplaintFact(event.complaint_id, sequence, True, customer, event.interaction_id)
        case ComplaintClosed():
            return ComplaintFact(event.complaint_id, sequence, False, customer, event.interaction_id)
        case ComplaintImported():
            ended = event.closed_at is not None or event.state in ENDED
            return ComplaintFact(event.complaint_id, sequence, not ended, customer)
        case ComplaintWithdrawn() | ComplaintMarkedDuplicate() | ComplaintTransferred():
            return ComplaintFact(event.complaint_id, sequence, False, customer)
        case ComplaintReopened():
            return ComplaintFact(event.complaint_id, sequence, True, customer)
        case ComplaintLinked():
            return ComplaintFact(event.complaint_id, sequence, None, customer)


def _candidate(
    work: Work, version: Version[TriggerRule], event: ComplaintClosed | ComplaintImported, *, relationship: bool
) -> Invitation:
    imported = isinstance(event, ComplaintImported)
    return work.store(Invitations).add(
        Invitation(
            id=invitation_id(version.code, event.complaint_id),
            survey=version.body.survey,
            rule_key=version.code,
            subject="complaint",
            subject_id=event.complaint_id,
            interaction_id=None if isinstance(event, ComplaintImported) else event.interaction_id,
            complaint_id=event.complaint_id,
            customer_id=event.customer_id,
            channel=str(event.channel),
            occurred_at=event.closed_at or event.received_at if isinstance(event, ComplaintImported) else event.closed_at,
            considered_at=work.now,
            imported=imported,
            relationship=relationship,
        )
    )


def _update(invitation: Invitation, event: ComplaintEvent) -> None:
    if isinstance(event, ComplaintClosed):
        invitation.update_contact(
            channel=str(event.channel),
            human=True,
            touchpoint=invitation.touchpoint,
            agent=event.assignee,
            agents=list(event.handlers),
            occurred_at=event.closed_at,
        )
    if event.customer_id is not None:
        invitation.belongs_to(event.customer_id)


async def follow_recoveries(work: Work, messages: list[Message[RecoveryExecuted]]) -> None:
    """Every recovery that was done is a candidate of every rule for `recovery.executed`, once; a second survey is sent by
    hand. Open complaints, consent and the throttle count as for every survey."""
    rules = await work.store(RulesInForce).read()
    triggers = rules.triggered_by("recovery.executed")
    surveys = await work.store(Surveys).by_keys([version.body.survey for version in triggers])
    relationships = {key for key, survey in surveys.items() if survey.about_relationship}
    about = await work.store(Invitations).of_rules(
        [version.code for version in triggers], [message.event.recovery_id for message in messages]
    )
    existing = {(one.rule_key, one.subject_id) for one in about}
    made: dict[UUID, Invitation] = {}
    for message in messages:
        for version in triggers:
            if (version.code, message.event.recovery_id) in existing:
                continue
            existing.add((version.code, message.event.recovery_id))
            one = _candidate_of_recovery(work, version, message.event, relationship=version.body.survey in relationships)
            made[one.id] = one
            work.store(Invitations).because_of(one, message.envelope)
    await decide_invitations(work, made.values(), rules)


def _candidate_of_recovery(
    work: Work, version: Version[TriggerRule], event: RecoveryExecuted, *, relationship: bool
) -> Invitation:
    return work.store(Invitations).add(
        Invitation(
            id=invitation_id(version.code, event.recovery_id),
            survey=version.body.survey,
            rule_key=version.code,
            subject="recovery",
            subject_id=event.recovery_id,
            interaction_id=None,
            complaint_id=event.complaint_id,
            customer_id=event.customer_id,
            channel="other",
            occurred_at=event.executed_at,
            considered_at=work.now,
            relationship=relationship,
        )
    )


SWEEP = "emergency.sweep"
"""The timer that decides again about waiting customers, in portions; its key is the incident, its payload the last one."""
PORTION = 200

IncidentEvent = IncidentDeclared | IncidentLevelChanged | IncidentUpdated | IncidentRestored


async def project_emergencies(work: Work, messages: list[Message[IncidentEvent]]) -> None:
    """Store the emergencies, and whether surveys are held for them; nothing else."""
    await work.store(FactStore).save_emergencies([_fact_of_emergency(message) for message in messages])


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


def _fact_of_emergency(message: Message[IncidentEvent]) -> EmergencyFact:
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
