"""The unit of work of this service: the chassis's, with the stores."""

from __future__ import annotations

import hashlib
from functools import cached_property
from uuid import UUID

from rapport_chassis.keys import KeysUnusable
from rapport_chassis.vault import Transport
from rapport_chassis.work import Work
from rapport_contracts.interactions import PRIVATE

from rapport_interactions.store.call_events import CallEvents
from rapport_interactions.store.interactions import Interactions
from rapport_interactions.store.notes import Notes
from rapport_interactions.store.quarantine import Quarantine

_DIGEST_BYTES = 16
_MARK_BYTES = 9


class Seals:
    """What is done to personal data of pushed events before it is kept."""

    def __init__(self, transport: Transport, key: bytes) -> None:
        """`key` is secret: without it nobody can try out which number lies behind a digest."""
        self._transport = transport
        self._digest = hashlib.blake2b(key=key, digest_size=_DIGEST_BYTES)
        self._mark = hashlib.blake2b(key=key, digest_size=_MARK_BYTES)

    def digest(self, content: bytes) -> bytes:
        """The keyed digest by which the same content is known again."""
        begun = self._digest.copy()
        begun.update(content)
        return begun.digest()

    def mark(self, interaction_id: UUID, kind: str, value: str) -> str:
        """Tells equal identifiers of one contact; those of two contacts cannot be compared."""
        begun = self._mark.copy()
        begun.update(interaction_id.bytes + kind.encode() + b"\0" + value.encode())
        return begun.hexdigest()

    def seal(self, interaction_id: UUID, value: str) -> str:
        """For Profiles alone, as it travels on the private topic."""
        return self._transport.seal(value, f"{PRIVATE}:{interaction_id}")


class InteractionsWork(Work):
    """One transaction of Interactions."""

    @cached_property
    def call_events(self) -> CallEvents:
        """Pushed events and the queue of what to fold."""
        return CallEvents(self)

    @cached_property
    def interactions(self) -> Interactions:
        """Folded interactions."""
        return Interactions(self)

    @cached_property
    def quarantine(self) -> Quarantine:
        """Items that could not be used."""
        return Quarantine(self)

    @cached_property
    def notes(self) -> Notes:
        """Agents' notes."""
        return Notes(self)

    @cached_property
    def seals(self) -> Seals:
        """Raises KeysUnusable when the installation has no keys."""
        if self._keys is None:
            raise KeysUnusable("interactions was started without keys")
        return Seals(Transport(self._keys), self._keys.index.get(min(self._keys.index.versions)))
