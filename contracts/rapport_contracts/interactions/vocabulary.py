"""The closed lists of Interactions, open on the wire."""

from __future__ import annotations

from enum import StrEnum


class ContactMode(StrEnum):
    """Face to face, with a person at a distance, or without a person (S34: 面对面, 间接人员互动, 非人员互动)."""

    FACE_TO_FACE = "face_to_face"
    REMOTE = "remote"
    UNATTENDED = "unattended"


class ContactState(StrEnum):
    """Where a contact stands. `voided`: the line was opened and nobody was there; `timed_out`: no end was told."""

    INITIATED = "initiated"
    QUEUED = "queued"
    CONNECTED = "connected"
    ON_HOLD = "on_hold"
    TRANSFERRED = "transferred"
    ABANDONED = "abandoned"
    VOIDED = "voided"
    COMPLETED = "completed"
    TIMED_OUT = "timed_out"


class LinkRule(StrEnum):
    """How the customer of a contact is known: the kinds of identifiers, and the two ways in which a person says so."""

    PHONE = "phone"
    EMAIL = "email"
    MEMBER_NUMBER = "member_number"
    EXTERNAL_ID = "external_id"
    BY_HAND = "by_hand"
    CONFLICT_RESOLVED = "conflict_resolved"


class ContactOutcome(StrEnum):
    """How a contact ended. `phantom`: the line was opened and nobody was there; never offered work."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    PHANTOM = "phantom"
    SELF_SERVED = "self_served"
    UNKNOWN = "unknown"
