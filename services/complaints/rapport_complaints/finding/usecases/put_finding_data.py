"""Add versions of what finding out goes by: taxonomies and the policy of trends. Each raises VersionConflict."""

from __future__ import annotations

from rapport_chassis.versions import Since
from rapport_chassis.work import Work
from rapport_kernel.errors import Invalid
from rapport_kernel.versions import Version
from rapport_kernel.wall_time import zone_of

from rapport_complaints.finding.domain.trends import TrendPolicy
from rapport_complaints.finding.store.versions import TREND_POLICIES
from rapport_complaints.taxonomies.domain.taxonomy import Kind, Taxonomy
from rapport_complaints.taxonomies.store.taxonomies import Taxonomies


class NewTaxonomy(Since, Taxonomy):
    """A taxonomy as it is from a time on; what was classified keeps its version."""


class NewTrendPolicy(Since, TrendPolicy):
    """The policy as it is from a time on; what was found keeps its version."""


async def put_taxonomy(work: Work, kind: Kind, command: NewTaxonomy) -> Version[Taxonomy]:
    """Add the version. Raises Invalid `sources-of-causes`: only categories are mapped."""
    if kind == Kind.CAUSES and command.sources:
        raise Invalid.at("sources", "sources-of-causes", "Codes of other systems are mapped to categories only.")
    return await work.store(Taxonomies).put(kind.value, command)


async def put_trend_policy(work: Work, code: str, command: NewTrendPolicy) -> Version[TrendPolicy]:
    """Add the version. Raises NotFound for another code than that of the one policy that counts, Invalid
    `unknown-time-zone`."""
    work.store(TREND_POLICIES).demand(code)
    zone_of(command.zone)
    return await work.store(TREND_POLICIES).put(code, command)
