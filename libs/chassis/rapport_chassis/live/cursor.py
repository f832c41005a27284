"""How far one listener has heard, and what can be in the way of hearing more."""

from __future__ import annotations

from dataclasses import dataclass

from rapport_chassis.live import position
from rapport_chassis.live.hearing import Notice


class Lost(Exception):
    """What came after the position of a listener cannot be told any more; the listener is now at the end of the feed.

    `reason`: `start` (there was no position), `unknown` (it is none of this log), `too-far` (more came since than is kept),
    `log-changed` (the topics are not those of before), `too-slow` (the listener does not keep up).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Closed(Exception):
    """The service stops."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One event in the feed, and where it lies: which partition, which offset."""

    place: int
    offset: int
    notice: Notice


@dataclass(slots=True)
class Cursor:
    """How far one listener has heard. Before it has joined `offsets` are what it asks for, None: from now on."""

    offsets: list[int] | None
    number: int = 0
    epoch: int = 0
    waits_since: float | None = None

    @classmethod
    def at(cls, text: str | None) -> Cursor:
        """At the position that `written` gave; a text that is none is a position that no log has."""
        return cls(None if text is None else position.read(text) or [])

    @property
    def joined(self) -> bool:
        """Whether `written` says where it is."""
        return self.epoch > 0

    @property
    def written(self) -> str:
        """The position as a text."""
        return position.written(self.offsets or ())

    def takes(self, kept: Kept) -> bool:
        """Go on behind this event; False when it has been heard before."""
        self.number += 1
        assert self.offsets is not None  # noqa: S101 - nobody is given anything before they joined
        if kept.offset < self.offsets[kept.place]:
            return False
        self.offsets[kept.place] = kept.offset + 1
        return True
