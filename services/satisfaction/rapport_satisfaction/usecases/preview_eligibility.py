"""Preview whether a customer would be asked, and what each rule says to it. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from rapport_kernel.errors import Conflict
from rapport_kernel.ids import new_id

from rapport_satisfaction.domain.eligibility import EligibilityRule, Verdict, decide, explain
from rapport_satisfaction.domain.invitations import Invitation
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.decide_invitations import case_of, what_is_known


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be decided under one trigger rule, with the answer of every eligibility rule in order."""

    rule_key: str
    rule_version: int
    throttle_version: int
    verdict: Verdict
    rules: list[tuple[EligibilityRule, bool]]


async def preview_eligibility(
    work: SatisfactionWork,
    survey_key: str,
    *,
    customer_id: UUID | None,
    channel: str,
    occurred_at: datetime | None,
    human: bool,
) -> list[Preview]:
    """One preview for each trigger rule that sends the survey. Raises NotFound, Conflict `no-rule`."""
    survey = await work.surveys.by_key(survey_key)
    rules = await work.policies.at(work.now)
    triggers = [version for version in rules.triggers.values() if version.rule.survey == survey_key]
    if not triggers:
        raise Conflict("no-rule", "No trigger rule sends this survey.")
    found: list[Preview] = []
    for version in triggers:
        candidate = Invitation(
            id=new_id(),
            survey=survey_key,
            rule_key=version.key,
            subject="interaction",
            subject_id=new_id(),
            interaction_id=None,
            complaint_id=None,
            customer_id=customer_id,
            channel=channel,
            occurred_at=occurred_at or work.now,
            considered_at=work.now,
            human=human,
            relationship=survey.in_use is not None and survey.in_use.definition.kind == "relationship",
        )
        known = await what_is_known(work, [candidate], rules)
        case = replace(case_of(work, candidate, rules), facts=known.about(candidate))
        found.append(Preview(version.key, version.number, rules.throttle.number, decide(case), explain(case)))
    return found
