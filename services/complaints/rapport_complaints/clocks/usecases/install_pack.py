"""Install a policy pack: a version of the SLA policy of its code."""

from __future__ import annotations

from rapport_chassis.bodies import Body
from rapport_chassis.commands import example
from rapport_chassis.versions import Since
from rapport_chassis.work import Work
from rapport_kernel.versions import Version

from rapport_complaints.clocks.domain.policies import SlaPolicy
from rapport_complaints.clocks.store.packs import pack
from rapport_complaints.clocks.store.versions import SLA_POLICIES
from rapport_complaints.clocks.usecases.put_policy import demand_reachable


class Installation(Since, Body):
    """From when on it holds."""

    model_config = example({"effective_from": "2026-12-01T00:00:00+08:00"})


async def install_pack(work: Work, code: str, command: Installation) -> Version[SlaPolicy]:
    """Add the version. Raises NotFound, Invalid as `put_policy`, VersionConflict (If-Match is the policy's)."""
    chosen = pack(code)
    await demand_reachable(work, chosen.policy, "calendar", work.now)
    made = await work.store(SLA_POLICIES).add(code, chosen.policy, command.effective_from or work.now)
    detail = {"version": made.version, "edition": chosen.edition}
    await work.audit("policy-pack.install", f"sla-policy:{code}", detail=detail)
    return made
