"""Aggregates that people act on: every move is written down with who, when and why, and time itself can make things true."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from rapport_kernel.aggregate import Aggregate
from rapport_kernel.chain import moment
from rapport_kernel.ids import new_id
from rapport_kernel.states import StateTable

Sealed = bytes
"""Free text under the key of a data subject; the domain carries it and never reads it."""


@dataclass(frozen=True, slots=True)
class Act:
    """The circumstances of a command. `at` is when it happened (UTC), which may lie before `recorded_at`, when it was
    entered; `by` is `kind:opaque-id`; `reason` is a code; `note` is sealed free text. The `digest` of the note stands in the
    chain of the history; `salt` is the sealed salt of that digest."""

    at: datetime
    recorded_at: datetime
    by: str
    reason: str | None = None
    note: Sealed | None = None
    salt: Sealed | None = None
    digest: bytes | None = None

    @property
    def who(self) -> str:
        """The opaque id in `by`, as staff are named elsewhere."""
        return self.by.partition(":")[2]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One row of a history: a move that was made, or what the system found out by itself (`source` equals `target`).

    `detail` holds codes, whole numbers, times and ids, never free text or fractions. `parts` are what was recorded with it
    and is stored in a table of its own; only the store of that kind knows what they are."""

    move: str
    source: str
    target: str
    act: Act
    detail: dict[str, Any] = field(default_factory=dict)
    parts: tuple[object, ...] = ()
    id: UUID = field(default_factory=new_id)


class Noted:
    """What the `detail` of an entry holds: names with their types, as they stand in JSON. A type may also be a vocabulary or
    a life: one of its codes. `sometimes` are names that an entry may be without.

        noted: ClassVar = {"start": Noted(owner=str), "propose": Noted({"amount": str}, remedy=RemedyKind)}
    """

    def __init__(self, sometimes: Mapping[str, Any] | None = None, /, **always: Any) -> None:
        self.always, self.sometimes = always, dict(sometimes or {})

    def holds(self, detail: Mapping[str, Any]) -> bool:
        """Whether it has all that it should, and nothing else."""
        return self.always.keys() <= detail.keys() <= self.always.keys() | self.sometimes.keys()


def any_open(parts: Iterable[Any], ended: str) -> bool:
    """Whether one of these has no time in its field `ended`. They are parts of an aggregate, or the JSON of its row: what
    can be done is told of both by one rule."""
    return any(part[ended] is None if isinstance(part, Mapping) else getattr(part, ended) is None for part in parts)


def entry_content(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is hashed of a row of the history, by the names of its columns; `detail` is plain JSON, the note stands in it by
    its digest. This never changes: rows that exist were sealed over it."""
    plain = ("kind", "move", "source", "target", "actor", "reason", "detail")
    return {
        **{name: row[name] for name in plain},
        "id": str(row["id"]),
        "subject_id": str(row["subject_id"]),
        "at": moment(row["at"]),
        "recorded_at": moment(row["recorded_at"]),
        "note": None if row["digest"] is None else row["digest"].hex(),
    }


@dataclass(kw_only=True)
class AggregateWithHistory(Aggregate):
    """Base of everything that people act on. `last_at` is the newest time in its history (UTC), `unsaved_history` the rows
    that are not stored yet.

    Methods that change it take the circumstances as `act` and raise NotAllowed when the state has no such move:

        def start(self, act: Act, owner: str) -> None:
            self._transition("start", act, owner=owner)
            self.owner, self.started_at = owner, self.started_at or act.at
            self._emit(facts.WinBackStarted, started_at=act.at)
    """

    noted: ClassVar[Mapping[str, Noted]] = {}
    """What the entries of its history hold, by their names: of moves that have a detail, and of whatever else is logged. Of
    several bases each has its own."""
    noted_by_move: ClassVar[Mapping[str, Noted]] = {}
    """All that may stand in its history: the moves of its life, and what is `noted`."""

    last_at: datetime
    unsaved_history: list[HistoryEntry] = field(default_factory=list, repr=False, compare=False)

    def __init_subclass__(cls, life: StateTable | None = None) -> None:
        """Puts its entries together."""
        super().__init_subclass__(life=life)
        moves = () if cls.life is None else (move.name for move in cls.life.moves)
        own = [vars(base)["noted"] for base in reversed(cls.__mro__) if "noted" in vars(base)]
        cls.noted_by_move = {
            **{move: Noted() for move in moves},
            **{name: noted for each in own for name, noted in each.items()},
        }

    @property
    def note_key(self) -> UUID:
        """The data subject whose key seals its notes: the field `keyed_by` where there is one, else itself."""
        key: UUID = getattr(self, "keyed_by", self.id)
        return key

    @property
    def next_check_at(self) -> datetime | None:
        """When `settle` will have something to record if nothing else happens (UTC); None: never. Must not depend on what
        the store loads after the row."""
        return None

    def settle(self, now: datetime) -> None:
        """Record what has become true by `now`, each fact once and at its own time, however late this is called."""

    def _ensure_allowed(self, move: str) -> None:
        """Raises NotAllowed when the state has no such move."""
        if self.life is not None:
            self._target(move)

    def _transition(self, move: str, act: Act, **detail: Any) -> None:
        """Record what became true before the act, make the move and log it. Raises NotAllowed before anything changes."""
        self._ensure_allowed(move)
        self.settle(act.at)
        source = self.state
        self.move(move)
        self._log_move(move, source, act, **detail)

    def _log_move(self, move: str, source: str, act: Act, **detail: Any) -> None:
        """Log what somebody did; the state is already the one it led to. `source` is empty for what begins the history."""
        self.unsaved_history.append(HistoryEntry(move, source, self.state, act, detail))
        self.last_at = max(self.last_at, act.at)

    def _log_system(self, what: str, act: Act, **detail: Any) -> None:
        """Log what the system found out by itself; `last_at` stays, so that what people did before can still be entered."""
        self.unsaved_history.append(HistoryEntry(what, self.state, self.state, act, detail))

    def _attach(self, parts: Sequence[object]) -> None:
        """Keep these with the entry that was logged last; see `HistoryEntry.parts`."""
        self.unsaved_history[-1] = replace(self.unsaved_history[-1], parts=tuple(parts))
