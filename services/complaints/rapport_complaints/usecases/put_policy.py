"""Add a version of an SLA policy."""

from __future__ import annotations

from pydantic import Field
from rapport_kernel.errors import FieldError, Invalid, NotFound

from rapport_complaints.domain.policies import EffectiveFrom, SlaPolicy, Version
from rapport_complaints.store.work import ComplaintsWork


class NewPolicy(SlaPolicy):
    """A policy as it is from a time on, for complaints received from then on; running clocks keep their version."""

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


async def put_policy(work: ComplaintsWork, code: str, said: NewPolicy) -> Version[SlaPolicy]:
    """Add the version. Raises Invalid `unknown-calendar`, VersionConflict."""
    body = SlaPolicy(**said.model_dump(exclude={"effective_from"}))
    try:
        await work.calendars.of(body.calendar)
    except NotFound:
        wrong = FieldError("calendar", "unknown-calendar", "There is no calendar of this code.")
        raise Invalid("unknown-calendar", "There is no calendar of this code.", [wrong]) from None
    made = await work.policies.add(code, body, said.effective_from or work.now)
    await work.audit("sla-policy.put", f"sla-policy:{code}", detail={"version": made.version})
    return made
