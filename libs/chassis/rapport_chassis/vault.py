"""Field encryption: AES-256-GCM under one data key for each subject, wrapped by the master key. Erase = destroy the key.

A subject is a customer, or the contact of a caller who is not known yet. Ciphertext: format byte, data key version
(4 bytes), nonce (12), AES-GCM output. What it is bound to (associated data): `table.column.subject.version`, so that a
value moved to another row, column or person does not open. Data keys are never kept between transactions: a destroyed
key is gone at once, in every process.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from rapport_kernel.errors import Conflict, Invalid, RapportError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from rapport_chassis.keys import KEY_BYTES, Keys, KeysUnusable

_FORMAT = b"\x01"
_VERSION_BYTES = 4
_NONCE_BYTES = 12
_HEAD = len(_FORMAT) + _VERSION_BYTES + _NONCE_BYTES
INDEX_BYTES = 16
CHECK_SUBJECT = UUID(int=0)


class Erased(Conflict):
    """The person behind this was erased; nothing personal can be written any more."""

    code = "erased"


class Damaged(RapportError):
    """A stored field does not open: it was altered, moved, or written under another key."""

    code = "field-damaged"


@dataclass(slots=True)
class Box:
    """The opened data keys of some subjects, within one transaction."""

    _ciphers: dict[UUID, dict[int, AESGCM]]
    _erased: set[UUID] = field(default_factory=set)

    def seal(self, subject: UUID, place: str, value: str) -> bytes:
        """Encrypt `value` for `place` (`table.column`). Raises Erased; KeyError when not opened for `subject`."""
        if subject in self._erased:
            raise Erased
        version, cipher = max(self._ciphers[subject].items())
        nonce = os.urandom(_NONCE_BYTES)
        sealed = cipher.encrypt(nonce, value.encode(), _bound_to(place, subject, version))
        return _FORMAT + version.to_bytes(_VERSION_BYTES, "big") + nonce + sealed

    def read(self, subject: UUID, place: str, sealed: bytes | None) -> str | None:
        """Decrypt. None for None, and when the subject was erased. Raises Damaged, also when there is no key to open it."""
        if sealed is None or subject in self._erased:
            return None
        version = int.from_bytes(sealed[1 : 1 + _VERSION_BYTES], "big")
        cipher = self._ciphers.get(subject, {}).get(version)
        if cipher is None or sealed[:1] != _FORMAT:
            raise Damaged
        nonce = sealed[1 + _VERSION_BYTES : _HEAD]
        try:
            return cipher.decrypt(nonce, sealed[_HEAD:], _bound_to(place, subject, version)).decode()
        except InvalidTag:
            raise Damaged from None

    def erased(self, subject: UUID) -> bool:
        """True when the subject's key was destroyed."""
        return subject in self._erased


