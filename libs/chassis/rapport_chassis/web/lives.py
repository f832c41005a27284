"""Whether lives and routes speak of the same moves: what people may do has a route, what only the system does has none."""

from __future__ import annotations

from collections.abc import Iterable

from rapport_kernel.states import StateTable

from rapport_chassis.web.router import Router


def verbs(routers: Iterable[Router], path: str) -> set[str]:
    """The verbs of the actions at `path`: those of `POST <path>:<verb>`."""
    actions = (route.path for router in routers for route in router.routes if route.method == "POST")
    return {action.removeprefix(f"{path}:") for action in actions if action.startswith(f"{path}:")}


def mismatches(life: StateTable, routers: Iterable[Router], path: str) -> list[str]:
    """What a guard wants empty: moves that people make and that have no route, and routes of moves that the system makes.
    Routes may do more than one move, or none: they are not looked for in the life."""
    known = verbs(routers, path)
    system = {move.name for move in life.moves} - set(life.called)
    return [
        *(f"{name}: no POST {path}:{name}, and not marked by='system'" for name in life.called if name not in known),
        *(f"{name}: marked by='system', but there is POST {path}:{name}" for name in sorted(system & known)),
    ]
