"""Identifiers: found by blind index, claimed by a unique index, sealed under the customer's key. Sets, never loops."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from rapport_chassis.rekeying import above, blind_index, least
from rapport_chassis.vault import Box
from rapport_chassis.work import Work
from rapport_contracts.vocabulary import IdentifierKind
from rapport_kernel.errors import NotFound
from rapport_kernel.ids import new_id
from sqlalchemy import Column, DateTime, Index, LargeBinary, Table, Text, Uuid, text

from rapport_profiles.identifiers.domain import SHOWN_IN_LISTS, STRONG, Identifier, Ownership, Token
from rapport_profiles.schema import customer_column, metadata

identifiers = Table(
    "identifiers",
    metadata,
    Column("id", Uuid, primary_key=True),
    customer_column(),
    Column("kind", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("blind_index", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("keyed_by", Uuid, nullable=False),
    Column("source", Text, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
    Column("verified_at", DateTime(timezone=True)),
    Column("verified_by", Text),
    Index("identifiers_blind_index", "blind_index", unique=True),
    Index("identifiers_customer", "customer_id"),
)
PLACE = "identifiers.sealed"


@dataclass(frozen=True, slots=True)
class Claim:
    """An identifier that is to belong to a customer. `verified_by` is set when a person vouches for it at once."""

    customer_id: UUID
    token: Token
    source: str
    verified_by: str | None = None


def is_unverified(identifier: StoredIdentifier) -> bool:
    """Nobody has checked yet whether it is the customer's."""
    return identifier.verified_at is None


@dataclass(frozen=True, slots=True)
class StoredIdentifier:
    """A row."""

    id: UUID
    customer_id: UUID
    kind: IdentifierKind
    scope: str
    sealed: bytes
    keyed_by: UUID
    source: str
    added_at: datetime
    verified_at: datetime | None

    def value(self, box: Box) -> str | None:
        """The normal form in clear; None when the customer was erased."""
        document = box.read(self.keyed_by, PLACE, self.sealed)
        return str(orjson.loads(document)[0]) if document else None


class Identifiers:
    """The identifiers of all customers: `work.store(Identifiers)`."""

    def __init__(self, work: Work) -> None:
        """Inside the transaction of `work`."""
        self._work = work

    def tokens(self, identifiers: Iterable[Identifier]) -> list[Token]:
        """The identifiers with their blind index under the newest index key."""
        return [Token(self._work.vault.index(one.family, one.value), one) for one in identifiers]

    async def ownership(self, tokens: Iterable[Token]) -> Ownership:
        """Who has these: one statement. Also finds rows indexed under older index keys."""
        newest: dict[bytes, bytes] = {}
        for token in tokens:
            for index in self._work.vault.indexes(token.identifier.family, token.identifier.value):
                newest[index] = token.index
        known = Ownership()
        values = {"indexes": list(newest), "strong": [str(kind) for kind in STRONG]}
        for row in await self._work.connection.execute(_LOOK_UP, values):
            family = f"{row.kind}:{row.scope}" if row.scope else row.kind
            index = newest.get(row.blind_index, row.blind_index)
            known.give(row.customer_id, index, family, strong=row.kind in STRONG)
        return known

    async def claim(self, claims: Sequence[Claim], box: Box) -> bool:
        """Insert all of them. False when another work took one of them meanwhile; the caller rolls back.

        In order of the index, so that two works that claim the same ones wait for each other and never deadlock.
        """
        if not claims:
            return True
        if await self._taken_under_another_key(claims):
            return False
        rows = sorted(claims, key=lambda claim: claim.token.index)
        documents = [orjson.dumps([c.token.identifier.value, c.token.identifier.raw]).decode() for c in rows]
        result = await self._work.connection.execute(
            _CLAIM,
            {
                "ids": [new_id() for _ in rows],
                "customers": [claim.customer_id for claim in rows],
                "kinds": [str(claim.token.identifier.kind) for claim in rows],
                "scopes": [claim.token.identifier.scope for claim in rows],
                "indexes": [claim.token.index for claim in rows],
                "sealed": [
                    box.seal(claim.customer_id, PLACE, document) for claim, document in zip(rows, documents, strict=True)
                ],
                "sources": [claim.source for claim in rows],
                "verifiers": [claim.verified_by for claim in rows],
                "now": self._work.now,
            },
        )
        return result.rowcount == len(rows)

    async def _taken_under_another_key(self, claims: Sequence[Claim]) -> bool:
        """The unique index tells equal values under one version of the key only. While there are several, whoever claims a
        value waits for all others who do, and looks under every version. Asks nothing while there is one."""
        vault, ring = self._work.vault, self._work.vault.keys.index
        if len(ring.versions) == 1:
            return False
        found = [vault.indexes(claim.token.identifier.family, claim.token.identifier.value) for claim in claims]
        locks = sorted({int.from_bytes(each[-1][1:9], "big", signed=True) for each in found})  # of the oldest version
        await self._work.connection.execute(_WAIT, {"locks": locks})
        values = {"indexes": [index for each in found for index in each]}
        return bool((await self._work.connection.execute(_TAKEN, values)).scalar_one())

    async def of(self, customer_id: UUID) -> list[StoredIdentifier]:
        """All identifiers of one customer, the oldest first."""
        rows = await self._work.connection.execute(_OF, {"customer_id": customer_id})
        return [StoredIdentifier(**{**row, "kind": IdentifierKind(row["kind"])}) for row in rows.mappings()]

    async def shown_of(self, customers: Iterable[UUID]) -> dict[UUID, list[StoredIdentifier]]:
        """What lists show of many customers: one statement. Of each those that were verified before the others, by the
        order of `SHOWN_IN_LISTS`, the oldest first."""
        values = {"customers": sorted(set(customers)), "kinds": [str(kind) for kind in SHOWN_IN_LISTS]}
        found: dict[UUID, list[StoredIdentifier]] = {}
        for row in (await self._work.connection.execute(_SHOWN_OF, values)).mappings():
            stored = StoredIdentifier(**{**row, "kind": IdentifierKind(row["kind"])})
            found.setdefault(stored.customer_id, []).append(stored)
        return found

    async def verify(self, customer_id: UUID, identifier_id: UUID, by: str) -> tuple[IdentifierKind, bool]:
        """Mark as checked. Returns its kind, and whether this is news. Raises NotFound."""
        values = {"customer_id": customer_id, "id": identifier_id, "now": self._work.now, "by": by}
        row = (await self._work.connection.execute(_VERIFY, values)).one_or_none()
        if row is None:
            raise NotFound
        return IdentifierKind(row.kind), row.verified_at is None

    async def remove(self, customer_id: UUID, identifier_id: UUID) -> IdentifierKind:
        """Delete it; nobody is known by it any more. Returns its kind. Raises NotFound."""
        values = {"customer_id": customer_id, "id": identifier_id}
        row = (await self._work.connection.execute(_REMOVE, values)).one_or_none()
        if row is None:
            raise NotFound
        return IdentifierKind(row.kind)


