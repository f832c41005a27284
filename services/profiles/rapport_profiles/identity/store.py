"""Identity conflicts: opened once for a set of identifiers, with the contacts that wait for the ruling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import orjson
from pydantic import Field
from rapport_chassis.columns import table_of
from rapport_chassis.database import to_json
from rapport_chassis.filters import Changing, Dated, Is, Many, OneOf, contains, open_in
from rapport_chassis.histories import HistoryStore
from rapport_chassis.lists import Keyset
from rapport_chassis.rekeying import above, blind_index, least
from rapport_chassis.vault import Box
from rapport_chassis.work import Work
from rapport_contracts.vocabulary import IdentifierKind
from rapport_kernel.ids import derived_id
from sqlalchemy import Column, DateTime, Index, LargeBinary, PrimaryKeyConstraint, Table, Text, Uuid, text

from rapport_profiles.identifiers.domain import Identifier, Token
from rapport_profiles.identity.domain import CONFLICT_LIFE, Conflict, IdentityConflict, fingerprint
from rapport_profiles.schema import metadata

conflicts = table_of(
    IdentityConflict,
    "conflicts",
    metadata,
    Index("conflicts_fingerprint", "fingerprint", unique=True),
    Index("conflicts_detected", "state", "detected_at", "id"),
    Index("conflicts_customer", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
    comment="One row for each set of identifiers that do not agree.",
)
conflict_identifiers = Table(
    "conflict_identifiers",
    metadata,
    Column("conflict_id", Uuid, nullable=False),
    Column("blind_index", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("source", Text, nullable=False),
    PrimaryKeyConstraint("conflict_id", "blind_index"),
)
conflict_interactions = Table(
    "conflict_interactions",
    metadata,
    Column("conflict_id", Uuid, nullable=False),
    Column("interaction_id", Uuid, nullable=False),
    Column("detected_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("conflict_id", "interaction_id"),
)
BY_DETECTION = Keyset({"detected_at": conflicts.c.detected_at}, conflicts.c.id, default="-detected_at")
PLACE = "conflict_identifiers.sealed"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A contact that came with identifiers in conflict."""

    conflict: Conflict
    interaction_id: UUID
    tokens: tuple[Token, ...]
    source: str


class ConflictFilters(Changing, Dated):
    """Filters of the list of conflicts."""

    at = "detected_at"

    state: Annotated[Many[str] | None, OneOf(CONFLICT_LIFE.states)] = None
    open: Annotated[bool | None, open_in(CONFLICT_LIFE)] = Field(default=None, description="Not resolved yet, or resolved.")
    customer: Annotated[UUID | None, Is("customer_id")] = Field(default=None, description="Whom it was resolved for.")
    candidate: Annotated[UUID | None, contains("candidates")] = Field(default=None, description="Who it may be.")


