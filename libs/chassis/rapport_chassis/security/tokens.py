"""OIDC/JWT resource server (RFC 9068, RFC 8725): who signs, for whom, until when; everything else in a token is refused."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx
import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, OctKey
from joserfc.jwt import JWTClaimsRegistry
from rapport_kernel.errors import Unauthenticated, Unavailable

from rapport_chassis.actor import Actor, ActorKind
from rapport_chassis.security.scopes import Level

ALGORITHMS = ("ES256", "ES384", "Ed25519", "EdDSA", "PS256", "RS256")
"""Signatures that are accepted. No HMAC: a public key could be used as its secret. No `none`."""
_HEADERS = {"alg", "kid", "typ", "cty"}
"""Header members that are understood. `crit`, `jwk`, `jku`, `x5u`, `x5c` and all others make a token invalid."""
_TYPES = {None, "jwt", "at+jwt", "application/at+jwt"}
_LONGEST = 8192
LONGEST_LIFE = 24 * 3600.0
"""Seconds that a token may still be good for: it cannot be taken back before."""
_REFRESH_AGED = 600.0
_PAUSE = 60.0
_PAUSE_WITHOUT_KEYS = 5.0
_CACHE_SECONDS = 60.0
_CACHE_SIZE = 10_000

_log = logging.getLogger(__name__)
Clock = Callable[[], float]


class Jwks:
    """The issuer's public keys, from a URL or a file. Read when first needed, again every ten minutes, and when a key id is
    not known, but for that at most once a minute, however many such tokens come."""

    def __init__(
        self, source: str, *, clock: Clock = time.monotonic, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """`source` is an http(s) URL or a path. Nothing is read here."""
        self._source = source
        self._clock = clock
        self._transport = transport
        self._keys: dict[str, Key] = {}
        self._read_at: float | None = None
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def key(self, kid: str | None) -> Key:
        """The key of that id; without an id, the only one. Raises Unauthenticated, or Unavailable when the keys could
        never be read."""
        found = self._find(kid)
        refreshing = bool(self._keys) and self._lock.locked()
        if (found is None or self._aged()) and not (found is not None and refreshing):
            await self._refresh()
            found = self._find(kid)
        if found is None:
            if not self._keys:
                raise Unavailable("issuer-unavailable", retry_after=5)
            raise Unauthenticated("token-invalid")
        return found

    def _aged(self) -> bool:
        return self._read_at is None or self._clock() - self._read_at > _REFRESH_AGED

    def _find(self, kid: str | None) -> Key | None:
        if kid is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid)

    async def _refresh(self) -> None:
        """Read the keys, unless that was tried within the last minute (the last seconds while there are none at all).
        What cannot be read leaves the old keys in place."""
        async with self._lock:
            now = self._clock()
            if now - self._tried_at < (_PAUSE if self._keys else _PAUSE_WITHOUT_KEYS):
                return
            self._tried_at = now
            try:
                self._keys = _import(orjson.loads(await self._read()))
                self._read_at = now
            except (httpx.HTTPError, OSError, ValueError, JoseError) as error:
                _log.warning("the issuer's keys cannot be read: %s", type(error).__name__)

    async def _read(self) -> bytes:
        if not self._source.startswith(("http://", "https://")):
            return await asyncio.to_thread(Path(self._source).read_bytes)
        async with httpx.AsyncClient(timeout=5, follow_redirects=False, transport=self._transport) as client:
            answer = await client.get(self._source)
            answer.raise_for_status()
            return answer.content


def _import(document: Any) -> dict[str, Key]:
    """Usable public keys by id. Shared secrets and encryption keys in the set are left out."""
    keys = KeySet.import_key_set(cast("Any", document)).keys
    return {_identify(key): key for key in keys if not isinstance(key, OctKey) and key.get("use") != "enc"}


def _identify(key: Key) -> str:
    key.ensure_kid()
    return str(key.kid)


@dataclass(slots=True)
class _Known:
    actor: Actor
    until: float


class Tokens:
    """Verifies access tokens of one issuer for one audience and makes actors of them.

    Claims: `sub` (opaque id, or another claim that the operator names), `scope` (names with spaces between), `level` (1 to
    4, default 1), `exp` (must be there, and within a day). A token whose `client_id` is its `sub` belongs to a program,
    not a person (RFC 9068, section 5).
    A token that was verified is known for at most 60 seconds, so a key that the issuer withdraws stays good that long.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        keys: Jwks,
        leeway: int = 30,
        clock: Clock = time.time,
        staff_claim: str = "sub",
    ) -> None:
        """`leeway` in seconds, at most 60, for clocks that differ; `staff_claim` is the claim with the opaque id."""
        if not 0 <= leeway <= 60:  # noqa: PLR2004 - the bound is the rule
            raise ValueError("a leeway is 0 to 60 seconds")
        self._issuer, self._audience, self._keys, self._leeway, self._clock = issuer, audience, keys, leeway, clock
        self._staff_claim = staff_claim
        self._cache: dict[bytes, _Known] = {}

    async def verify(self, token: str) -> Actor:
        """The caller. Raises Unauthenticated `token-invalid` or `token-expired`, Unavailable."""
        if len(token) > _LONGEST:
            raise _invalid()
        digest = hashlib.sha256(token.encode("latin-1", "replace")).digest()
        known = self._cache.get(digest)
        now = self._clock()
        if known is not None and now < known.until:
            return known.actor
        claims = await self._claims(token, now)
        actor = _actor(claims, self._staff_claim)
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[digest] = _Known(actor, min(now + _CACHE_SECONDS, claims["exp"] + self._leeway))
        return actor

    async def _claims(self, token: str, now: float) -> Mapping[str, Any]:
        try:
            signed = jws.extract_compact(token.encode("ascii"))
            header = signed.headers()
        except (JoseError, ValueError):
            raise _invalid() from None
        kid, kind = header.get("kid"), header.get("typ")
        if not set(header) <= _HEADERS or header.get("alg") not in ALGORITHMS or not isinstance(kid, str | None):
            raise _invalid()
        if (kind.lower() if isinstance(kind, str) else kind) not in _TYPES:
            raise _invalid()
        key = await self._keys.key(kid)
        try:
            if not jws.validate_compact(signed, key, algorithms=list(ALGORITHMS)):
                raise _invalid()
            claims = orjson.loads(signed.payload or b"")
        except (JoseError, ValueError, TypeError):
            raise _invalid() from None
        if not isinstance(claims, dict):
            raise _invalid()
        self._check(claims, now)
        return claims

    def _check(self, claims: dict[str, Any], now: float) -> None:
        expires = claims.get("exp")
        if isinstance(expires, bool) or not isinstance(expires, int | float):
            raise _invalid()
        if expires + self._leeway <= now:
            raise Unauthenticated("token-expired")
        if expires - self._leeway > now + LONGEST_LIFE:
            raise _invalid()
        registry = JWTClaimsRegistry(
            now=int(now),
            leeway=self._leeway,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        try:
            registry.validate(claims)
        except (JoseError, ValueError, TypeError):
            raise _invalid() from None


def _actor(claims: Mapping[str, Any], staff_claim: str) -> Actor:
    program = claims.get("client_id") == claims["sub"]
    subject = claims["sub"] if program else claims.get(staff_claim)
    scope, level = claims.get("scope", ""), claims.get("level", 1)
    if not isinstance(subject, str) or not subject.isascii() or not subject.isprintable() or len(subject) > 255:  # noqa: PLR2004
        raise _invalid()
    if not isinstance(scope, str) or isinstance(level, bool) or level not in tuple(Level):
        raise _invalid()
    expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    kind: ActorKind = "machine" if program else "person"
    return Actor(kind, subject, frozenset(scope.split()), int(level), expires_at=expires_at)


def _invalid() -> Unauthenticated:
    return Unauthenticated("token-invalid")
