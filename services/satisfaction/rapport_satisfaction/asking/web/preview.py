"""Preview whether a customer would be asked."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.bodies import Body
from rapport_chassis.web import Call, Router
from rapport_chassis.web.operations import Aside
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import Conflict, NotFound

from rapport_satisfaction.asking.usecases.rules import Preview, preview_eligibility
from rapport_satisfaction.surveys.web import READ

router = Router(prefix="/surveys", tags=["surveys"])


class Candidate(Body):
    """A contact that could be asked about; `human` is false where no person handled it."""

    customer_id: UUID | None = None
    channel: str = Field(default="phone", max_length=100)
    occurred_at: UtcTime | None = None
    human: bool = True


class RuleView(BaseModel):
    """One eligibility rule and whether it applies; the first that applies decides."""

    sentence: str
    reason: str
    decision: str
    applies: bool


class PreviewView(BaseModel):
    """The decision that would be made now under one trigger rule."""

    rule_key: str
    rule_version: int
    throttle_version: int
    decision: str
    reason: str
    sentence: str
    rules: list[RuleView]


class Previews(BaseModel):
    """One preview for each trigger rule that sends the survey."""

    previews: list[PreviewView]


@router.post(
    "/{key}:preview-eligibility",
    allow=READ,
    errors=[NotFound, Conflict],
    summary="Preview whether a customer would be asked",
    on=Aside("changes nothing; it asks what would be decided"),
)
async def preview(key: str, body: Candidate, call: Call[Work]) -> Previews:
    """The decision that would be made now, and the result of each rule. Nothing is written."""
    found = await call.run(
        preview_eligibility,
        key,
        customer_id=body.customer_id,
        channel=body.channel,
        occurred_at=body.occurred_at,
        human=body.human,
    )
    return Previews(previews=[_shown(one) for one in found])


def _shown(preview: Preview) -> PreviewView:
    return PreviewView(
        rule_key=preview.rule_key,
        rule_version=preview.rule_version,
        throttle_version=preview.throttle_version,
        decision=preview.verdict.decision,
        reason=preview.verdict.reason,
        sentence=preview.verdict.sentence,
        rules=[
            RuleView(sentence=rule.sentence, reason=rule.reason, decision=rule.decision, applies=applies)
            for rule, applies in preview.rules
        ],
    )
