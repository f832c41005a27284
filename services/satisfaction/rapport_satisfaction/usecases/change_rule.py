"""Change a rule: add its next version, from now or from a later time on. What was decided before stays as it was."""

from __future__ import annotations

from datetime import datetime

from rapport_kernel.errors import Conflict, Invalid

from rapport_satisfaction.domain.policies import Policy, PolicyKind, TriggerRule, Version
from rapport_satisfaction.store.work import SatisfactionWork


async def change_rule(
    work: SatisfactionWork, kind: PolicyKind, key: str, rule: Policy, *, effective_from: datetime | None, reason: str
) -> Version[Policy]:
    """The new version. Raises Invalid `retroactive`, Conflict `not-published` for a survey that cannot be sent."""
    begins = effective_from or work.now
    if begins < work.now:
        raise Invalid("retroactive", "A rule can only be changed from now on.")
    if isinstance(rule, TriggerRule):
        survey = (await work.surveys.by_keys([rule.survey])).get(rule.survey)
        if survey is None or survey.in_use is None:
            raise Conflict("not-published", "The rule names a survey of which no version is published.")
    await work.policies.lock(kind, key)
    before = await work.policies.history(kind, key)
    number = max((version.number for version in before), default=0) + 1
    version: Version[Policy] = Version(kind, key, number, begins, rule, reason, str(work.actor), work.now)
    await work.policies.add([version])
    await work.audit("rule.changed", f"rule:{kind}:{key}", reason=reason, detail={"version": number})
    return version
