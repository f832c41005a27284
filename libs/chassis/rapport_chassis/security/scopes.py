"""Scopes and access levels: each route says who may call it, and the answer can be listed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from rapport_kernel.errors import Forbidden

from rapport_chassis.actor import Actor

_SCOPE = re.compile(r"[a-z][a-z-]*:[a-z][a-z-]*")


class Level(IntEnum):
    """How much personal data a caller sees (S115): each level sees what the one below sees, and more."""

    MASKED = 1
    CLUE = 2
    PARTIAL = 3
    CLEAR = 4


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller must hold: a scope `<service>:<verb>` and at least an access level (1 lowest, 4 highest). `machines`:
    only programs, with a machine key or a token of their own, since the answer is nothing for a person's hands."""

    name: str
    level: int = 1
    machines: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for a name or a level that does not exist."""
        if not _SCOPE.fullmatch(self.name):
            raise ValueError(f"a scope is '<service>:<verb>', not {self.name!r}")
        if self.level not in tuple(Level):
            raise ValueError(f"a level is 1 to 4, not {self.level}")

    def admits(self, actor: Actor) -> bool:
        """Whether they may."""
        return self.name in actor.scopes and actor.level >= self.level and (actor.kind == "machine" or not self.machines)

    def check(self, actor: Actor) -> None:
        """Raises Forbidden when they lack the scope, their level is too low, or they are a person and none may."""
        if self.name not in actor.scopes:
            raise Forbidden("scope-missing", scope=self.name)
        if actor.level < self.level:
            raise Forbidden("level-too-low", level=self.level)
        if not self.admits(actor):
            raise Forbidden("only-machines")


class _Public:
    """Anybody may call the route, without a token."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Public"


Public: Final = _Public()
"""`allow=Public`: anybody, without a token; limited more strictly per address."""


class _Known:
    """Whoever has a valid token or key may call the route, whatever scopes and level it gives."""

    __slots__ = ()

    def check(self, actor: Actor) -> None:
        """Refuses nobody."""

    def __repr__(self) -> str:
        return "Known"


Known: Final = _Known()
"""`allow=Known`: everybody whom we know; for what is about the caller alone."""

Allow = Scope | _Public | _Known
"""What `allow=` of a route takes."""
