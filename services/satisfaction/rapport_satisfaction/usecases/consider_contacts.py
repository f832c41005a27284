"""Consider asking about contacts that are over, look again when one is amended or gets its customer. Takes sets."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.listens import Message
from rapport_contracts.interactions.contacts import InteractionAmended, InteractionCompleted, InteractionLinked, Summary
from rapport_contracts.interactions.vocabulary import Outcome
from rapport_kernel.ids import new_id

from rapport_satisfaction.domain.eligibility import NO_HUMAN_CONTACT
from rapport_satisfaction.domain.invitations import Invitation
from rapport_satisfaction.domain.policies import TriggerRule, Version
from rapport_satisfaction.domain.surveys import Survey
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.decide_invitations import decide_invitations

ContactFact = InteractionCompleted | InteractionAmended | InteractionLinked


async def consider_contacts(work: SatisfactionWork, messages: list[Message[ContactFact]]) -> None:
    """Every finished contact is a candidate of every rule for `interaction.completed`; each gets a decision and reason."""
    rules = await work.policies.at(work.now)
    triggers = [v for v in rules.triggers.values() if v.rule.event == "interaction.completed" and v.rule.enabled]
    surveys = await work.surveys.by_keys([version.rule.survey for version in triggers])
    about = await work.invitations.about(interactions=[message.event.interaction_id for message in messages])
    there = {(one.rule_key, one.subject_id): one for one in about if one.subject == "interaction"}
    touched: dict[UUID, Invitation] = {}
    for message in messages:
        event = message.event
        if isinstance(event, InteractionLinked):
            found = [one for (_, subject_id), one in there.items() if subject_id == event.interaction_id]
            for invitation in found:
                invitation.belongs_to(event.customer_id)
        else:
            found = []
            for version in triggers:
                known = there.get((version.key, event.interaction_id))
                found.append(_learn(known, event.summary) if known else _candidate(work, version, surveys, event))
                there[version.key, event.interaction_id] = found[-1]
        touched |= {one.id: one for one in found}
        for one in found:
            work.invitations.because_of(one, message.envelope)
    await decide_invitations(work, touched.values(), rules)


def _candidate(
    work: SatisfactionWork,
    version: Version[TriggerRule],
    surveys: dict[str, Survey],
    event: InteractionCompleted | InteractionAmended,
) -> Invitation:
    summary = event.summary
    in_use = surveys[version.rule.survey].in_use
    return work.invitations.add(
        Invitation(
            id=new_id(),
            survey=version.rule.survey,
            rule_key=version.key,
            subject="interaction",
            subject_id=event.interaction_id,
            interaction_id=event.interaction_id,
            complaint_id=None,
            customer_id=summary.customer_id,
            channel=str(summary.channel),
            occurred_at=summary.ended_at or summary.started_at,
            considered_at=work.now,
            human=spoke_to_a_person(summary),
            relationship=in_use is not None and in_use.definition.kind == "relationship",
            touchpoint=summary.touchpoint,
            agent=summary.last_agent,
            agents=list(summary.agents),
        )
    )


def _learn(invitation: Invitation, summary: Summary) -> Invitation:
    invitation.learn(
        channel=str(summary.channel),
        human=spoke_to_a_person(summary),
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


def spoke_to_a_person(summary: Summary) -> bool:
    """Answered, and by somebody: a bot alone leaves neither an agent nor time of service (S44)."""
    return summary.outcome == Outcome.ANSWERED and (bool(summary.agents) or summary.durations.service > 0)