class Conflicts(HistoryStore[IdentityConflict]):
    """All identity conflicts."""

    table = conflicts
    kind = IdentityConflict
    name = "identity-conflict"

    async def rulings(self, sets: Iterable[Sequence[Token]]) -> dict[bytes, UUID]:
        """Earlier decisions about the same sets of identifiers, by their fingerprints: one statement. Also finds those that
        were decided under older index keys."""
        newest = {mark: fingerprint(tokens) for tokens in sets for mark in self._fingerprints(tokens)}
        rows = await self.work.connection.execute(_RULINGS, {"fingerprints": sorted(newest)})
        return {newest[row.fingerprint]: row.customer_id for row in rows}

    async def open(self, waiting: Sequence[Waiting]) -> dict[bytes, IdentityConflict]:
        """The conflicts of these contacts by fingerprint, locked; new ones are inserted.

        Four statements, however many: the conflicts, their rows, their identifiers, the contacts that wait.
        """
        first = {one.conflict.fingerprint: one for one in waiting}
        order = sorted(first)
        rows = [
            {
                "id": derived_id(one.interaction_id, one.conflict.fingerprint.hex()),
                "fingerprint": one.conflict.fingerprint,
                "candidates": one.conflict.candidates,
                "rules": one.conflict.rules,
            }
            for one in (first[mark] for mark in order)
        ]
        await self._renew(first)
        await self.work.connection.execute(_OPEN, {"rows": to_json(rows), "now": self.work.now})
        ids = (await self.work.connection.execute(_IDS, {"fingerprints": order})).scalars().all()
        locked = await self.get_many(ids, for_update=True)
        opened = {conflict.fingerprint: conflict for conflict in locked.values()}
        box = await self.work.vault.open_for(locked)
        await self._remember(first, opened, box)
        await self._wait(waiting, opened)
        return opened

    async def identifiers_of(self, conflict_id: UUID) -> list[tuple[Token, str]]:
        """The identifiers of a conflict in clear, with the source that presented them."""
        box = await self.work.vault.open_for([conflict_id], create=False)
        found = []
        for row in await self.work.connection.execute(_IDENTIFIERS_OF, {"id": conflict_id}):
            document = box.read(conflict_id, PLACE, row.sealed)
            if document is not None:
                value, raw = orjson.loads(document)
                one = Identifier(IdentifierKind(row.kind), value, raw, row.scope)
                found.append((Token(self.work.vault.index(one.family, one.value), one), row.source))
        return found

    async def interactions_of(self, conflict_id: UUID) -> list[UUID]:
        """The contacts that wait for the ruling, the first to come first."""
        rows = await self.work.connection.execute(_INTERACTIONS_OF, {"id": conflict_id})
        return [row.interaction_id for row in rows]

    def _fingerprints(self, tokens: Sequence[Token]) -> set[bytes]:
        """Of a set of identifiers, one under each version of the index key."""
        under = [self.work.vault.indexes(one.identifier.family, one.identifier.value) for one in tokens]
        return {
            fingerprint(Token(index, one.identifier) for index, one in zip(each, tokens, strict=True))
            for each in zip(*under, strict=True)
        }

    async def _renew(self, first: Mapping[bytes, Waiting]) -> None:
        """Conflicts of these sets that were opened under an older index key get the fingerprints of today."""
        older = {old: mark for mark, one in first.items() for old in self._fingerprints(one.tokens) if old != mark}
        if older:
            values = {"older": list(older), "newer": list(older.values())}
            await self.work.connection.execute(_RENEW, values)

    async def _remember(self, first: Mapping[bytes, Waiting], opened: Mapping[bytes, IdentityConflict], box: Box) -> None:
        rows = [(opened[mark].id, token, one.source) for mark, one in sorted(first.items()) for token in one.tokens]
        documents = [orjson.dumps([token.identifier.value, token.identifier.raw]).decode() for _, token, _ in rows]
        await self.work.connection.execute(
            _REMEMBER,
            {
                "conflicts": [conflict_id for conflict_id, _, _ in rows],
                "indexes": [token.index for _, token, _ in rows],
                "kinds": [str(token.identifier.kind) for _, token, _ in rows],
                "scopes": [token.identifier.scope for _, token, _ in rows],
                "sealed": [box.seal(row[0], PLACE, document) for row, document in zip(rows, documents, strict=True)],
                "sources": [source for _, _, source in rows],
            },
        )

    async def _wait(self, waiting: Sequence[Waiting], opened: Mapping[bytes, IdentityConflict]) -> None:
        values = {
            "conflicts": [opened[one.conflict.fingerprint].id for one in waiting],
            "interactions": [one.interaction_id for one in waiting],
            "now": self.work.now,
        }
        await self.work.connection.execute(_WAIT, values)


async def index_again(work: Work, limit: int) -> int:
    """Bring the identifiers of up to so many conflicts under the newest index key, with their fingerprints; how many."""
    newest = work.vault.keys.index.newest
    span = {"least": least(newest), "above": above(newest)}
    ids = (await work.connection.execute(_STALE, {**span, "limit": limit})).scalars().all()
    rows = (await work.connection.execute(_ALL_OF, {"ids": list(ids)})).all()
    box = await work.vault.open_for(ids, create=False)
    tokens: dict[UUID, list[Token]] = {}
    again = []
    for row in rows:
        document = box.read(row.conflict_id, PLACE, row.sealed)
        if document is None:  # of somebody who is being forgotten: their rows go
            continue
        value, raw = orjson.loads(document)
        one = Identifier(IdentifierKind(row.kind), value, raw, row.scope)
        token = Token(work.vault.index(one.family, one.value), one)
        tokens.setdefault(row.conflict_id, []).append(token)
        again.append((row.conflict_id, token.index, row))
    if not again:
        return 0
    read = list(tokens)
    await work.connection.execute(_FORGET_OLDER, {**span, "ids": read})
    await work.connection.execute(
        _REMEMBER,
        {
            "conflicts": [conflict_id for conflict_id, _, _ in again],
            "indexes": [index for _, index, _ in again],
            "kinds": [row.kind for *_, row in again],
            "scopes": [row.scope for *_, row in again],
            "sealed": [row.sealed for *_, row in again],
            "sources": [row.source for *_, row in again],
        },
    )
    marks = {"ids": read, "marks": [fingerprint(tokens[each]) for each in read]}
    await work.connection.execute(_FINGERPRINT_AGAIN, marks)
    return len(read)


