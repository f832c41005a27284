"""One request, as a route sees it: who calls, and the one transaction in which everything of the request happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Concatenate, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from rapport_chassis.work import Actor, Work

W = TypeVar("W", bound="Work")
P = ParamSpec("P")
R = TypeVar("R")


class Call(Generic[W]):
    """What a route takes as `call: Call[MyWork]`.

    The work is opened by the first use case and commits before the answer leaves.
    """

    actor: Actor
    headers: dict[str, str]
    """Headers to add to the answer, e.g. `Location`."""
    status: int | None
    """Another status than the route's own, e.g. 200 instead of 201 when nothing new was made."""

    async def run(self, usecase: Callable[Concatenate[W, P], Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call `usecase(work, ...)` in the transaction of this request, opening it if it is the first."""
        raise NotImplementedError

    async def read(self, query: Callable[Concatenate[W, P], Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Like `run`, in a read-only transaction (or in that of the request where it is open already)."""
        raise NotImplementedError
