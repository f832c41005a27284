"""Taxonomies (S56). A PUT adds a version; none is ever changed."""

from __future__ import annotations

from rapport_chassis.web import Router, VersionedData
from rapport_chassis.work import Work
from rapport_kernel.errors import VersionConflict

from rapport_complaints.access import CONFIGURE, READ
from rapport_complaints.taxonomies.domain import Taxonomy, TaxonomyKind
from rapport_complaints.taxonomies.store import Taxonomies
from rapport_complaints.taxonomies.usecases import NewTaxonomy, put_taxonomy

router = Router(tags=["finding data"])

# fmt: off
keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/taxonomies/{kind}", lambda work: work.store(Taxonomies), Taxonomy, NewTaxonomy, put_taxonomy,
     errors=(VersionConflict, "sources-of-causes"), code=TaxonomyKind, max_body=2 * 1024 * 1024,
     every=("get_taxonomies", "Taxonomies with all their versions", "Every version of categories and causes."),
     one=("get_taxonomy", "The newest version of a taxonomy",
          "The newest version, or the one asked for: what was classified under it stays explained by it."),
     put=("change_taxonomy", "Add a version of a taxonomy",
          "For what is filed, imported, assessed or explained from `effective_from` on; nothing is classified anew."))
# fmt: on
