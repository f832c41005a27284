"""The life of an interaction, as published, and the contact as people act on it.

A fold puts an interaction into one of these states; it never refuses an event, so no move here belongs to people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from rapport_kernel.history import AggregateWithHistory, Noted
from rapport_kernel.states import Move, StateTable

_MOVES = (
    ("queue", "initiated", "queued"),
    ("connect", "initiated", "connected"),
    ("abandon", "initiated", "abandoned"),
    ("void", "initiated", "voided"),
    ("end", "initiated", "completed"),
    ("time-out", "initiated", "timed_out"),
    ("connect", "queued", "connected"),
    ("abandon", "queued", "abandoned"),
    ("void", "queued", "voided"),
    ("end", "queued", "completed"),
    ("time-out", "queued", "timed_out"),
    ("hold", "connected", "on_hold"),
    ("transfer", "connected", "transferred"),
    ("queue", "connected", "queued"),
    ("end", "connected", "completed"),
    ("time-out", "connected", "timed_out"),
    ("resume", "on_hold", "connected"),
    ("transfer", "on_hold", "transferred"),
    ("queue", "on_hold", "queued"),
    ("end", "on_hold", "completed"),
    ("time-out", "on_hold", "timed_out"),
    ("queue", "transferred", "queued"),
    ("connect", "transferred", "connected"),
    ("end", "transferred", "completed"),
    ("time-out", "transferred", "timed_out"),
    ("amend", "timed_out", "completed"),
    ("amend-as-abandoned", "timed_out", "abandoned"),
    ("amend-as-void", "timed_out", "voided"),
    ("amend", "abandoned", "completed"),
    ("amend-as-void", "abandoned", "voided"),
    ("amend-as-abandoned", "completed", "abandoned"),
    ("amend-as-void", "completed", "voided"),
    ("amend", "voided", "completed"),
    ("amend-as-abandoned", "voided", "abandoned"),
)
ENDED = frozenset({"completed", "abandoned", "voided"})
"""The source has reported the end."""

LIFE = StateTable(
    "interaction",
    "initiated",
    [Move(name, source, target, by="system") for name, source, target in _MOVES],
    ended=(*sorted(ENDED), "timed_out"),
)

OPEN = frozenset(LIFE.states) - set(LIFE.ended)
"""Still going on, as far as we know."""


@dataclass(kw_only=True)
class Contact(AggregateWithHistory, life=LIFE):
    """A contact as people act on it. Its history holds only their acts: entering it, and saying whose it is. Everything else
    is folded from its events, which are kept. Notes in the history are sealed with a key of the contact's own.
    """

    noted: ClassVar = {"enter": Noted(), "link-customer": Noted(customer_id=UUID)}
