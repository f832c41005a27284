"""Change a rule: add its next version, from now or from a later time on. Earlier decisions stay as they were."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel
from rapport_chassis.versions import VersionedKind
from rapport_chassis.work import Work
from rapport_kernel.errors import Conflict, Invalid
from rapport_kernel.versions import Version

from rapport_satisfaction.asking.domain.policies import TriggerRule
from rapport_satisfaction.surveys.store import Surveys

R = TypeVar("R", bound=BaseModel)


async def change_rule(
    work: Work, kind: VersionedKind[R], code: str, rule: R, *, effective_from: datetime | None, reason: str
) -> Version[R]:
    """The new version. Raises Invalid `retroactive`, Conflict `not-published` for a survey that cannot be sent,
    VersionConflict."""
    begins = effective_from or work.now
    if begins < work.now:
        raise Invalid("retroactive", "A rule can only be changed from now on.")
    if isinstance(rule, TriggerRule):
        survey = (await work.store(Surveys).by_keys([rule.survey])).get(rule.survey)
        if survey is None or survey.in_use is None:
            raise Conflict("not-published", "No version of the survey in this rule is published.")
    made = await work.store(kind).add(code, rule, begins, reason)
    await work.audit(f"{kind.name}.put", f"{kind.name}:{code}", reason=reason, detail={"version": made.version})
    return made
