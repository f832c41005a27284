"""Ask about a recovery once it was done (S67): how the customer takes what was done for him. Takes sets."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.listens import Message
from rapport_contracts.complaints.recovery import RecoveryExecuted
from rapport_kernel.ids import new_id

from rapport_satisfaction.domain.invitations import Invitation
from rapport_satisfaction.domain.policies import TriggerRule, Version
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.decide_invitations import decide_invitations


async def follow_recoveries(work: SatisfactionWork, messages: list[Message[RecoveryExecuted]]) -> None:
    """Every recovery that was done is a candidate of every rule for `recovery.executed`, once; a second time he is
    asked by hand. What holds for all surveys holds for this one: open complaints, consent, the throttle."""
    rules = await work.policies.at(work.now)
    triggers = [v for v in rules.triggers.values() if v.rule.event == "recovery.executed" and v.rule.enabled]
    surveys = await work.surveys.by_keys([version.rule.survey for version in triggers])
    relationships = {key for key, one in surveys.items() if one.in_use and one.in_use.definition.kind == "relationship"}
    about = await work.invitations.of_rules(
        [version.key for version in triggers], [message.event.recovery_id for message in messages]
    )
    there = {(one.rule_key, one.subject_id) for one in about}
    made: dict[UUID, Invitation] = {}
    for message in messages:
        for version in triggers:
            if (version.key, message.event.recovery_id) in there:
                continue
            there.add((version.key, message.event.recovery_id))
            one = _candidate(work, version, message.event, relationship=version.rule.survey in relationships)
            made[one.id] = one
            work.invitations.because_of(one, message.envelope)
    await decide_invitations(work, made.values(), rules)


def _candidate(
    work: SatisfactionWork, version: Version[TriggerRule], event: RecoveryExecuted, *, relationship: bool
) -> Invitation:
    return work.invitations.add(
        Invitation(
            id=new_id(),
            survey=version.rule.survey,
            rule_key=version.key,
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
