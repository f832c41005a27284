"""Whether lives and operations speak of the same moves: every move that people make is made by some operation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rapport_kernel.states import StateTable

from rapport_chassis.web.operations import On
from rapport_chassis.web.router import Route


def mismatches(lives: Mapping[str, StateTable], routes: Iterable[Route]) -> list[str]:
    """What a guard wants empty: moves of these lives that people make and that no operation says it makes. Moves of the
    system need none, and an operation that says it makes one is refused where it is declared."""
    made = {(id(route.on.life), move) for route in routes if isinstance(route.on, On) for move in route.on.moves}
    return [
        f"{name}: no operation makes '{move}', and it is not marked by='system'"
        for name, life in lives.items()
        for move in life.called
        if (id(life), move) not in made
    ]
