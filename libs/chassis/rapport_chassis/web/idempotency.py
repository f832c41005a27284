"""Idempotency-Key: a POST that is sent again gets the stored answer, and its effect happens once.

The row is written in the transaction of the command: either both are there or neither. Answers may hold personal data, so
they are stored encrypted under a key that is derived from a key of the installation and from the Idempotency-Key itself, of
which only a hash is stored: neither who has the tables nor who guesses the caller's key can read them, and after 24 hours
they are gone. Secrets and links are not stored at all. A key is its principal's, with the scopes and level that they had;
that of somebody we do not know belongs to the link they followed, so that no stranger meets another's key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from rapport_kernel.errors import Conflict, Invalid, Unavailable
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from rapport_chassis.actor import Actor
from rapport_chassis.database import to_json
from rapport_chassis.keys import Keys, KeysUnusable
from rapport_chassis.security.callers import ANYBODY
from rapport_chassis.web.answer import Answer
from rapport_chassis.web.problems import BadRequest

HEADER = "Idempotency-Key"
_KEY = re.compile(rb"[\x21-\x7e]{1,255}")
_NONCE = 12


class NotKept(Conflict):
    """It was done under this key, and what it answered was to be seen once."""

    code = "answer-not-kept"


class InProgress(Conflict):
    """The first request with this key is still being worked on."""

    code = "request-in-progress"
    retry_after = 1
    """Seconds: most requests have been answered by then."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one key: whose, for which operation, and what was sent."""

    principal: str
    route: str
    key: str
    digest: bytes
    secret: bytes

    @classmethod
    def of(cls, header: bytes, actor: Actor, route: str, target: bytes, body: bytes) -> Slot:
        """`target` is path and query as they came. Raises BadRequest for a key that is not 1 to 255 visible characters."""
        if not _KEY.fullmatch(header):
            raise BadRequest("bad-idempotency-key")
        whose = str(actor).encode()
        if actor == ANYBODY:  # strangers have only the link in common that each of them holds: it is in the path
            whose += b" " + hashlib.sha256(target).digest()
        rights = f"{actor.level} {' '.join(sorted(actor.scopes))}".encode()  # with others the answer might be another one
        both = hashlib.sha512(b"\0".join((b"idempotency", whose, route.encode(), header))).digest()
        secret = both[32:]
        sent = b"".join(len(part).to_bytes(4, "big") + part for part in (rights, target))
        digest = hmac.digest(secret, sent + body, "sha256")
        return cls(str(actor), route, both[:32].hex(), digest, secret)

    @property
    def lock(self) -> int:
        """The advisory lock of this slot (64 bits, signed)."""
        return int.from_bytes(hashlib.blake2b(self.key.encode(), digest_size=8).digest(), "big", signed=True)


async def claim(connection: AsyncConnection, slot: Slot, keys: Keys | None) -> Answer | None:
    """Take the slot for this transaction, or give the answer that is stored in it.

    Raises InProgress (409) while another transaction holds it, NotKept (409) when the answer was not stored, Invalid
    `idempotency-key-reused` (422) when it was used for something else, or with other rights.
    """
    place = {"principal": slot.principal, "route": slot.route, "key": slot.key}
    row = (await connection.execute(_CLAIM, {**place, "lock": slot.lock, "body_hash": slot.digest})).one()
    if not row.open:
        raise InProgress
    if row.fresh:
        return None
    kept = (await connection.execute(_FIND, place)).one_or_none()
    if kept is None:
        raise Unavailable("try-again", retry_after=1)
    if not hmac.compare_digest(kept.body_hash, slot.digest):
        raise Invalid("idempotency-key-reused")
    if kept.body is None:
        raise NotKept
    return _open(slot, keys, kept)


async def keep(connection: AsyncConnection, slot: Slot, keys: Keys | None, answer: Answer, *, shown_once: bool) -> None:
    """Store the answer in the slot that this transaction claimed; only that there was one, if it is to be shown once."""
    headers = {**answer.headers, **({"content-type": answer.media_type} if answer.media_type else {})}
    await connection.execute(
        _KEEP,
        {
            "principal": slot.principal,
            "route": slot.route,
            "key": slot.key,
            "status": answer.status,
            "headers": to_json({} if shown_once else headers),
            "body": None if shown_once else _seal(slot, keys, answer.body),
        },
    )


async def give_up(connection: AsyncConnection, slot: Slot) -> None:
    """Leave nothing of the slot that this transaction claimed: its key may be used again."""
    await connection.execute(_GIVE_UP, {"principal": slot.principal, "route": slot.route, "key": slot.key})


async def forget(connection: AsyncConnection, most: int = 5000) -> int:
    """Delete up to `most` answers older than 24 hours; returns how many. Called by the service's housekeeping."""
    return int((await connection.execute(_FORGET, {"most": most})).rowcount)


def _seal(slot: Slot, keys: Keys | None, body: bytes) -> bytes:
    """The version of the master key (0: the service has none), the nonce, the ciphertext."""
    version, nonce = keys.master.newest if keys is not None else 0, os.urandom(_NONCE)
    return bytes([version]) + nonce + _cipher(slot, keys, version).encrypt(nonce, body, slot.digest)


def _cipher(slot: Slot, keys: Keys | None, version: int) -> AESGCM:
    if keys is None or version == 0:
        return AESGCM(slot.secret)
    return AESGCM(hmac.digest(keys.master.get(version), b"idempotency_keys.body\0" + slot.secret, "sha256"))


def _open(slot: Slot, keys: Keys | None, kept: Any) -> Answer:
    version, nonce, sealed = kept.body[0], kept.body[1 : 1 + _NONCE], kept.body[1 + _NONCE :]
    try:
        body = _cipher(slot, keys, version).decrypt(nonce, sealed, slot.digest)
    except (InvalidTag, KeysUnusable):  # of a release that sealed otherwise, or under a key that is gone
        raise NotKept from None
    headers = dict(kept.headers)
    media_type = headers.pop("content-type", None)
    return Answer(kept.status, body, media_type, {**headers, "Idempotency-Replayed": "true"})


_CLAIM = text(
    """
    WITH door AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(:lock) AS open),
    claimed AS (
        INSERT INTO idempotency_keys (principal, route, key, body_hash)
        SELECT :principal, :route, :key, :body_hash FROM door WHERE open
        ON CONFLICT (principal, route, key) DO UPDATE
        SET body_hash = excluded.body_hash, status = NULL, headers = '{}', body = NULL, created_at = now()
        WHERE idempotency_keys.created_at < now() - interval '24 hours'
        RETURNING 1
    )
    SELECT open, EXISTS (SELECT FROM claimed) AS fresh FROM door
    """
)
_FIND = text(
    """
    SELECT body_hash, status, headers, body FROM idempotency_keys
    WHERE principal = :principal AND route = :route AND key = :key AND status IS NOT NULL
    """
)
_KEEP = text(
    """
    UPDATE idempotency_keys SET status = :status, headers = CAST(:headers AS jsonb), body = :body
    WHERE principal = :principal AND route = :route AND key = :key
    """
)
_GIVE_UP = text("DELETE FROM idempotency_keys WHERE principal = :principal AND route = :route AND key = :key")
_FORGET = text(
    """
    DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM idempotency_keys WHERE created_at < now() - interval '24 hours' LIMIT :most
    ))
    """
)
