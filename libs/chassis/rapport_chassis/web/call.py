"""One request, as a route sees it: who calls, and the one transaction in which everything of the request happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from rapport_kernel.errors import NotAllowed, RapportError, VersionConflict
from rapport_kernel.history import Act

from rapport_chassis.actor import Actor, Cause
from rapport_chassis.sheets import Language
from rapport_chassis.web.operations import On, Operations
from rapport_chassis.work import Work, WorkFactory

W = TypeVar("W", bound=Work)
P = ParamSpec("P")
R = TypeVar("R")


class Call(Generic[W]):
    """What a route takes as `call: Call[MyWork]`.

    The work is opened by the first use case, and commits before the answer leaves; any error rolls it back. One call is
    one transaction: use cases of a route run one after the other, never side by side.
    """

    def __init__(
        self,
        works: WorkFactory[W],
        actor: Actor,
        cause: Cause,
        expected_version: int | None = None,
        operations: Operations | None = None,
        language: Language = "en",
    ) -> None:
        """Made by the handler of a route. `expected_version` is what If-Match says, `operations` those of the service,
        `language` that of Accept-Language."""
        self.language = language
        self.actor = actor
        self.cause = cause
        self.expected_version = expected_version
        self.headers: dict[str, str] = {}
        """Headers to add to the answer, e.g. `Location`; visible ASCII only."""
        self.status: int | None = None
        """Another status than the route's own, e.g. 200 instead of 201 when nothing new was made."""
        self._works = works
        self._operations = operations or Operations()
        self._act: Act | None = None
        self._work: W | None = None
        self._opened: AbstractAsyncContextManager[W] | None = None

    async def run(self, usecase: Callable[Concatenate[W, P], Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call `usecase(work, ...)` in the transaction of this request. What it changed is written when it returns, so
        that the result carries its new version; nothing is visible to others before the commit."""
        work = await self.work()
        result = await usecase(work, *args, **kwargs)
        await work.flush()
        return result

    async def read(self, query: Callable[Concatenate[W, P], Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call `query(work, ...)`, which changes nothing but may audit what it shows."""
        return await query(await self.work(), *args, **kwargs)

    async def work(self) -> W:
        """The unit of work of this request, opened if it is not yet."""
        if self._work is None:
            opened = self._works(self.actor, self.cause, expected_version=self.expected_version)
            self._work = await opened.__aenter__()
            self._opened = opened
        return self._work

    def allowed(self, thing: Any, kind: type[Any] | None = None) -> list[str]:
        """The names of the operations that the caller can use on this thing now, in the order in which they are declared.
        `kind` is what it is a row of, when it is one. A use case or a query has run before."""
        if self._work is None:
            raise TypeError("what is allowed depends on the time of the transaction, and there is none yet")
        if self._act is None:
            self._act = Act(at=self._work.now, recorded_at=self._work.now, by=str(self.actor))
        return self._operations.allowed(thing, kind or type(thing), self.actor, self._act)

    def in_operations(self, refused: NotAllowed, on: On | None, verb: str | None) -> NotAllowed:
        """A refusal that speaks of moves, as the caller is told it: with the names of operations. `on` and `verb` are of the
        route."""
        if self._work is None:
            return refused
        allowed = [] if refused.of is None else self.allowed(refused.of)
        of_route = verb is not None and on is not None and isinstance(refused.of, on.kind)
        asked = verb if verb is not None and of_route and verb not in allowed else refused.move
        return NotAllowed(refused.state, asked, allowed, of=refused.of)

    def told(self, error: RapportError, on: On | None, verb: str | None) -> RapportError:
        """An error of the route's operation, `verb` on `on`, as the caller is told it: what is allowed is what they can do.
        Before the work ends."""
        if isinstance(error, NotAllowed):
            return self.in_operations(error, on, verb)
        if isinstance(error, VersionConflict) and error.of is not None:
            error.allowed = self.allowed(error.of)
        return error

    @property
    def refusal(self) -> RapportError | None:
        """What a use case wants answered in place of its result, although its work is to be committed."""
        return self._work.refusal if self._work is not None else None

    async def commit(self) -> None:
        """Commit, if anything was opened. For the handler of a route."""
        opened, self._opened, self._work = self._opened, None, None
        if opened is not None:
            await opened.__aexit__(None, None, None)

    async def abandon(self, error: BaseException) -> None:
        """Roll back, if anything is open. For the handler of a route."""
        opened, self._opened, self._work = self._opened, None, None
        if opened is not None:
            await opened.__aexit__(type(error), error, error.__traceback__)
