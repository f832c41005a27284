"""Taxonomies, and looking codes up in them without reading them whole."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rapport_chassis.telling import Telling
from rapport_chassis.versions import VersionedKind, Versions, versions_table
from rapport_chassis.work import Work
from rapport_contracts.complaints.catalogue import TaxonomyPublished
from sqlalchemy import text

from rapport_complaints.schema import metadata
from rapport_complaints.taxonomies.domain import Classified, Taxonomy, TaxonomyKind

taxonomies = versions_table("taxonomies", metadata, "Categories and causes")
TAXONOMY = VersionedKind(taxonomies, Taxonomy, "taxonomy", tells=Telling(TaxonomyPublished, Taxonomy.in_rows))


class Taxonomies(Versions[Taxonomy]):
    """The versions of the two taxonomies."""

    def __init__(self, work: Work) -> None:
        """Writes at once."""
        super().__init__(work, TAXONOMY)

    async def look_up(
        self, kind: TaxonomyKind, codes: Iterable[str], at: datetime, source: str | None = None
    ) -> dict[str, Classified]:
        """What the version in force at that time says about these codes, by code; those of a source are mapped to ours
        first. One statement, whatever their number."""
        wanted = sorted(set(codes))
        asked = {"kind": kind.value, "codes": wanted, "source": source, "at": at}
        rows = (await self._work.connection.execute(_LOOK_UP, asked)).all()
        found = {row.asked: Classified(row.code, row.version, row.known) for row in rows}
        return {code: found.get(code, Classified(code, None, known=False)) for code in wanted}


_LOOK_UP = text(
    """
    WITH t AS MATERIALIZED (
        SELECT version, body -> 'entries' AS entries, body -> 'sources' -> CAST(:source AS text) AS codes FROM taxonomies
        WHERE code = :kind AND effective_from <= :at ORDER BY version DESC LIMIT 1
    ), k AS (
        SELECT asked, t.version, t.entries, coalesce(t.codes ->> asked, asked) AS code
        FROM t CROSS JOIN unnest(CAST(:codes AS text[])) AS asked
    )
    SELECT asked, version, code, coalesce(CAST(entries -> code ->> 'active' AS boolean), false) AS known FROM k
    """
)
