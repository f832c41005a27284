"""What a caller can do with a thing now: the operations `POST <thing>:<name>` that its state, guards, scope and level allow.

A route says beside itself what it acts on; the lists `allowed` of views and of refusals are made from that, never by hand.

    on=On(Complaint, "pause-for-customer", "pause-for-third-party")   it makes one of these moves of the life
    on=On(Complaint, when=may_claim)                                  the move of its own name, and only when this is true
    on=Aside("changes nothing of it")                                 stands in no `allowed`, and why not
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rapport_contracts.vocabulary import vocabulary_name
from rapport_kernel.history import Act
from rapport_kernel.states import StateTable

from rapport_chassis.actor import Actor
from rapport_chassis.security.scopes import Allow, Scope

Guard = Callable[[Any, Act], bool] | Callable[[Any], bool]
"""Whether it would not be refused: read from an aggregate, or from a row with its columns; and from who asks and when, where
that matters. Cheap, without another statement; what only a statement can tell is left to the refusal."""


@dataclass(frozen=True, slots=True)
class Aside:
    """An operation that stands in no `allowed`."""

    why: str


class On:
    """What an operation acts on, and when it is possible: when the state has one of its `moves`, and `when` is true."""

    def __init__(self, kind: type[Any], *moves: str, when: Guard | None = None) -> None:
        """`kind` is the class of what is acted on; its `life`, if it has one, has the moves. Without `moves` it is the one
        of the operation's own name, and where the life has none, `when` alone decides. Raises TypeError for a move that
        the life does not have, or that only the system makes."""
        self.kind, self.moves, self.when = kind, moves, when
        self._asks_who = when is not None and len(inspect.signature(when).parameters) > 1
        self.life: StateTable | None = getattr(kind, "life", None)
        if unknown := [name for name in moves if self.life is None or name not in self.life.called]:
            raise TypeError(f"people make no move {', '.join(unknown)} of {kind.__name__}")

    def named(self, verb: str) -> On:
        """The same for the operation of this name. Raises TypeError when nothing says when it is possible."""
        if not self.moves and self.life is not None and verb in self.life.called:
            return On(self.kind, verb, when=self.when)
        if not self.moves and self.when is None:
            raise TypeError(f"'{verb}' is no move of {self.kind.__name__}: say which it makes, or when it is possible")
        return self

    def lets(self, thing: Any, act: Act) -> bool:
        """Whether `when` is true of the thing for whoever asks."""
        when: Any = self.when
        return when is None or bool(when(thing, act) if self._asks_who else when(thing))

    def possible_in(self, state: str) -> bool:
        """Whether the state has one of its moves."""
        return not self.moves or (self.life is not None and not set(self.moves).isdisjoint(self.life.allowed(state)))


def actions_of(kind: type[Any]) -> str:
    """The name of the vocabulary of what is done to things of a kind: that of its life, else called after the class."""
    life: StateTable | None = getattr(kind, "life", None)
    return f"{vocabulary_name(kind.__name__)}-action" if life is None else life.actions


def always(thing: Any) -> bool:  # noqa: ARG001 - the same for all
    """For an operation that no state refuses."""
    return True


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its name in the URL, who may call it, and what it acts on."""

    name: str
    allow: Allow
    on: On


class Operations:
    """All operations of a service, in the order in which they are declared."""

    def __init__(self, operations: Iterable[Operation] = ()) -> None:
        """Raises ValueError when one kind of thing has two of one name."""
        self._of: Mapping[type[Any], list[Operation]] = defaultdict(list)
        self._in: dict[tuple[type[Any], str], list[Operation]] = {}
        for each in operations:
            if each.name in self.names(each.on.kind):
                raise ValueError(f"two operations '{each.name}' on {each.on.kind.__name__}")
            self._of[each.on.kind].append(each)

    def names(self, kind: type[Any]) -> list[str]:
        """Every operation on a kind of thing."""
        return [each.name for each in self._of.get(kind, ())]

    def allowed(self, thing: Any, kind: type[Any], actor: Actor, act: Act) -> list[str]:
        """The names of those that `actor` can use on this thing now. `thing` is of that kind, or a row with its columns."""
        state = str(getattr(thing, getattr(kind, "state_column", "state"), ""))
        possible = self._in.get((kind, state))
        if possible is None:
            possible = self._in[kind, state] = [each for each in self._of.get(kind, ()) if each.on.possible_in(state)]
        return [
            each.name
            for each in possible
            if (not isinstance(each.allow, Scope) or each.allow.admits(actor)) and each.on.lets(thing, act)
        ]
