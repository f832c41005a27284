"""The actions on one kind of thing as a table: each line is a route.

What all of them have in common stands here once; a line says what differs. `Router` takes them as if they were written out.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel
from rapport_kernel.errors import Declared

from rapport_chassis.bodies import Body
from rapport_chassis.commands import Command
from rapport_chassis.security.scopes import Allow
from rapport_chassis.vault import Erased
from rapport_chassis.web.batches import ActionResults, Batch, about_batch, body_of_batch, in_batch, problem_of
from rapport_chassis.web.call import Call
from rapport_chassis.web.codes import COMMAND, belongs_to_customers
from rapport_chassis.web.deprecation import Deprecated
from rapport_chassis.web.operations import Guard, On
from rapport_chassis.web.router import Router
from rapport_chassis.work import Work

A = TypeVar("A")
B = TypeVar("B", bound=Body)
V = TypeVar("V", bound=BaseModel)
W = TypeVar("W", bound=Work)


class Actions(Generic[A, V]):
    """The actions on one kind of thing: `POST <path>:<verb>`, each one line that names its use case.

        on = Actions(router, "/complaints/{complaint_id}", Complaint, view, (NotFound, NotAllowed, VersionConflict))
        on("acknowledge", acknowledge, HANDLE, "Tell the customer that their complaint has arrived", "Meets its clock.")
        on("propose", propose, DECIDE, "Offer a remedy", "...", moves=("propose", "ask-approval"), when=handles)

    A use case is `async def verb(work, thing_id, said) -> thing`: the type of its third argument is the body. The answer is
    the thing as `view` shows it to the caller, with its new version.
    """

    def __init__(
        self,
        router: Router,
        path: str,
        kind: type[Any],
        view: Callable[[A, Call[Any]], V],
        errors: Sequence[Declared],
    ) -> None:
        """`path` has one name, the id of the thing; `kind` is the class of it; `errors` are those that every action has."""
        self._router, self._path, self._view, self._errors = router, path, view, tuple(errors)
        self._kind = kind
        self._id = path.rsplit("{", 1)[1].rstrip("}")

    def __call__(
        self,
        verb: str,
        usecase: Callable[[W, UUID, B], Awaitable[A]],
        allow: Allow,
        summary: str,
        about: str,
        *more: Declared,
        errors: Sequence[Declared] | None = None,
        name: str | None = None,
        moves: Sequence[str] = (),
        when: Guard | None = None,
        batch: bool | Callable[[Any, UUID, Any], Awaitable[A]] = False,
        deprecated: Deprecated | None = None,
    ) -> None:
        """One action. `about` is its description; `more` are errors beside those of all, `errors` others in their place.
        `name` is its operation id, `post_<verb>` unless another action of the same tag has that. It is possible where the
        life has one of `moves`, by default that of its own name, and `when` is true; see `On`. `batch`: also
        `POST <things>:batch-<verb>`, see `batches`; a use case of its own where the body of the action is not for many.
        `deprecated`: the action and its batch are on their way out."""
        key, view = self._id, self._view

        async def handle(body: B, call: Call[W], **named: UUID) -> V:
            return view(await call.run(usecase, named[key], body), call)

        takes: dict[str, Any] = {key: UUID, "body": body_of(usecase), "call": Call}
        declare(handle, name or f"post_{verb.replace('-', '_')}", about, takes, typing.get_type_hints(view)["return"])
        on = On(self._kind, *moves, when=when)
        known = (*self._errors, *more) if errors is None else errors
        known = (*known, *(_of_command(self._kind) if _is_command(takes["body"]) else ()))
        self._router.add(
            "POST", f"{self._path}:{verb}", handle, allow=allow, errors=known, summary=summary, on=on, deprecated=deprecated
        )
        if batch:
            self._add_batch(verb, usecase if batch is True else batch, allow, known, summary, on, deprecated)

    def _add_batch(
        self,
        verb: str,
        usecase: Callable[[Any, UUID, Any], Awaitable[A]],
        allow: Allow,
        errors: Sequence[Declared],
        summary: str,
        on: On,
        deprecated: Deprecated | None,
    ) -> None:
        body = body_of_batch(body_of(usecase))

        async def handle(body: Batch, call: Call[W]) -> ActionResults:
            return await call.run(in_batch, usecase, body, partial(problem_of, call=call, on=on, verb=verb))

        things = self._path.rsplit("/", 1)[0]
        name = f"batch_{verb}_{things.rsplit('/', 1)[1]}".replace("-", "_")
        declare(handle, name, about_batch(verb, errors), {"body": body, "call": Call}, ActionResults)
        self._router.add(
            "POST", f"{things}:batch-{verb}", handle, allow=allow, summary=f"{summary}: many", deprecated=deprecated
        )


def _is_command(body: Any) -> bool:
    return inspect.isclass(body) and issubclass(body, Command)


def _of_command(kind: type[Any]) -> tuple[Declared, ...]:
    """What every command on one of these may be refused with: its time may be wrong, and the key that seals its note may be
    gone."""
    return (*COMMAND, Erased) if belongs_to_customers(kind) else COMMAND


def body_of(usecase: Callable[..., Any]) -> Any:
    """The type of what was said: that of the third argument of a use case. Raises TypeError when there is none."""
    names = list(inspect.signature(usecase).parameters)
    hints = typing.get_type_hints(usecase, include_extras=True)
    if len(names) != 3 or names[2] not in hints:  # noqa: PLR2004 - work, id, said
        raise TypeError(f"{usecase.__qualname__} should take the work, an id, and what was said")
    return hints[names[2]]


def declare(handle: Callable[..., Any], name: str, about: str, takes: Mapping[str, Any], returns: Any) -> None:
    """Give a route function that stands for many the name, the description and the types of the one it is now. An argument
    whose type is a pair of type and default may be left out."""
    pairs = {key: given if isinstance(given, tuple) else (given, inspect.Parameter.empty) for key, given in takes.items()}
    kind = inspect.Parameter.KEYWORD_ONLY
    shown = [inspect.Parameter(key, kind, annotation=hint, default=default) for key, (hint, default) in pairs.items()]
    handle.__name__ = handle.__qualname__ = name
    handle.__doc__ = about
    handle.__annotations__ = {**{key: hint for key, (hint, _) in pairs.items()}, "return": returns}
    handle.__signature__ = inspect.Signature(shown, return_annotation=returns)  # type: ignore[attr-defined]
