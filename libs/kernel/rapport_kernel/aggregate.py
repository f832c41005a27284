"""An aggregate: an object with a life that records what happened to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from rapport_kernel.states import StateTable


@dataclass(kw_only=True)
class Aggregate:
    """Identity, version and the facts recorded since it was loaded.

    `version` counts facts: saving it with n recorded facts raises it by max(1, n), and the i-th fact gets the sequence
    `version + i` (1-based), so that a reader of the topic can drop what is stale. Subclasses are dataclasses; one with
    a life says `class Complaint(Aggregate, life=LIFE)` and has a `state`.
    """

    life: ClassVar[StateTable | None] = None

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

    def move(self, name: str) -> str:
        """Make a move of the life and return the new state. Raises NotAllowed with the moves that are possible."""
        if self.life is None:
            raise TypeError(f"{type(self).__name__} has no life")
        self.state = self.life.target(self.state, name)
        return self.state

    @property
    def allowed(self) -> tuple[str, ...]:
        """The moves that the present state has."""
        return self.life.allowed(self.state) if self.life is not None else ()
