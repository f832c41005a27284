"""Add versions of what repairs go by: vendors and limits. Each raises VersionConflict."""

from __future__ import annotations

from pydantic import Field
from rapport_kernel.errors import FieldError, Invalid, NotFound

from rapport_complaints.domain.clocks.policies import EffectiveFrom, Version
from rapport_complaints.domain.repairs.repair_data import REPAIR_POLICY, RepairPolicy, Vendor
from rapport_complaints.store.work import ComplaintsWork


class NewVendor(Vendor):
    """A vendor as it is from a time on."""

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


class NewRepairPolicy(RepairPolicy):
    """The limits as they are from a time on, for repairs requested from then on."""

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


async def put_vendor(work: ComplaintsWork, code: str, said: NewVendor) -> Version[Vendor]:
    """Add the version."""
    body = Vendor(categories=said.categories, in_use=said.in_use)
    made = await work.vendors.add(code, body, said.effective_from or work.now)
    await work.audit("vendor.put", f"vendor:{code}", detail={"version": made.version})
    return made


async def put_repair_policy(work: ComplaintsWork, code: str, said: NewRepairPolicy) -> Version[RepairPolicy]:
    """Add the version. Raises NotFound for another code than that of the one policy that counts, Invalid
    `unknown-calendar`."""
    if code != REPAIR_POLICY:
        raise NotFound
    body = RepairPolicy(**{name: getattr(said, name) for name in RepairPolicy.model_fields})
    try:
        await work.calendars.of(body.calendar)
    except NotFound:
        message = "There is no calendar of this code."
        raise Invalid("unknown-calendar", message, [FieldError("calendar", "unknown-calendar", message)]) from None
    made = await work.repair_policies.add(code, body, said.effective_from or work.now)
    await work.audit("repair-policy.put", f"repair-policy:{code}", detail={"version": made.version})
    return made
