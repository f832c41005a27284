"""Scopes and access levels: each route says who may call it, and the answer can be listed."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from rapport_kernel.errors import Forbidden

_SCOPE = re.compile(r"[a-z][a-z-]*:[a-z][a-z-]*")


class Level(IntEnum):
    """How much personal data a caller sees (S115): each level sees what the one below sees, and more."""

    MASKED = 1
    CLUE = 2
    PARTIAL = 3
    CLEAR = 4


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller must hold: a scope `<service>:<verb>` and at least an access level (1 lowest, 4 highest)."""

    name: str
    level: int = 1

    def __post_init__(self) -> None:
        """Raises ValueError for a name or a level that does not exist."""
        if not _SCOPE.fullmatch(self.name):
            raise ValueError(f"a scope is '<service>:<verb>', not {self.name!r}")
        if self.level not in tuple(Level):
            raise ValueError(f"a level is 1 to 4, not {self.level}")

    def admits(self, scopes: Collection[str], level: int) -> bool:
        """Whether whoever holds these may."""
        return self.name in scopes and level >= self.level

    def check(self, scopes: Collection[str], level: int) -> None:
        """Raises Forbidden when the scope is not among `scopes`, or `level` is too low."""
        if self.name not in scopes:
            raise Forbidden("scope-missing", f"This needs the scope '{self.name}'.")
        if level < self.level:
            raise Forbidden("level-too-low", f"This needs access level {self.level}.")


class _Public:
    """Anybody may call the route, without a token."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Public"


Public: Final = _Public()
"""`allow=Public`: anybody, without a token; limited more strictly per address."""

Allow = Scope | _Public
"""What `allow=` of a route takes."""