KEYED = blind_index(conflict_identifiers, "blind_index", index_again)
_STALE = text(
    """
    SELECT id FROM conflicts WHERE id IN (
        SELECT conflict_id FROM conflict_identifiers WHERE blind_index < :least OR blind_index >= :above
    ) ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
    """
)
_ALL_OF = text(
    """
    SELECT conflict_id, kind, scope, sealed, source FROM conflict_identifiers WHERE conflict_id = ANY (CAST(:ids AS uuid[]))
    """
)
_FORGET_OLDER = text(
    """
    DELETE FROM conflict_identifiers
    WHERE conflict_id = ANY (CAST(:ids AS uuid[])) AND (blind_index < :least OR blind_index >= :above)
    """
)
_FINGERPRINT_AGAIN = text(
    """
    UPDATE conflicts c SET fingerprint = k.mark
    FROM unnest(CAST(:ids AS uuid[]), CAST(:marks AS bytea[])) AS k(id, mark)
    WHERE c.id = k.id AND NOT EXISTS (SELECT FROM conflicts o WHERE o.fingerprint = k.mark)
    """
)
_RENEW = text(
    """
    UPDATE conflicts c SET fingerprint = k.newer
    FROM unnest(CAST(:older AS bytea[]), CAST(:newer AS bytea[])) AS k(older, newer)
    WHERE c.fingerprint = k.older AND NOT EXISTS (SELECT FROM conflicts o WHERE o.fingerprint = k.newer)
    """
)
_RULINGS = text(
    """
    SELECT fingerprint, customer_id FROM conflicts
    WHERE fingerprint = ANY (CAST(:fingerprints AS bytea[])) AND state = 'resolved'
    """
)
_OPEN = text(
    """
    INSERT INTO conflicts (id, version, state, last_at, fingerprint, candidates, rules, detected_at)
    SELECT id, 0, 'open', CAST(:now AS timestamptz), fingerprint, candidates, rules, CAST(:now AS timestamptz)
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS c(id uuid, fingerprint bytea, candidates uuid[], rules text[])
    ORDER BY fingerprint
    ON CONFLICT (fingerprint) DO NOTHING
    """
)
_IDS = text("SELECT id FROM conflicts WHERE fingerprint = ANY (CAST(:fingerprints AS bytea[]))")
_REMEMBER = text(
    """
    INSERT INTO conflict_identifiers (conflict_id, blind_index, kind, scope, sealed, source)
    SELECT * FROM unnest(CAST(:conflicts AS uuid[]), CAST(:indexes AS bytea[]), CAST(:kinds AS text[]),
        CAST(:scopes AS text[]), CAST(:sealed AS bytea[]), CAST(:sources AS text[]))
    ON CONFLICT DO NOTHING
    """
)
_WAIT = text(
    """
    INSERT INTO conflict_interactions (conflict_id, interaction_id, detected_at)
    SELECT c, i, :now FROM unnest(CAST(:conflicts AS uuid[]), CAST(:interactions AS uuid[])) AS w(c, i)
    ON CONFLICT DO NOTHING
    """
)
_IDENTIFIERS_OF = text(
    """
    SELECT blind_index, kind, scope, sealed, source FROM conflict_identifiers
    WHERE conflict_id = :id ORDER BY kind, blind_index
    """
)
_INTERACTIONS_OF = text(
    "SELECT interaction_id FROM conflict_interactions WHERE conflict_id = :id ORDER BY detected_at, interaction_id"
)