class Vault:
    """Data keys in the transaction of a work: `box = await work.vault.open_for(ids)`."""

    def __init__(self, connection: AsyncConnection, keys: Keys | None) -> None:
        """`keys` may be None in a service that keeps nothing personal; using the vault then raises KeysUnusable."""
        self._connection = connection
        self._given = keys

    @property
    def keys(self) -> Keys:
        """The keys of this installation. Raises KeysUnusable when the service was started without."""
        if self._given is None:
            raise KeysUnusable("this service was started without keys")
        return self._given

    @property
    def usable(self) -> bool:
        """Whether the service was started with keys."""
        return self._given is not None

    async def open_for(self, subjects: Iterable[UUID], *, create: bool = True) -> Box:
        """Open the data keys of all subjects: one statement, and one more when keys must be made.

        `create=False` for reading only. Raises KeysUnusable when a key does not open under the master key.
        """
        wanted = sorted(set(subjects))
        found = await self._load(wanted)
        missing = [subject for subject in wanted if subject not in found]
        if missing and create:
            found |= await self._make(missing)
            if others := [subject for subject in missing if subject not in found]:  # somebody else was faster
                found |= await self._load(others)
        box = Box({})
        for subject, versions in found.items():
            live = {version: cipher for version, cipher in versions.items() if cipher is not None}
            if live:
                box._ciphers[subject] = live  # noqa: SLF001 - the box is made here
            else:
                box._erased.add(subject)  # noqa: SLF001
        return box

    async def erase(self, subjects: Iterable[UUID]) -> int:
        """Destroy the data keys of the subjects; a tombstone stays, so that no new key is made. Returns how many had one."""
        result = await self._connection.execute(_ERASE, {"subjects": sorted(set(subjects))})
        return len({row.subject for row in result if row.had})

    async def own_key(self, subject: UUID, *, first: bytes | None = None) -> tuple[bytes, bool]:
        """The data key of something of the service itself, and whether it was made just now, of `first` where that is given.

        For keyed digests that must stay comparable for as long as their rows live: it goes under the newest master key with
        all others, and never changes itself."""
        fresh = first or os.urandom(KEY_BYTES)
        master = self.keys.master.newest
        values = {"subjects": [subject], "wrapped": [wrap(self.keys, subject, 1, fresh, master)], "master": master}
        rows = (await self._connection.execute(_LOAD, {"subjects": [subject]})).all()
        if not rows:
            if (await self._connection.execute(_MAKE, values)).first() is not None:
                return fresh, True
            rows = (await self._connection.execute(_LOAD, {"subjects": [subject]})).all()
        return unwrap(self.keys, subject, rows[0].version, rows[0].wrapped, rows[0].master_version), False

    def index(self, kind: str, normalised: str) -> bytes:
        """The blind index of a normalised value (E.164, lower-case mail): version byte and 16 bytes of HMAC-SHA256.

        Never for values of few possibilities (tier, gender): they could be guessed.
        """
        return self._index(self.keys.index.newest, kind, normalised)

    def indexes(self, kind: str, normalised: str) -> list[bytes]:
        """The same under every version of the index key, newest first: what a lookup asks for during a rotation."""
        return [self._index(version, kind, normalised) for version in sorted(self.keys.index.versions, reverse=True)]

    def _index(self, version: int, kind: str, normalised: str) -> bytes:
        message = kind.encode() + b"\x00" + normalised.encode()
        digest = hmac.digest(self.keys.index.get(version), message, hashlib.sha256)
        return bytes([version]) + digest[:INDEX_BYTES]

    async def _load(self, subjects: list[UUID]) -> dict[UUID, dict[int, AESGCM | None]]:
        found: dict[UUID, dict[int, AESGCM | None]] = {}
        for row in await self._connection.execute(_LOAD, {"subjects": subjects}):
            cipher = (
                None
                if row.wrapped is None
                else AESGCM(unwrap(self.keys, row.subject, row.version, row.wrapped, row.master_version))
            )
            found.setdefault(row.subject, {})[row.version] = cipher
        return found

    async def _make(self, subjects: list[UUID]) -> dict[UUID, dict[int, AESGCM | None]]:
        """New keys, for those of the subjects that have none yet."""
        master = self.keys.master.newest
        fresh = {subject: os.urandom(KEY_BYTES) for subject in subjects}
        wrapped = [wrap(self.keys, subject, 1, key, master) for subject, key in fresh.items()]
        values = {"subjects": subjects, "wrapped": wrapped, "master": master}
        made = (await self._connection.execute(_MAKE, values)).scalars()
        return {subject: {1: AESGCM(fresh[subject])} for subject in made}


class Transport:
    """Sealing of identifiers that travel between services on a private topic, under the shared transport key."""

    def __init__(self, keys: Keys) -> None:
        """Raises KeysUnusable when the installation has no transport key."""
        if keys.transport is None:
            raise KeysUnusable("transport.key is missing: it seals identifiers between services")
        self._ring = keys.transport
        self._ciphers = {version: AESGCM(key) for version, key in keys.transport.versions.items()}

    def seal(self, value: str, context: str) -> str:
        """Ciphertext as URL-safe text. `context` names what it belongs to (`<topic>:<aggregate id>`) and must match."""
        version = self._ring.newest
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[version].encrypt(nonce, value.encode(), context.encode())
        return base64.urlsafe_b64encode(bytes([version]) + nonce + sealed).decode()

    def open(self, sealed: str, context: str) -> str:
        """The value. Raises Invalid for a text that is not ours or belongs elsewhere, KeysUnusable for an unknown key."""
        try:
            raw = base64.b64decode(sealed.encode(), altchars=b"-_", validate=True)
        except ValueError:
            raise Invalid("seal-broken") from None
        if len(raw) <= 1 + _NONCE_BYTES:
            raise Invalid("seal-broken")
        self._ring.get(raw[0])
        try:
            return (
                self._ciphers[raw[0]].decrypt(raw[1 : 1 + _NONCE_BYTES], raw[1 + _NONCE_BYTES :], context.encode()).decode()
            )
        except InvalidTag:
            raise Invalid("seal-broken") from None


