"""Keys of call-centre systems: `rpt_<id>_<secret>`, sent as a bearer token.

The secret is 256 random bits, so SHA-256 is enough to store it. A key speaks for one source only, expires, can be revoked,
alone or with all others of its maker. It brings things in or takes them to the customer and reads nothing: what it could
read would be of all sources. Verified keys are known for five seconds: that is how long a revoked key may still be accepted
by a replica that has just seen it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapport_kernel.errors import Forbidden, Invalid, NotFound, Unauthenticated
from sqlalchemy import insert, select, text, update

from rapport_chassis.actor import Actor
from rapport_chassis.database import Database
from rapport_chassis.tables import machine_keys
from rapport_chassis.work import Work

PREFIX = "rpt_"
MACHINES_MAY = ("push", "import", "send", "file")
"""What a scope of a key ends with."""
RESERVED_SOURCES = frozenset({"manual"})
"""Sources for which people speak: what is entered by hand."""
KNOWN_SECONDS = 5.0
_KEY = re.compile(r"rpt_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_CACHE_SIZE = 10_000


@dataclass(frozen=True, slots=True)
class MachineKey:
    """A key as operators see it; the secret is nowhere."""

    id: str
    name: str
    source: str
    scopes: tuple[str, ...]
    level: int
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    created_by: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    secret_hash: bytes | None
    actor: Actor | None
    until: float


class MachineKeys:
    """Verifies keys against the service's database."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` in seconds, for the cache only."""
        self._database = database
        self._clock = clock
        self._cache: dict[str, _Known] = {}

    async def verify(self, key: str) -> Actor:
        """The machine that holds `key`. Raises Unauthenticated; unknown, wrong, expired, revoked look the same."""
        parts = _KEY.fullmatch(key)
        if parts is None:
            raise _refused()
        known = self._cache.get(parts[1])
        if known is None or known.until <= self._clock():
            known = await self._look_up(parts[1])
        given = hashlib.sha256(parts[2].encode()).digest()
        if known.actor is None or known.secret_hash is None or not hmac.compare_digest(given, known.secret_hash):
            raise _refused()
        return known.actor

    def forget(self) -> None:
        """Empty the cache of this replica: what is revoked here is refused here at once."""
        self._cache.clear()

    async def _look_up(self, key_id: str) -> _Known:
        until = self._clock() + KNOWN_SECONDS
        connection = await self._database.connection()
        try:
            row = (await connection.execute(_GOOD, {"id": key_id})).one_or_none()
            if row is not None and row.stale:
                await connection.execute(_USED, {"id": key_id})
                await connection.commit()
        finally:
            await connection.close()
        known = _Known(None, None, until)
        if row is not None:
            actor = Actor("machine", key_id, frozenset(row.scopes), row.level, row.source, row.expires_at)
            known = _Known(row.secret_hash, actor, until)
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[key_id] = known
        return known


async def create_machine_key(
    work: Work, *, name: str, source: str, scopes: Sequence[str], level: int = 1, expires_at: datetime | None = None
) -> tuple[MachineKey, str]:
    """A new key and its full text, which is shown this once.

    `name` says for people which system it is, `source` is the only source of events it may speak for. Audited.
    Raises Forbidden when a machine makes it, when it would hold a scope or a level that its maker has not, or a scope that
    is not for machines; Invalid for a source that is reserved.
    """
    if work.actor.kind != "person":
        raise Forbidden("only-people")
    if not {scope.rpartition(":")[2] for scope in scopes} <= set(MACHINES_MAY):
        raise Forbidden("not-for-machines", known=list(MACHINES_MAY))
    if source in RESERVED_SOURCES:
        raise Invalid.at("source", "reserved-source")
    if not set(scopes) <= work.actor.scopes or level > work.actor.level:
        raise Forbidden("more-than-your-own")
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    row = {
        "id": key_id,
        "name": name,
        "secret_hash": hashlib.sha256(secret.encode()).digest(),
        "source": source,
        "scopes": sorted(set(scopes)),
        "level": level,
        "expires_at": expires_at,
        "created_by": work.actor.id,
    }
    await work.connection.execute(insert(machine_keys).values(row))
    await work.audit("machine-key.created", f"machine-key:{key_id}", detail={"source": source, "scopes": row["scopes"]})
    made = MachineKey(
        key_id, name, source, tuple(sorted(set(scopes))), level, work.now, expires_at, None, None, work.actor.id
    )
    return made, f"{PREFIX}{key_id}_{secret}"


async def list_machine_keys(work: Work) -> list[MachineKey]:
    """All keys, the newest first; also revoked and expired ones."""
    query = select(*[machine_keys.c[name] for name in MachineKey.__dataclass_fields__])
    rows = (await work.connection.execute(query.order_by(machine_keys.c.created_at.desc(), machine_keys.c.id))).all()
    return [MachineKey(**{**row._asdict(), "scopes": tuple(row.scopes)}) for row in rows]


async def revoke_machine_key(work: Work, key_id: str, *, reason: str) -> None:
    """Revoke a key for good; doing it twice keeps the first time. Audited. Raises NotFound."""
    revoke = update(machine_keys).where(machine_keys.c.id == key_id)
    found = await work.connection.execute(revoke.values(revoked_at=text("coalesce(revoked_at, now())")))
    if found.rowcount == 0:
        raise NotFound
    await work.audit("machine-key.revoked", f"machine-key:{key_id}", reason=reason)


async def revoke_keys_of(work: Work, maker: str, *, reason: str) -> list[str]:
    """Revoke all keys that somebody made, when they leave or their account was stolen. Audited one by one. The ids of those
    that were good until now."""
    theirs = (machine_keys.c.created_by == maker) & machine_keys.c.revoked_at.is_(None)
    revoke = update(machine_keys).where(theirs).values(revoked_at=text("now()")).returning(machine_keys.c.id)
    found = sorted((await work.connection.execute(revoke)).scalars())
    for key_id in found:
        await work.audit("machine-key.revoked", f"machine-key:{key_id}", reason=reason)
    return found


def _refused() -> Unauthenticated:
    return Unauthenticated("key-invalid")


_GOOD = text(
    """
    SELECT secret_hash, scopes, level, source, expires_at,
           coalesce(last_used_at < now() - interval '1 minute', true) AS stale
    FROM machine_keys
    WHERE id = :id AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    """
)
_USED = text("UPDATE machine_keys SET last_used_at = now() WHERE id = :id")
