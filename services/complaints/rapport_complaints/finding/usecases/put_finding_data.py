"""Add versions of what finding out goes by: taxonomies and the policy of trends. Each raises VersionConflict."""

from __future__ import annotations

from rapport_chassis.versions import Since
from rapport_kernel.errors import Invalid
from rapport_kernel.versions import Version
from rapport_kernel.wall_time import zone_of

from rapport_complaints.finding.domain.trends import TrendPolicy
from rapport_complaints.taxonomies.domain.taxonomy import Kind, Taxonomy
from rapport_complaints.work import ComplaintsWork


class NewTaxonomy(Since, Taxonomy):
    """A taxonomy as it is from a time on; what was classified keeps its version."""


class NewTrendPolicy(Since, TrendPolicy):
    """The policy as it is from a time on; what was found keeps its version."""


async def put_taxonomy(work: ComplaintsWork, kind: Kind, said: NewTaxonomy) -> Version[Taxonomy]:
    """Add the version. Raises Invalid `sources-of-causes`: only categories are mapped."""
    if kind == Kind.CAUSES and said.sources:
        raise Invalid.at("sources", "sources-of-causes", "Codes of other systems are mapped to categories only.")
    return await work.taxonomies.put(kind.value, said)


async def put_trend_policy(work: ComplaintsWork, code: str, said: NewTrendPolicy) -> Version[TrendPolicy]:
    """Add the version. Raises NotFound for another code than that of the one policy that counts, Invalid
    `unknown-time-zone`."""
    work.trend_policies.demand(code)
    zone_of(said.zone)
    return await work.trend_policies.put(code, said)
