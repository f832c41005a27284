"""What is done to personal data of pushed events before it is kept."""

from __future__ import annotations

import hashlib
from uuid import UUID

from rapport_chassis.vault import Transport
from rapport_chassis.work import Work
from rapport_contracts.interactions import PRIVATE

_DIGEST_BYTES = 16
_MARK_BYTES = 9


class Seals:
    """Keyed digests and sealed identifiers. Open it with `work.store(Seals)`."""

    def __init__(self, work: Work) -> None:
        """Raises KeysUnusable when the installation has no keys."""
        keys = work.vault.keys
        # Without this key nobody can try out which number lies behind a digest. The oldest: digests must stay comparable.
        key = keys.index.get(min(keys.index.versions))
        self._transport = Transport(keys)
        self._digest = hashlib.blake2b(key=key, digest_size=_DIGEST_BYTES)
        self._mark = hashlib.blake2b(key=key, digest_size=_MARK_BYTES)

    def digest(self, content: bytes) -> bytes:
        """The keyed digest by which the same content is recognised."""
        begun = self._digest.copy()
        begun.update(content)
        return begun.digest()

    def mark(self, interaction_id: UUID, kind: str, value: str) -> str:
        """Tells equal identifiers of one contact; those of two contacts cannot be compared."""
        begun = self._mark.copy()
        begun.update(interaction_id.bytes + kind.encode() + b"\0" + value.encode())
        return begun.hexdigest()

    def seal(self, interaction_id: UUID, value: str) -> str:
        """Sealed for Profiles alone, as it travels on the private topic."""
        return self._transport.seal(value, f"{PRIVATE}:{interaction_id}")
