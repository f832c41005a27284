"""Consider asking about finished contacts, again when one is amended or gets its customer. Takes sets."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.listens import Message
from rapport_chassis.work import Work
from rapport_contracts.interactions.contacts import InteractionAmended, InteractionCompleted, InteractionLinked, Summary
from rapport_contracts.interactions.vocabulary import ContactOutcome
from rapport_kernel.versions import Version

from rapport_satisfaction.asking.domain.eligibility import NO_HUMAN_CONTACT
from rapport_satisfaction.asking.domain.invitations import Invitation, invitation_id
from rapport_satisfaction.asking.domain.policies import TriggerRule
from rapport_satisfaction.asking.store.invitations import Invitations
from rapport_satisfaction.asking.store.rules import RulesInForce
from rapport_satisfaction.asking.usecases.invitations import decide_invitations
from rapport_satisfaction.surveys.domain import Survey
from rapport_satisfaction.surveys.store import Surveys

ContactFact = InteractionCompleted | InteractionAmended | InteractionLinked


async def consider_contacts(work: Work, messages: list[Message[ContactFact]]) -> None:
    """Every finished contact is a candidate of every rule for `interaction.completed`; each gets a decision and reason."""
    rules = await work.store(RulesInForce).read()
    triggers = rules.triggered_by("interaction.completed")
    surveys = await work.store(Surveys).by_keys([version.body.survey for version in triggers])
    about = await work.store(Invitations).about(interactions=[message.event.interaction_id for message in messages])
    existing = {(one.rule_key, one.subject_id): one for one in about if one.subject == "interaction"}
    touched: dict[UUID, Invitation] = {}
    for message in messages:
        event = message.event
        if isinstance(event, InteractionLinked):
            found = [one for (_, subject_id), one in existing.items() if subject_id == event.interaction_id]
            for invitation in found:
                invitation.belongs_to(event.customer_id)
        else:
            found = []
            for version in triggers:
                known = existing.get((version.code, event.interaction_id))
                found.append(_update(known, event.summary) if known else _candidate(work, version, surveys, event))
                existing[version.code, event.interaction_id] = found[-1]
        touched |= {one.id: one for one in found}
        for one in found:
            work.store(Invitations).because_of(one, message.envelope)
    await decide_invitations(work, touched.values(), rules)


def _candidate(
    work: Work,
    version: Version[TriggerRule],
    surveys: dict[str, Survey],
    event: InteractionCompleted | InteractionAmended,
) -> Invitation:
    summary = event.summary
    return work.store(Invitations).add(
        Invitation(
            id=invitation_id(version.code, event.interaction_id),
            survey=version.body.survey,
            rule_key=version.code,
            subject="interaction",
            subject_id=event.interaction_id,
            interaction_id=event.interaction_id,
            complaint_id=None,
            customer_id=summary.customer_id,
            channel=str(summary.channel),
            occurred_at=summary.ended_at or summary.started_at,
            considered_at=work.now,
            human=handled_by_a_person(summary),
            relationship=surveys[version.body.survey].about_relationship,
            touchpoint=summary.touchpoint,
            agent=summary.last_agent,
            agents=list(summary.agents),
        )
    )


def _update(invitation: Invitation, summary: Summary) -> Invitation:
    invitation.update_contact(
        channel=str(summary.channel),
        human=handled_by_a_person(summary),
        touchpoint=summary.touchpoint,
        agent=summary.last_agent,
        agents=list(summary.agents),
        occurred_at=summary.ended_at or summary.started_at,
    )
    if summary.customer_id is not None:
        invitation.belongs_to(summary.customer_id)
    if invitation.state == "blocked" and invitation.reason == NO_HUMAN_CONTACT and invitation.human:
        invitation.move("reconsider")
    return invitation


def handled_by_a_person(summary: Summary) -> bool:
    """Answered by a person: a bot alone leaves neither an agent nor time of service (S44)."""
    return summary.outcome == ContactOutcome.ANSWERED and (bool(summary.agents) or summary.durations.service > 0)
