"""Anchors: where the audit trail of a service ended at a time, kept where the service's database cannot reach.

Each service publishes its own on a private topic of its own, to which it can only add (the module `receipts` of its folder).
A trail whose rows up to `audit_rows` do not end in `audit_hash` is not the one that was anchored.
"""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import Field

from rapport_contracts.event import Payload
from rapport_contracts.fields import UtcTime

ANCHORED = "By the service itself: at its start, and ten minutes after the last one when the audit trail went on since."
"""When."""


class AuditAnchor(Payload):
    """The hash of row number `audit_rows` of the audit trail, which seals all rows up to it."""

    anchor_id: UUID
    audit_rows: int = Field(ge=1)
    audit_hash: str = Field(pattern="^[0-9a-f]{64}$")
    anchored_at: UtcTime


def anchor_id(service: str) -> UUID:
    """The key of all anchors of a service."""
    return uuid5(NAMESPACE_URL, f"rapport:{service}:anchor")


def anchors_topic(service: str) -> str:
    """Where they are kept."""
    return f"rapport.{service}.anchors"
