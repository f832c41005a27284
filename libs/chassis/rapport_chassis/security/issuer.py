"""A token issuer for running on one machine: a key pair in a folder, and tokens signed with it.

Only for local running. Anywhere else an OIDC provider issues tokens, and services are told its `issuer` and `jwks`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from rapport_kernel.ids import new_id

LOCAL_ISSUER = "https://rapport.local"
_ALGORITHM = "ES256"


class LocalIssuer:
    """Signs tokens with the key in `folder` (`issuer.key.json`, mode 600), which is made when it is not there.

    `jwks` is the file of its public keys, to be given to services as their `jwks` setting.
    """

    def __init__(self, folder: Path, *, issuer: str = LOCAL_ISSUER, audience: str = "rapport") -> None:
        """Makes the folder and the key pair if needed. Raises OSError when the folder cannot be used."""
        self.issuer = issuer
        self.audience = audience
        self.jwks = folder / "issuer.jwks.json"
        self._key = _key_in(folder)
        public = orjson.dumps(KeySet([self._key]).as_dict(private=False), option=orjson.OPT_INDENT_2)
        if not self.jwks.exists() or self.jwks.read_bytes() != public:
            _write(self.jwks, public, mode=0o644)

    def mint(self, subject: str, scopes: Iterable[str], *, level: int = 1, minutes: float = 60, **claims: Any) -> str:
        """A token for `subject` with these scopes and access level, good for `minutes`. `claims` overrides any claim."""
        now = int(time.time())
        payload = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "scope": " ".join(scopes),
            "level": level,
            "iat": now,
            "nbf": now,
            "exp": now + int(minutes * 60),
            "jti": str(new_id()),
            **claims,
        }
        header = {"alg": _ALGORITHM, "kid": self._key.kid, "typ": "at+jwt"}
        return jwt.encode(header, payload, self._key, algorithms=[_ALGORITHM])


def _key_in(folder: Path) -> ECKey:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "issuer.key.json"
    if not path.exists():
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": _ALGORITHM}, auto_kid=True)
        _write(path, orjson.dumps(key.as_dict(private=True)), mode=0o600)
    return ECKey.import_key(orjson.loads(path.read_bytes()))


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """Whole or not at all; the first of two processes wins nothing but time, since the last file stays."""
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    draft.replace(path)
