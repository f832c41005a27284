"""Ask about a recovery once it was done (S67): whether it satisfied the customer. Takes sets."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.listens import Message
from rapport_chassis.work import Work
from rapport_contracts.complaints.recovery import RecoveryExecuted
from rapport_kernel.ids import new_id
from rapport_kernel.versions import Version

from rapport_satisfaction.asking.domain.invitations import Invitation
from rapport_satisfaction.asking.domain.policies import TriggerRule
from rapport_satisfaction.asking.store.invitations import Invitations
from rapport_satisfaction.asking.store.rules import RulesInForce
from rapport_satisfaction.asking.usecases.decide_invitations import decide_invitations
from rapport_satisfaction.surveys.store import Surveys


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
            one = _candidate(work, version, message.event, relationship=version.body.survey in relationships)
            made[one.id] = one
            work.store(Invitations).because_of(one, message.envelope)
    await decide_invitations(work, made.values(), rules)


def _candidate(work: Work, version: Version[TriggerRule], event: RecoveryExecuted, *, relationship: bool) -> Invitation:
    return work.store(Invitations).add(
        Invitation(
            id=new_id(),
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