async def index_again(work: Work, limit: int) -> int:
    """Bring up to so many identifiers under the newest index key; how many."""
    newest = work.vault.keys.index.newest
    span = {"least": least(newest), "above": above(newest), "limit": limit}
    rows = (await work.connection.execute(_STALE, span)).all()
    box = await work.vault.open_for({row.keyed_by for row in rows}, create=False)
    again: dict[UUID, bytes] = {}
    for row in rows:
        document = box.read(row.keyed_by, PLACE, row.sealed)
        if document is not None:  # of somebody who is being forgotten: their rows go
            value, raw = orjson.loads(document)
            one = Identifier(IdentifierKind(row.kind), value, raw, row.scope)
            again[row.id] = work.vault.index(one.family, one.value)
    values = {"ids": list(again), "indexes": list(again.values())}
    return int((await work.connection.execute(_INDEX_AGAIN, values)).rowcount) if again else 0


KEYED = blind_index(identifiers, "blind_index", index_again)
_WAIT = text("SELECT pg_advisory_xact_lock(l) FROM (SELECT unnest(CAST(:locks AS bigint[])) AS l ORDER BY 1) AS locks")
_TAKEN = text("SELECT EXISTS (SELECT FROM identifiers WHERE blind_index = ANY (CAST(:indexes AS bytea[])))")
_STALE = text(
    """
    SELECT id, kind, scope, sealed, keyed_by FROM identifiers WHERE blind_index < :least OR blind_index >= :above
    LIMIT :limit FOR UPDATE SKIP LOCKED
    """
)
_INDEX_AGAIN = text(
    """
    UPDATE identifiers i SET blind_index = k.again
    FROM unnest(CAST(:ids AS uuid[]), CAST(:indexes AS bytea[])) AS k(id, again) WHERE i.id = k.id
    """
)
_LOOK_UP = text(
    """
    WITH found AS (
        SELECT customer_id, kind, scope, blind_index FROM identifiers WHERE blind_index = ANY (CAST(:indexes AS bytea[]))
    )
    SELECT customer_id, kind, scope, blind_index FROM found
    UNION
    SELECT i.customer_id, i.kind, i.scope, i.blind_index FROM identifiers i
    WHERE i.customer_id IN (SELECT customer_id FROM found) AND i.kind = ANY (CAST(:strong AS text[]))
    """
)
_CLAIM = text(
    """
    INSERT INTO identifiers
        (id, customer_id, kind, scope, blind_index, sealed, keyed_by, source, added_at, verified_at, verified_by)
    SELECT id, customer_id, kind, scope, blind_index, sealed, customer_id, source, :now,
        CASE WHEN verified_by IS NOT NULL THEN CAST(:now AS timestamptz) END, verified_by
    FROM unnest(CAST(:ids AS uuid[]), CAST(:customers AS uuid[]), CAST(:kinds AS text[]), CAST(:scopes AS text[]),
            CAST(:indexes AS bytea[]), CAST(:sealed AS bytea[]), CAST(:sources AS text[]), CAST(:verifiers AS text[]))
        WITH ORDINALITY AS c(id, customer_id, kind, scope, blind_index, sealed, source, verified_by, place)
    ORDER BY place
    ON CONFLICT (blind_index) DO NOTHING
    """
)
_SHOWN_OF = text(
    """
    SELECT id, customer_id, kind, scope, sealed, keyed_by, source, added_at, verified_at FROM identifiers
    WHERE customer_id = ANY (CAST(:customers AS uuid[])) AND kind = ANY (CAST(:kinds AS text[]))
    ORDER BY verified_at IS NULL, array_position(CAST(:kinds AS text[]), kind), added_at, id
    """
)
_OF = text(
    """
    SELECT id, customer_id, kind, scope, sealed, keyed_by, source, added_at, verified_at FROM identifiers
    WHERE customer_id = :customer_id ORDER BY added_at, id
    """
)
_VERIFY = text(
    """
    WITH before AS (
        SELECT id, kind, verified_at FROM identifiers WHERE id = :id AND customer_id = :customer_id FOR UPDATE
    ), marked AS (
        UPDATE identifiers i SET verified_at = :now, verified_by = :by FROM before
        WHERE i.id = before.id AND before.verified_at IS NULL
    )
    SELECT kind, verified_at FROM before
    """
)
_REMOVE = text("DELETE FROM identifiers WHERE id = :id AND customer_id = :customer_id RETURNING kind")
