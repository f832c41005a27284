"""Idempotency-Key: a POST that is sent again gets the stored answer, and its effect happens once.

The row is written in the transaction of the command: either both are there or neither. Answers may hold personal data, so
they are stored encrypted under a key that is derived from the Idempotency-Key itself, of which only a hash is stored:
without the caller's key nobody can read them, and after 24 hours they are gone. A key is its principal's; that of somebody
we do not know belongs to the link they followed, so that no stranger meets another's key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from rapport_kernel.errors import Conflict, Invalid, Unavailable
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from rapport_chassis.actor import Actor
from rapport_chassis.database import to_json
from rapport_chassis.security.callers import ANYBODY
from rapport_chassis.web.answer import Answer
from rapport_chassis.web.problems import BadRequest

HEADER = "Idempotency-Key"
_KEY = re.compile(rb"[\x21-\x7e]{1,255}")
_NONCE = 12


class InProgress(Conflict):
    """The first request with this key is still being worked on."""

    code = "request-in-progress"
    retry_after = 1


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
            raise BadRequest("bad-idempotency-key", "An Idempotency-Key has 1 to 255 visible ASCII characters.")
        whose = str(actor).encode()
        if actor == ANYBODY:  # strangers have only the link in common that each of them holds: it is in the path
            whose += b" " + hashlib.sha256(target).digest()
        both = hashlib.sha512(b"\0".join((b"idempotency", whose, route.encode(), header))).digest()
        secret = both[32:]
        digest = hmac.digest(secret, len(target).to_bytes(4, "big") + target + body, "sha256")
        return cls(str(actor), route, both[:32].hex(), digest, secret)

    @property
    def lock(self) -> int:
        """The advisory lock of this slot (64 bits, signed)."""
        return int.from_bytes(hashlib.blake2b(self.key.encode(), digest_size=8).digest(), "big", signed=True)


async def claim(connection: AsyncConnection, slot: Slot) -> Answer | None:
    """Take the slot for this transaction, or give the answer that is stored in it.

    Raises InProgress (409) while another transaction holds it, Invalid `idempotency-key-reused` (422) when it was used for
    something else.
    """
    place = {"principal": slot.principal, "route": slot.route, "key": slot.key}
    row = (await connection.execute(_CLAIM, {**place, "lock": slot.lock, "body_hash": slot.digest})).one()
    if not row.open:
        raise InProgress
    if row.fresh:
        return None
    kept = (await connection.execute(_FIND, place)).one_or_none()
    if kept is None:
        raise Unavailable("try-again", "The key was forgotten at this moment; send it again.", retry_after=1)
    if not hmac.compare_digest(kept.body_hash, slot.digest):
        raise Invalid("idempotency-key-reused", "This Idempotency-Key was used for another request.")
    return _open(slot, kept)


async def keep(connection: AsyncConnection, slot: Slot, answer: Answer) -> None:
    """Store the answer in the slot that this transaction claimed."""
    nonce = os.urandom(_NONCE)
    headers = {**answer.headers, **({"content-type": answer.media_type} if answer.media_type else {})}
    await connection.execute(
        _KEEP,
        {
            "principal": slot.principal,
            "route": slot.route,
            "key": slot.key,
            "status": answer.status,
            "headers": to_json(headers),
            "body": nonce + AESGCM(slot.secret).encrypt(nonce, answer.body, slot.digest),
        },
    )


async def give_up(connection: AsyncConnection, slot: Slot) -> None:
    """Leave nothing of the slot that this transaction claimed: its key may be used again."""
    await connection.execute(_GIVE_UP, {"principal": slot.principal, "route": slot.route, "key": slot.key})


async def forget(connection: AsyncConnection, most: int = 5000) -> int:
    """Delete up to `most` answers older than 24 hours; returns how many. Called by the service's housekeeping."""
    return int((await connection.execute(_FORGET, {"most": most})).rowcount)


def _open(slot: Slot, kept: Any) -> Answer:
    body = AESGCM(slot.secret).decrypt(kept.body[:_NONCE], kept.body[_NONCE:], slot.digest)
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
