"""Add versions of what finding out goes by: taxonomies and the policy of trends. Each raises VersionConflict."""

from __future__ import annotations

from pydantic import Field
from rapport_kernel.errors import FieldError, Invalid, NotFound
from rapport_kernel.wall_time import zone_of

from rapport_complaints.domain.clocks.policies import EffectiveFrom, Version
from rapport_complaints.domain.finding.taxonomy import Kind, Taxonomy
from rapport_complaints.domain.finding.trends import TRENDS, TrendPolicy
from rapport_complaints.store.work import ComplaintsWork


class NewTaxonomy(Taxonomy):
    """A taxonomy as it is from a time on; what was classified keeps its version."""

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


class NewTrendPolicy(TrendPolicy):
    """The policy as it is from a time on; what was found keeps its version."""

    effective_from: EffectiveFrom | None = Field(default=None, description="Null: from now on.")


async def put_taxonomy(work: ComplaintsWork, kind: Kind, said: NewTaxonomy) -> Version[Taxonomy]:
    """Add the version. Raises Invalid `sources-of-causes`: only categories are mapped."""
    if kind == Kind.CAUSES and said.sources:
        message = "Codes of other systems are mapped to categories only."
        raise Invalid("sources-of-causes", message, [FieldError("sources", "sources-of-causes", message)])
    body = Taxonomy(name=said.name, entries=said.entries, sources=said.sources)
    made = await work.taxonomies.add(kind.value, body, said.effective_from or work.now)
    await work.audit("taxonomy.put", f"taxonomy:{kind.value}", detail={"version": made.version})
    return made


async def put_trend_policy(work: ComplaintsWork, code: str, said: NewTrendPolicy) -> Version[TrendPolicy]:
    """Add the version. Raises NotFound for another code than that of the one policy that counts, Invalid
    `unknown-time-zone`."""
    if code != TRENDS:
        raise NotFound
    zone_of(said.zone)
    body = TrendPolicy(**said.model_dump(exclude={"effective_from"}))
    made = await work.trend_policies.add(code, body, said.effective_from or work.now)
    await work.audit("trend-policy.put", f"trend-policy:{code}", detail={"version": made.version})
    return made
