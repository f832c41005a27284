"""Rules of asking: change one, from now or from a later time on, earlier decisions stay as they were; and preview what each
says to a customer, which changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel
from rapport_chassis.versions import VersionedKind
from rapport_chassis.work import Work
from rapport_kernel.errors import Conflict, Invalid
from rapport_kernel.ids import new_id
from rapport_kernel.versions import Version

from rapport_satisfaction.asking.domain.eligibility import EligibilityRule, Verdict, decide, explain
from rapport_satisfaction.asking.domain.invitations import Invitation
from rapport_satisfaction.asking.domain.policies import TriggerRule
from rapport_satisfaction.asking.store.rules import RulesInForce
from rapport_satisfaction.asking.usecases.invitations import case_of, facts_about
from rapport_satisfaction.surveys.store import Surveys

R = TypeVar("R", bound=BaseModel)


async def change_rule(
    work: Work, kind: VersionedKind[R], code: str, rule: R, *, effective_from: datetime | None, reason: str
) -> Version[R]:
    """The new version. Raises Invalid `retroactive`, Conflict `not-published` for a survey that cannot be sent,
    VersionConflict."""
    begins = effective_from or work.now
    if begins < work.now:
        raise Invalid.at("effective_from", "retroactive")
    if isinstance(rule, TriggerRule):
        survey = (await work.store(Surveys).by_keys([rule.survey])).get(rule.survey)
        if survey is None or survey.in_use is None:
            raise Conflict("not-published")
    made = await work.store(kind).add(code, rule, begins, reason)
    await work.audit(f"{kind.name}.put", f"{kind.name}:{code}", reason=reason, detail={"version": made.version})
    return made


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
        raise Conflict("no-rule")
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
