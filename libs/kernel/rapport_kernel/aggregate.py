"""An aggregate: an object with a life that records what happened to it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from rapport_kernel.errors import NotAllowed
from rapport_kernel.states import StateTable


@dataclass(kw_only=True)
class Aggregate:
    """Identity, version and the facts recorded since it was loaded.

    `version` counts facts: saving it with n recorded facts raises it by max(1, n), and the i-th fact gets the sequence
    `version + i` (1-based), so that a reader of the topic can drop what is stale. Subclasses are dataclasses; one with
    a life says `class Complaint(Aggregate, life=LIFE)` and has a `state`.
    """

    life: ClassVar[StateTable | None] = None
    state_column: ClassVar[str] = "state"
    """What the state is called in its rows and views."""

    id: UUID
    version: int = 0
    state: str = ""
    recorded: list[object] = field(default_factory=list, repr=False, compare=False)

    def __init_subclass__(cls, life: StateTable | None = None) -> None:
        """Takes the state table of the class."""
        super().__init_subclass__()
        if life is not None:
            cls.life = life

    def __post_init__(self) -> None:
        """A new aggregate starts in the initial state of its life."""
        if self.life is not None and not self.state:
            self.state = self.life.initial

    def record(self, fact: object) -> None:
        """Remember a fact (a payload class of the contracts); the unit of work publishes it when it commits."""
        self.recorded.append(fact)

    def _emit(self, fact: type[Any], **given: Any) -> None:
        """Record a fact of this class (a payload class of the contracts). A field of it that is not given is read from the
        field or property of the same name; the key of the fact is the id, unless there is such a field.

        Raises TypeError when a field is neither given nor found, also where the fact has a default for it, and when
        something is given that the fact does not have.
        """
        known = (type(self), fact, frozenset(given))
        read = _read.get(known) or _read.setdefault(known, _fields_to_read(*known))
        self.record(fact(**given, **{name: getattr(self, attribute) for name, attribute in read}))

    def move(self, name: str) -> str:
        """Make a move of the life and return the new state. Raises NotAllowed with the moves that are possible."""
        self.state = self._target(name)
        return self.state

    @property
    def possible_moves(self) -> tuple[str, ...]:
        """The moves that the present state has."""
        return self.life.allowed(self.state) if self.life is not None else ()

    def _target(self, move: str) -> str:
        if self.life is None:
            raise TypeError(f"{type(self).__name__} has no life")
        try:
            return self.life.target(self.state, move)
        except NotAllowed:
            raise self._not_allowed(move) from None

    def _not_allowed(self, move: str) -> NotAllowed:
        """The refusal of a move that the state does not have, or not now."""
        return NotAllowed(self.state, move, self.possible_moves, of=self)


_read: dict[tuple[type[Any], type[Any], frozenset[str]], tuple[tuple[str, str], ...]] = {}


def _fields_to_read(kind: type[Any], fact: type[Any], given: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """For each field of `fact` that is not given, the attribute of `kind` that it is read from."""
    wanted = fact.model_fields
    own = {each.name for each in fields(kind)}
    own |= {name for name in dir(kind) if isinstance(inspect.getattr_static(kind, name), property | cached_property)}
    found = {name: name for name in wanted if name not in given and name in own}
    key = fact.key_field
    if key not in given and key not in found:
        found[key] = "id"
    if missing := [name for name in wanted if name not in given and name not in found]:
        raise TypeError(f"{fact.__name__} needs {', '.join(missing)}: not given, and {kind.__name__} has no such field")
    if unknown := sorted(given - set(wanted)):
        raise TypeError(f"{fact.__name__} has no field {', '.join(unknown)}")
    return tuple(found.items())
