"""What is added to an answer for the one who reads it: which fields their level hides, and what the people in it are called.

    class CommunicationView(View):
        by: Person                       # an id of the staff, or an actor (`person:<id>`)
        words: str | None
        names: Names                     # of the people in this view and in those inside it
        masked: Masked
        clear_from: ClassVar = {"words": Level.CLUE}  # or a scope, for those who have it on its level

A route says nothing of it: it is done for every answer in which such a view can be. Names take one statement an answer, and
none where nobody is in it or the service keeps no register of the staff.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field

from rapport_chassis.actor import Actor
from rapport_chassis.security.scopes import Scope
from rapport_chassis.staff import StaffRegister
from rapport_chassis.web.call import Call


class _Marker:
    """Says that text stands for somebody of the staff."""

    __slots__ = ()


_PERSON = _Marker()
Person = Annotated[str, _PERSON]
"""The type of a field that holds an id of the staff, or an actor; also inside lists and dictionaries."""
People = Annotated[dict[str, Any], _PERSON]
"""The type of a field with values of many kinds, ids of the staff among them."""
Names = Annotated[
    dict[str, str],
    Field(
        default_factory=dict,
        description="What the people in this are called, by id or actor as it stands here; without those of whom no name is"
        " known. Empty in services that keep no register of the staff.",
        examples=[{"agent-7": "王芳"}],
    ),
]
"""The field `names` of a view with people in it."""
Masked = Annotated[
    list[str],
    Field(
        default_factory=list,
        description="Fields that you see masked, shortened or as null, whatever they hold. Of all others null"
        " means that there is none.",
        examples=[["contact"]],
    ),
]
"""The field `masked` of a view that hides something by level; its class says in `clear_from` from which level on each field
is seen as it is. It follows from the caller alone: nobody learns whether there is something that they may not see."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is done with views of a class: fields that hold people, fields that hold such views."""

    people: tuple[str, ...]
    inside: tuple[str, ...]
    names: bool
    clear_from: Mapping[str, int | Scope]

    @property
    def nothing(self) -> bool:
        return not (self.people or self.inside or self.names or self.clear_from)


def concerns(returns: Any) -> bool:
    """Whether there is something to add to answers of this type."""
    return any(not plan_of(model).nothing for model in _models(returns))


def say_what_is_hidden(value: Any, actor: Actor) -> None:
    """Only the first half, for what is made as a whole before it is answered: a document with a checksum. Its class says
    `as_made = True`, and is left as it is then."""
    for name in type(value).model_fields:
        _walk(getattr(value, name), actor, [], set())


async def complete(value: Any, call: Call[Any], staff: StaffRegister | None) -> None:
    """Add to an answer, in place, what the level of the caller hides and the names of people."""
    found: list[tuple[Any, set[str]]] = []
    _walk(value, call.actor, found, set())
    people = {one for _, some in found for one in some}
    if not people or staff is None:
        return
    names = await staff.names_of(await call.work(), people)
    for view, some in found:
        view.names = {one: names[one] for one in sorted(some) if one in names}


def _walk(value: Any, actor: Actor, found: list[tuple[Any, set[str]]], people: set[str]) -> None:
    """`people` gets who is in `value` and in no view with names of its own; `found` the views with theirs."""
    if isinstance(value, list | tuple):
        for each in value:
            _walk(each, actor, found, people)
    elif isinstance(value, dict):
        _walk(list(value.values()), actor, found, people)
    elif isinstance(value, BaseModel):
        plan = plan_of(type(value))
        mine = set() if plan.names else people
        for name in plan.people:
            mine.update(_texts(getattr(value, name)))
        for name in plan.inside:
            _walk(getattr(value, name), actor, found, mine)
        if plan.clear_from:
            hidden = [name for name, needed in plan.clear_from.items() if not _sees(actor, needed)]
            value.masked = hidden  # type: ignore[attr-defined]
        if plan.names and mine:
            found.append((value, mine))


@cache
def plan_of(model: type[BaseModel]) -> _Plan:
    """The plan of a class of views. Raises TypeError when it says from which level on fields are clear, but has no field
    `masked`, or names fields that it does not have."""
    if getattr(model, "as_made", False):
        return _Plan((), (), names=False, clear_from={})
    clear_from: Mapping[str, int | Scope] = getattr(model, "clear_from", {})
    fields = model.model_fields
    if clear_from and ("masked" not in fields or any(name.split(".")[0] not in fields for name in clear_from)):
        raise TypeError(f"{model.__name__}: `clear_from` is about fields of the view, which has a field `masked`")
    inside = [
        name
        for name, info in fields.items()
        if _open(info.annotation) or any(not _nothing(each, model) for each in _models(info.annotation))
    ]
    people = [name for name, info in fields.items() if _PERSON in info.metadata or _marks(info.annotation)]
    return _Plan(tuple(people), tuple(inside), "names" in fields and _is_names(fields["names"].annotation), clear_from)


def _sees(actor: Actor, needed: int | Scope) -> bool:
    if isinstance(needed, Scope):
        return needed.admits(actor)
    return actor.level >= needed


def _nothing(model: type[BaseModel], outer: type[BaseModel]) -> bool:
    return model is outer or plan_of(model).nothing


def _is_names(hint: Any) -> bool:
    return bool(hint == dict[str, str])


def _open(hint: Any) -> bool:
    """Whether only the value tells what is in it, as in a `Page` that was made without saying of what."""
    return isinstance(hint, TypeVar) or any(_open(part) for part in typing.get_args(hint))


def _models(hint: Any) -> Iterator[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for part in typing.get_args(hint):
        yield from _models(part)


def _marks(hint: Any) -> bool:
    return _PERSON in getattr(hint, "__metadata__", ()) or any(_marks(part) for part in typing.get_args(hint))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