def wrap(keys: Keys, subject: UUID, version: int, data_key: bytes, master: int) -> bytes:
    """A data key under one version of the master key."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(keys.master.get(master)).encrypt(nonce, data_key, _bound_to("data_keys.wrapped", subject, version))


def unwrap(keys: Keys, subject: UUID, version: int, wrapped: bytes, master: int) -> bytes:
    """A data key in clear. Raises KeysUnusable when the master key is not the one it was wrapped with."""
    bound = _bound_to("data_keys.wrapped", subject, version)
    try:
        return AESGCM(keys.master.get(master)).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], bound)
    except InvalidTag:
        raise KeysUnusable(f"the master key (version {master}) does not open the data keys of this database") from None


async def check(connection: AsyncConnection, keys: Keys) -> None:
    """Prove at start that these are the keys of this database. Raises KeysUnusable. Makes the proof the first time."""
    await Vault(connection, keys).open_for([CHECK_SUBJECT])


async def rewrap(connection: AsyncConnection, keys: Keys, *, limit: int = 500) -> int:
    """Bring up to `limit` data keys under the newest master key; repeat until 0. Works beside running services."""
    newest = keys.master.newest
    rows = (await connection.execute(_STALE, {"newest": newest, "limit": limit})).all()
    if rows:
        fresh = [
            wrap(keys, r.subject, r.version, unwrap(keys, r.subject, r.version, r.wrapped, r.master_version), newest)
            for r in rows
        ]
        values = {"subjects": [r.subject for r in rows], "versions": [r.version for r in rows], "wrapped": fresh}
        await connection.execute(_REWRAP, {**values, "newest": newest})
    return len(rows)


def _bound_to(place: str, subject: UUID, version: int) -> bytes:
    return f"{place}.{subject}.{version}".encode()


_LOAD = text(
    "SELECT subject, version, wrapped, master_version FROM data_keys WHERE subject = ANY(CAST(:subjects AS uuid[]))"
)
_MAKE = text(
    """
    INSERT INTO data_keys (subject, version, wrapped, master_version)
    SELECT s, 1, w, :master FROM unnest(CAST(:subjects AS uuid[]), CAST(:wrapped AS bytea[])) AS k(s, w)
    ON CONFLICT DO NOTHING RETURNING subject
    """
)
_ERASE = text(
    """
    WITH was AS (
        SELECT subject, version FROM data_keys
        WHERE subject = ANY(CAST(:subjects AS uuid[])) AND wrapped IS NOT NULL FOR UPDATE
    ), destroyed AS (
        UPDATE data_keys d SET wrapped = NULL, destroyed_at = now() FROM was
        WHERE d.subject = was.subject AND d.version = was.version RETURNING d.subject
    ), tombstones AS (
        INSERT INTO data_keys (subject, version, destroyed_at)
        SELECT s, 1, now() FROM unnest(CAST(:subjects AS uuid[])) AS s ON CONFLICT DO NOTHING RETURNING subject
    )
    SELECT subject, true AS had FROM destroyed UNION ALL SELECT subject, false FROM tombstones
    """
)
_STALE = text(
    """
    SELECT subject, version, wrapped, master_version FROM data_keys
    WHERE master_version < :newest AND wrapped IS NOT NULL LIMIT :limit FOR UPDATE SKIP LOCKED
    """
)
_REWRAP = text(
    """
    UPDATE data_keys d SET wrapped = k.w, master_version = :newest
    FROM unnest(CAST(:subjects AS uuid[]), CAST(:versions AS integer[]), CAST(:wrapped AS bytea[])) AS k(s, v, w)
    WHERE d.subject = k.s AND d.version = k.v
    """
)
