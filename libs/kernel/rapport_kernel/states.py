"""State machines as tables: the API publishes them, a test walks them, the docs draw them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from rapport_kernel.errors import NotAllowed
from rapport_kernel.vocabularies import Vocabulary


@dataclass(frozen=True, slots=True)
class Move:
    """`name` is an imperative verb; it leads from `source` to `target`.

    What only the system does, because of time, of an event, or of what customers do on their pages, says so with
    `by="system"`; all others people make with an operation of the API."""

    name: str
    source: str
    target: str
    by: Literal["people", "system"] = "people"


class StateTable:
    """A life: its name, one initial state and the moves. Refuses at construction what could not be reached or is
    ambiguous."""

    def __init__(self, name: str, initial: str, moves: Iterable[Move], ended: Iterable[str] | None = None) -> None:
        """`name` is what lives so, in the singular (`win-back`): the life is published under it, and its vocabularies are
        called after it. `ended`: the states in which it is over, where something can begin it anew; by default those that no
        move leaves.

        Raises ValueError when two moves of one name leave one state, when a state cannot be reached, when a state in which
        it is over is none of its states or one that no move leaves is not among them, or when a move is made by people from
        one state and by the system from another."""
        self.name, self.initial = name, initial
        self.moves = tuple(moves)
        self._targets: dict[tuple[str, str], str] = {}
        for move in self.moves:
            if (move.source, move.name) in self._targets:
                raise ValueError(f"two moves '{move.name}' from '{move.source}'")
            self._targets[move.source, move.name] = move.target
        both = {m.name for m in self.moves if m.by == "people"} & {m.name for m in self.moves if m.by == "system"}
        if both:
            raise ValueError(f"made by people and by the system: {', '.join(sorted(both))}")
        states = [initial, *(state for m in self.moves for state in (m.source, m.target))]
        self.states = Vocabulary(f"{name}-state", states)
        unreachable = set(self.states) - self._reachable()
        if unreachable:
            raise ValueError(f"not reachable: {', '.join(sorted(unreachable))}")
        self.ended = self.final if ended is None else tuple(ended)
        if strange := (set(self.ended) - set(self.states)) | (set(self.final) - set(self.ended)):
            raise ValueError(f"ended or not: {', '.join(sorted(strange))}")

    @property
    def final(self) -> tuple[str, ...]:
        """The states that no move leaves."""
        sources = {move.source for move in self.moves}
        return tuple(state for state in self.states if state not in sources)

    def allowed(self, state: str) -> tuple[str, ...]:
        """The names of the moves that leave `state`, in the order of the table."""
        return tuple(move.name for move in self.moves if move.source == state)

    @property
    def actions(self) -> str:
        """The name of the vocabulary of what is done: the moves, and the operations that make them."""
        return f"{self.name}-action"

    @property
    def called(self) -> tuple[str, ...]:
        """The names of the moves that people make: those that an operation makes. In the order of the table."""
        return tuple(dict.fromkeys(move.name for move in self.moves if move.by == "people"))

    def target(self, state: str, move: str) -> str:
        """Where `move` leads from `state`. Raises NotAllowed, which lists the moves that are."""
        found = self._targets.get((state, move))
        if found is None:
            raise NotAllowed(state, move, self.allowed(state))
        return found

    def as_dict(self) -> Mapping[str, object]:
        """The table as published by the API."""
        return {
            "state_vocabulary": self.states.name,
            "move_vocabulary": self.actions,
            "initial": self.initial,
            "states": list(self.states),
            "final": list(self.final),
            "moves": [{"name": m.name, "from": m.source, "to": m.target, "by": m.by} for m in self.moves],
        }

    def mermaid(self) -> str:
        """The table as a Mermaid state diagram, for the documents."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {m.source} --> {m.target}: {m.name}" for m in self.moves]
        lines += [f"    {state} --> [*]" for state in self.final]
        return "\n".join(lines)

    def _reachable(self) -> set[str]:
        found, frontier = {self.initial}, [self.initial]
        while frontier:
            state = frontier.pop()
            for move in self.moves:
                if move.source == state and move.target not in found:
                    found.add(move.target)
                    frontier.append(move.target)
        return found
