"""Whether a fact is its owner's: on the owner's topic, by the owner, under the key that it is about; and signed by the owner
where it destroys.

Whoever may write to a topic can write any header. So each reader holds a record against the catalogue, which says who owns
the topic of a type, and against what the fact says itself. What does not fit is parked, changes nothing and holds up
nothing; releasing it asks the same questions again. Facts that destroy carry a signature over what they say (Ed25519), by a
private key that only their owner has.
"""

from __future__ import annotations

import base64
import binascii

from aiokafka import ConsumerRecord
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from rapport_contracts.envelope import Envelope
from rapport_contracts.event import Event
from rapport_contracts.fields import written

from rapport_chassis.keys import KeyRing, Keys, KeysUnusable

FOREIGN = (
    "wrong-topic",
    "wrong-source",
    "wrong-key",
    "wrong-subject",
    "signature-missing",
    "signature-wrong",
    "signature-key-unknown",
)
"""Reasons to park what is not shown to be its owner's. It is out of the order of its key: others are not to wait for it."""


def foreign(kind: type[Event], topic: str, record: ConsumerRecord, envelope: Envelope, keys: Keys | None) -> str | None:
    """Why the record is not shown to be a fact of its owner, one of `FOREIGN`; None when it is. `topic` is what the topic of
    the type is called here. That the subject is the one in the data is left to `about_another`."""
    if record.topic != topic:
        return "wrong-topic"
    if envelope.source != kind.publisher:
        return "wrong-source"
    if record.key != str(envelope.subject).encode():
        return "wrong-key"
    return _unsigned(envelope, record.value or b"", keys.verifying if keys is not None else None) if kind.signed else None


def about_another(event: Event, envelope: Envelope) -> bool:
    """Whether the data is about something else than the envelope says: `wrong-subject`."""
    return event.key != envelope.subject


def sign(envelope: Envelope, value: bytes, keys: Keys | None) -> str:
    """The signature for the header: `<version of the key>.<URL-safe base64>`. Raises KeysUnusable in a service that has no
    signing key."""
    if keys is None or keys.signing is None:
        raise KeysUnusable("signing.key is missing: facts that destroy are signed")
    version = keys.signing.newest
    signature = Ed25519PrivateKey.from_private_bytes(keys.signing.get(version)).sign(_message(envelope, value))
    return f"{version}.{base64.urlsafe_b64encode(signature).decode()}"


def _unsigned(envelope: Envelope, value: bytes, ring: KeyRing | None) -> str | None:
    if envelope.signature is None:
        return "signature-missing"
    number, _, text = envelope.signature.partition(".")
    try:
        signature = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
        key = ring.versions.get(int(number)) if ring is not None else None
    except (binascii.Error, ValueError):
        return "signature-wrong"
    if key is None:
        return "signature-key-unknown"
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, _message(envelope, value))
    except (InvalidSignature, ValueError):
        return "signature-wrong"
    return None


def _message(envelope: Envelope, value: bytes) -> bytes:
    """What is signed: id, type, source, subject and time of the envelope, and the value, each behind its length."""
    told = (envelope.id, envelope.type, envelope.source, envelope.subject, written(envelope.time))
    parts = [b"rapport-fact-1", *(str(one).encode() for one in told), value]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
