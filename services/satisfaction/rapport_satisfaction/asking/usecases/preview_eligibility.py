"""Preview whether a customer would be asked, and what each rule says to it. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from rapport_chassis.work import Work
from rapport_kernel.errors import Conflict
from rapport_kernel.ids import new_id

from rapport_satisfaction.asking.domain.eligibility import EligibilityRule, Verdict, decide, explain
from rapport_satisfaction.asking.domain.invitations import Invitation
from rapport_satisfaction.asking.store.rules import RulesInForce
from rapport_satisfaction.asking.usecases.decide_invitations import case_of, facts_about
from rapport_satisfaction.surveys.store import Surveys


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be decided under one trigger rule, with the answer of every eligibility rule in order."""

    rule_key: str
    rule_version: int
    throttle_version: int
    verdict: Verdict
    rules: list[tuple[EligibilityRule, bool]]


async def preview_eligibility(
    work: Work,
    survey_key: str,
    *,
    customer_id: UUID | None,
    channel: str,
    occurred_at: datetime | None,
    human: bool,
) -> list[Preview]:
    """One preview for each trigger rule that sends the survey. Raises NotFound, Conflict `no-rule`."""
    survey = await work.store(Surveys).by_key(survey_key)
    rules = await work.store(RulesInForce).read()
    triggers = [version for version in rules.triggers.values() if version.body.survey == survey_key]
    if not triggers:
        raise Conflict("no-rule", "No trigger rule sends this survey.")
    found: list[Preview] = []
    for version in triggers:
        candidate = Invitation(
            id=new_id(),
            survey=survey_key,
            rule_key=version.code,
            subject="interaction",
            subject_id=new_id(),
            interaction_id=None,
            complaint_id=None,
            customer_id=customer_id,
            channel=channel,
            occurred_at=occurred_at or work.now,
            considered_at=work.now,
            human=human,
            relationship=survey.about_relationship,
        )
        known = await facts_about(work, [candidate], rules)
        case = replace(case_of(work, candidate, rules), facts=known.about(candidate))
        found.append(Preview(version.code, version.version, rules.throttle.version, decide(case), explain(case)))
    return found
