"""Add a version of an SLA policy."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from rapport_kernel.errors import FieldError, Invalid, NotFound

from rapport_complaints.domain.clocks.policies import EffectiveFrom, SlaPolicy, Version, calendar_of
from rapport_complaints.store.work import ComplaintsWork


class NewPolicy(SlaPolicy):
    """A policy as it is from a time on, for complaints received from then on; running clocks keep their version."""

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


async def put_policy(work: ComplaintsWork, code: str, said: NewPolicy) -> Version[SlaPolicy]:
    """Add the version. Raises Invalid `unknown-calendar`, `never`, VersionConflict."""
    body = SlaPolicy(**said.model_dump(exclude={"effective_from"}))
    made = await add_policy(work, code, body, said.effective_from)
    await work.audit("sla-policy.put", f"sla-policy:{code}", detail={"version": made.version})
    return made


async def add_policy(
    work: ComplaintsWork, code: str, body: SlaPolicy, effective_from: datetime | None
) -> Version[SlaPolicy]:
    """The next version of a policy, in force from then or from now on; audited by whoever calls. Raises as above."""
    await demand_calendar(work, body, "calendar", work.now)
    return await work.policies.add(code, body, effective_from or work.now)


async def demand_calendar(work: ComplaintsWork, body: SlaPolicy, field: str, now: datetime) -> None:
    """There is a calendar that this policy can be reckoned in. Raises Invalid at `field`: `unknown-calendar`, and `never`
    when a limit is more than it has within 40 years."""
    try:
        calendar = calendar_of(await work.calendars.of(body.calendar))
    except NotFound:
        wrong = FieldError(field, "unknown-calendar", "There is no calendar of this code.")
        raise Invalid("unknown-calendar", "There is no calendar of this code.", [wrong]) from None
    for limit in (limit for rule in body.rules for limit in rule.limits):
        counted_in, duration = limit.on(calendar)
        counted_in.add(now, duration)
