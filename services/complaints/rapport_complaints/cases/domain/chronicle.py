"""Aggregates with a history: every move is written down with who, when and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from rapport_kernel.aggregate import Aggregate

from rapport_complaints.cases.domain.history import Act, Done


@dataclass(kw_only=True)
class Chronicled(Aggregate):
    """`last_at` is the newest time in its history (UTC); `done` are the rows that are not stored yet."""

    last_at: datetime
    done: list[Done] = field(default_factory=list, repr=False, compare=False)

    @property
    def sealed_under(self) -> UUID:
        """The subject whose key seals its notes: `keyed_by`, or itself where it has no such field."""
        key: UUID = getattr(self, "keyed_by", self.id)
        return key

    def _may(self, move: str) -> None:
        """Raises NotAllowed when the state has no such move."""
        if self.life is not None:
            self.life.target(self.state, move)

    def _do(self, move: str, act: Act, **detail: Any) -> None:
        """Make a move and write it down; `detail` holds codes, times and ids. Raises NotAllowed."""
        source = self.state
        self.move(move)
        self._note(move, source, act, **detail)

    def _note(self, move: str, source: str, act: Act, **detail: Any) -> None:
        self.done.append(Done(move, source, self.state, act, detail))
        self.last_at = max(self.last_at, act.at)
