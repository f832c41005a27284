"""The closed lists of Interactions, open on the wire."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """Face to face, with a person at a distance, or without a person (S34: 面对面, 间接人员互动, 非人员互动)."""

    FACE_TO_FACE = "face_to_face"
    REMOTE = "remote"
    UNATTENDED = "unattended"


class Outcome(StrEnum):
    """How a contact ended. `phantom`: the line was opened and nobody was there; never offered work."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    PHANTOM = "phantom"
    SELF_SERVED = "self_served"
    UNKNOWN = "unknown"
