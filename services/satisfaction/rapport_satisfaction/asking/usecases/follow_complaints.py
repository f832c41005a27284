"""Follow complaints: while one is open its customer is not asked; a closed one is a candidate itself. Takes sets."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from rapport_chassis.listens import Message
from rapport_chassis.work import Work
from rapport_contracts.complaints.cases import (
    ComplaintClosed,
    ComplaintImported,
    ComplaintLinked,
    ComplaintReceived,
    ComplaintReopened,
    ComplaintWithdrawn,
)
from rapport_contracts.complaints.side_ways import ComplaintMarkedDuplicate, ComplaintTransferred
from rapport_kernel.ids import new_id
from rapport_kernel.versions import Version

from rapport_satisfaction.asking.domain.invitations import WAITING, Invitation
from rapport_satisfaction.asking.domain.policies import TriggerRule
from rapport_satisfaction.asking.store.facts import ComplaintFact, FactStore
from rapport_satisfaction.asking.store.invitations import Invitations
from rapport_satisfaction.asking.store.rules import RulesInForce
from rapport_satisfaction.asking.usecases.decide_invitations import decide_invitations
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
            id=new_id(),
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
