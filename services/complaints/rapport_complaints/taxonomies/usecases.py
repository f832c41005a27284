"""Change taxonomies (S56)."""

from __future__ import annotations

from rapport_chassis.versions import Since
from rapport_chassis.work import Work
from rapport_kernel.errors import Invalid
from rapport_kernel.versions import Version

from rapport_complaints.taxonomies.domain import Taxonomy, TaxonomyKind
from rapport_complaints.taxonomies.store import Taxonomies


class NewTaxonomy(Since, Taxonomy):
    """A taxonomy as it is from a time on; what was classified keeps its version."""


async def put_taxonomy(work: Work, kind: TaxonomyKind, command: NewTaxonomy) -> Version[Taxonomy]:
    """Add the version. Raises Invalid `sources-of-causes`: only categories are mapped."""
    if kind == TaxonomyKind.CAUSES and command.sources:
        raise Invalid.at("sources", "sources-of-causes")
    return await work.store(Taxonomies).put(kind.value, command)
