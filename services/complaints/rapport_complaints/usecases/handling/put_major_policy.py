"""Add a version of what a major complaint is."""

from __future__ import annotations

from pydantic import Field
from rapport_kernel.errors import FieldError, Invalid, NotFound

from rapport_complaints.domain.clocks.policies import EffectiveFrom, Version, calendar_of
from rapport_complaints.domain.handling.major_data import MAJOR_POLICY, SHIPPED_MAJOR_POLICY, MajorPolicy
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.command import example


class NewMajorPolicy(MajorPolicy):
    """The policy as it is from a time on; cases keep the version under which they were declared."""

    model_config = example(SHIPPED_MAJOR_POLICY.model_dump(mode="json", exclude_defaults=True))

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


async def put_major_policy(work: ComplaintsWork, code: str, said: NewMajorPolicy) -> Version[MajorPolicy]:
    """Add the version. Raises NotFound for another code than that of the one policy that counts, Invalid
    `unknown-calendar`, `never` for a limit that the calendar never reaches, VersionConflict."""
    if code != MAJOR_POLICY:
        raise NotFound
    body = MajorPolicy(**{name: getattr(said, name) for name in MajorPolicy.model_fields})
    try:
        calendar = calendar_of(await work.calendars.of(body.calendar))
    except NotFound:
        message = "There is no calendar of this code."
        raise Invalid("unknown-calendar", message, [FieldError("calendar", "unknown-calendar", message)]) from None
    for step in body.steps:
        if step.within is not None:
            counted_in, duration = step.within.on(calendar)
            counted_in.add(work.now, duration)
    made = await work.major_policies.add(code, body, said.effective_from or work.now)
    await work.audit("major-policy.put", f"major-policy:{code}", detail={"version": made.version})
    return made
