"""What everything with a history has over HTTP: a list, one of it, its history, its actions. A line each.

    win_backs = Resource(router, "/win-backs/{win_back_id}", ("win-back", "win-backs"), WinBackView, WinBacks, read=READ)
    win_backs.lists(WinBackFilters, REQUESTED, "Win-backs that match all filters, the newest first.")
    win_backs.shows("A customer whom we may lose, and what becomes of it.")
    win_backs.history()
    win_backs.step("start", WinBack.start, WinBackStart, HANDLE, "Take a win-back on", "Somebody else can go on with it.")
    win_backs.action("request", request_win_back, HANDLE, "Request a win-back", "...")

What these do not fit is a route function. A mistake that can be seen without a request is a TypeError at import.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import AwareDatetime
from rapport_kernel.errors import Declared, NotAllowed, NotFound, VersionConflict
from rapport_kernel.history import AggregateWithHistory
from sqlalchemy import Table

from rapport_chassis.columns import UPDATED_AT, bare, kept_fields
from rapport_chassis.commands import Command, load_for_command
from rapport_chassis.filters import Dated, Filters, find, wheres
from rapport_chassis.histories import HistoryStore
from rapport_chassis.lists import Keyset, Page, Paging
from rapport_chassis.security.scopes import Allow
from rapport_chassis.web.actions import Actions, declare
from rapport_chassis.web.call import Call
from rapport_chassis.web.histories import HISTORY, VERIFY, Words, history_route, verify_route
from rapport_chassis.web.operations import Guard
from rapport_chassis.web.router import Router
from rapport_chassis.web.views import View, kind_of, shown_as
from rapport_chassis.work import Work

A = TypeVar("A", bound=AggregateWithHistory)
Showing = Callable[[Call[Any], Sequence[Any]], Awaitable[list[Any]]]
"""`async def listed(call, rows) -> list[SomeView]`: the rows of a page as they are shown to the caller."""
REFUSALS = (NotFound, NotAllowed, VersionConflict)
"""What every action may refuse with."""


class Resource(Generic[A]):
    """The routes of one kind of thing. Descriptions are sentences for those who call the API; where operation id and summary
    are not those that follow from the names, all three are given (`Words`)."""

    def __init__(
        self,
        router: Router,
        path: str,
        names: tuple[str, str],
        view: type[View],
        store: type[HistoryStore[A]],
        *,
        read: Allow,
        errors: Sequence[Declared] = REFUSALS,
    ) -> None:
        """`path` ends with the id; `names` are one and several of it, as people say them; `read` is who may see it; `errors`
        are those of every action. Raises TypeError when the view shows what the aggregate does not have."""
        if lost := [name for name in _demanded(view) if not _has(store.kind, name)]:
            raise TypeError(f"{view.__name__} shows {', '.join(lost)}, which {store.kind.__name__} does not have")
        if kind_of(view) not in {None, store.kind}:
            raise TypeError(f"{view.__name__} shows what is allowed on another kind of thing than {store.kind.__name__}")
        self._router, self._path, self._view, self._store, self._read = router, path, view, store, read
        self._one, self._several = names
        self._id = path.rsplit("{", 1)[1].rstrip("}")
        self._shown = shown_as(view)
        self._actions: Actions[A, Any] = Actions(router, path, store.kind, self._shown, errors)

    def lists(
        self,
        filters: type[Filters],
        order: Keyset,
        about: str | Words,
        table: Table | None = None,
        showing: Showing | None = None,
    ) -> None:
        """`GET <things>`, out of the table of the store or another with its columns. `showing` makes the items of a page
        where these show more than their rows, all of a page at once. Raises TypeError for a filter without a column, and
        when the view shows what the table does not have."""
        listed = self._store.table if table is None else table
        wheres(filters, listed)
        if lost := [name for name in _demanded(self._view) if name not in listed.c]:
            raise TypeError(f"{self._view.__name__} shows {', '.join(lost)}, which {listed.name} does not have")

        async def show(filters: Filters, paging: Paging, call: Call[Work]) -> Any:
            page = await call.read(find, listed, order, filters, paging)
            if showing is None:
                return page.map(lambda row: self._shown(row, call))
            return page.model_copy(update={"items": await showing(call, page.items)})

        words = self._words(f"get_{_snake(self._several)}", f"List {self._several}", about)
        if issubclass(filters, Dated):
            words = (words[0], words[1], f"{words[2]} `from`, `to` and `period` are about `{filters.at}`.")
        shown = self._view if showing is None else typing.get_args(typing.get_type_hints(showing)["return"])[0]
        page: Any = Page.__class_getitem__(shown)
        declare(show, words[0], words[2], {"filters": filters, "paging": Annotated[Paging, order], "call": Call}, page)
        self._router.add("GET", self._path.rsplit("/", 1)[0], show, allow=self._read, summary=words[1])

    def shows(self, about: str | Words) -> None:
        """`GET <path>`."""
        key, store, shown = self._id, self._store, self._shown

        async def show(call: Call[Work], **named: UUID) -> Any:
            return shown(await (await call.work()).store(store).get(named[key]), call)

        words = self._words(f"get_{_snake(self._one)}", f"Show {_article(self._one)}", about)
        declare(show, words[0], words[2], {key: UUID, "call": Call}, self._view)
        self._router.add("GET", self._path, show, allow=self._read, errors=[NotFound], summary=words[1])

    def history(self, about: str | Words = HISTORY) -> None:
        """`GET <path>/history`."""
        words = self._words(f"get_{_snake(self._one)}_history", f"History of {_article(self._one)}", about)
        history_route(self._router, self._path, self._store, self._read, words)

    def verifies(self, about: str | Words = VERIFY) -> None:
        """`GET <path>/history:verify`."""
        words = self._words(f"verify_{_snake(self._one)}_history", f"Verify the history of {_article(self._one)}", about)
        verify_route(self._router, f"{self._path}/history:verify", self._store, self._read, words)

    def action(
        self,
        verb: str,
        usecase: Callable[[Any, UUID, Any], Awaitable[A]],
        allow: Allow,
        summary: str,
        about: str,
        *more: Declared,
        name: str | None = None,
        moves: Sequence[str] = (),
        when: Guard | None = None,
        batch: bool | Callable[[Any, UUID, Any], Awaitable[A]] = False,
    ) -> None:
        """`POST <path>:<verb>` that runs a use case; see `Actions`. Its operation id is `name`, or `post_<verb>_<thing>`."""
        named = name or f"post_{_snake(verb)}_{_snake(self._one)}"
        self._actions(verb, usecase, allow, summary, about, *more, name=named, moves=moves, when=when, batch=batch)

    def step(
        self,
        verb: str,
        method: Callable[..., None],
        command: type[Command],
        allow: Allow,
        summary: str,
        about: str,
        *more: Declared,
        name: str | None = None,
        moves: Sequence[str] = (),
        when: Guard | None = None,
        batch: bool = False,
    ) -> None:
        """`POST <path>:<verb>` that does nothing but call a method of the aggregate; see `advancing`."""
        usecase = advancing(self._store, method, command)
        self.action(verb, usecase, allow, summary, about, *more, name=name, moves=moves, when=when, batch=batch)

    def _words(self, operation: str, summary: str, about: str | Words) -> Words:
        return (operation, summary, about) if isinstance(about, str) else about


def advancing(
    store: type[HistoryStore[A]], method: Callable[..., None], command: type[Command]
) -> Callable[[Any, UUID, Any], Awaitable[A]]:
    """The use case that loads an aggregate and calls a method of it, `method(self, act, ...)`, with the fields of the
    command by their names. Raises TypeError when the method is not one of the aggregate's, takes what the command does not
    say or of another type, or leaves out what the command has beyond reason, note and time."""
    takes = _arguments(store, method)
    hints = typing.get_type_hints(method)
    fields = command.model_fields
    label = f"{method.__qualname__} and {command.__name__}"
    if missing := set(takes) - set(fields):
        raise TypeError(f"{label}: the command does not say {', '.join(sorted(missing))}")
    if unused := set(fields) - set(Command.model_fields) - set(takes):
        raise TypeError(f"{label}: the method does not take {', '.join(sorted(unused))}")
    if wrong := [name for name in takes if not _fits(fields[name].annotation, hints.get(name, Any))]:
        raise TypeError(f"{label}: {', '.join(wrong)} is of another type")

    async def advance(work: Work, aggregate_id: UUID, command: Command) -> A:
        aggregate, act = await load_for_command(work, store, aggregate_id, command)
        method(aggregate, act, **{name: getattr(command, name) for name in takes})
        return aggregate

    advance.__annotations__["command"] = command
    return advance


def _arguments(store: type[HistoryStore[Any]], method: Callable[..., Any]) -> list[str]:
    if inspect.iscoroutinefunction(method) or getattr(store.kind, method.__name__, None) is not method:
        raise TypeError(f"{method.__qualname__} is no plain method of {store.kind.__name__}")
    names = list(inspect.signature(method).parameters)
    if names[:2] != ["self", "act"]:
        raise TypeError(f"{method.__qualname__} should take `self` and `act` first")
    return names[2:]


def _fits(given: Any, wanted: Any) -> bool:
    """Whether each type that may be given is among those wanted; of containers only what they are, not what is in them."""
    wanted_kinds = _kinds(wanted)
    return Any in wanted_kinds or all(
        any(isinstance(one, type) and isinstance(other, type) and issubclass(one, other) for other in wanted_kinds)
        for one in _kinds(given)
    )


def _kinds(hint: Any) -> list[Any]:
    hint = bare(hint)
    if hint is AwareDatetime:  # what it reads is a datetime, though the class says nothing of it
        return [datetime]
    origin = typing.get_origin(hint)
    if origin in {typing.Union, types.UnionType}:
        return [kind for each in typing.get_args(hint) for kind in _kinds(each)]
    if origin is typing.Literal:
        return [type(value) for value in typing.get_args(hint)]
    return [origin or hint]


def _demanded(view: type[View]) -> list[str]:
    """What the view is read from: fields by their own names, or by the `validation_alias` that they give."""
    return [str(field.validation_alias or name) for name, field in view.model_fields.items() if field.is_required()]


def _has(kind: type[AggregateWithHistory], name: str) -> bool:
    return (
        name == UPDATED_AT
        or name in kept_fields(kind)
        or isinstance(inspect.getattr_static(kind, name, None), property | cached_property)
    )


def _snake(name: str) -> str:
    return name.replace("-", "_").replace(" ", "_")


def _article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
