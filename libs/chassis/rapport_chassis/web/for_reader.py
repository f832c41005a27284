"""An answer is made for the one who reads it: what their level may not see is masked, and people in it get their names.

    class CommunicationView(View):
        by: Person                       # an id of the staff, or an actor (`person:<id>`)
        words: Annotated[str | None, personal(Kind.WORDS)]  # in clear; the table of kinds says what becomes of it
        names: Names                     # of the people in this view and in those inside it
        masked: Masked

A route says nothing of it: it is done for every answer in which such a view can be. Names take one statement an answer, and
none where nobody is in it or the service keeps no register of the staff.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from rapport_chassis.actor import Actor
from rapport_chassis.security.kinds import Personal
from rapport_chassis.security.masking import HIDDEN
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
"""The field `masked` of a view with personal data. A view inside has its fields in it with a dot (`personal.name`); a list
of views stands there by its name, and so does a view with `masked_as_one = True`. It follows from the caller alone: nobody
learns whether there is something that they may not see."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is done with views of a class: fields that hold people, fields that hold such views, fields with personal data,
    and which names stand in `masked` for whom."""

    people: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    names: bool = False
    kinds: tuple[tuple[str, Personal, bool], ...] = ()
    masked: tuple[tuple[str, Personal], ...] = ()

    @property
    def nothing(self) -> bool:
        return not (self.people or self.inside or self.names or self.kinds or self.masked)


def concerns(returns: Any) -> bool:
    """Whether there is something to add to answers of this type."""
    return any(not plan_of(model).nothing for model in _models(returns))


def mask(value: Any, actor: Actor) -> None:
    """Only the first half, in place, for what does not go out as the view that it is: a text that is printed; a document
    with a checksum, whose class says `as_made = True` and is left as it is then."""
    if getattr(type(value), "as_made", False):
        for name in type(value).model_fields:
            _walk(getattr(value, name), actor, [], set())
    else:
        _walk(value, actor, [], set())


async def complete(value: Any, call: Call[Any], staff: StaffRegister | None) -> None:
    """Mask in an answer, in place, what the caller may not see, and add the names of people."""
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
        _mask(value, plan, actor)
        if plan.names and mine:
            found.append((value, mine))


def _mask(view: BaseModel, plan: _Plan, actor: Actor) -> None:
    """What stands in the fields of the view as the reader sees it, and which fields those are."""
    if plan.masked:
        view.masked = list(dict.fromkeys(name for name, mark in plan.masked if not mark.clear_for(actor)))  # type: ignore[attr-defined]
    found: dict[str, Any] = {}
    for name, mark, nullable in plan.kinds:
        held = getattr(view, name)
        if held is None or (mark.beside is None and mark.clear_for(actor)):
            continue
        found[name] = _shown(held, view, mark, actor, nullable=nullable)
        if mark.beside is not None and found.get(mark.beside, getattr(view, mark.beside)) != getattr(view, mark.beside):
            found[name] = None
    for name, shown in found.items():
        setattr(view, name, shown)


def _shown(held: Any, view: BaseModel, mark: Personal, actor: Actor, *, nullable: bool) -> Any:
    """A value with its texts masked, those of lists and dictionaries, too. What is hidden is null where it may be null, else
    left out of a list, and `***` elsewhere."""
    if isinstance(held, str):
        text = mark.text(view, held, actor)
        return HIDDEN if text is None and not nullable else text
    if isinstance(held, list | tuple):
        texts = [_shown(each, view, mark, actor, nullable=True) for each in held]
        return texts if nullable else [each for each in texts if each is not None]
    if isinstance(held, dict):
        return {key: _shown(each, view, mark, actor, nullable=nullable) for key, each in held.items()}
    return held if mark.clear_for(actor) else None


@cache
def plan_of(model: type[BaseModel]) -> _Plan:
    """The plan of a class of views. Raises TypeError for a field `masked` where nothing can be, and for a proof that
    stands before what it proves."""
    if getattr(model, "as_made", False):
        return _Plan()
    fields = model.model_fields
    inside = [
        name
        for name, info in fields.items()
        if _open(info.annotation) or any(not _nothing(each, model) for each in _models(info.annotation))
    ]
    people = [name for name, info in fields.items() if _PERSON in info.metadata or _marks(info.annotation)]
    marks = [(name, mark_of(info)) for name, info in fields.items()]
    kinds = [(name, mark, _nullable(fields[name].annotation)) for name, mark in marks if mark is not None]
    order = [name for name, _, _ in kinds]
    if any(mark.beside is not None and order.index(name) < order.index(mark.beside) for name, mark, _ in kinds):
        raise TypeError(f"{model.__name__}: a proof stands behind the words that it proves")
    masked = tuple(_masked_in(model)) if "masked" in fields else ()
    if "masked" in fields and not masked:
        raise TypeError(f"{model.__name__} has a field `masked`, but nothing of a kind that could be")
    names = "names" in fields and _is_names(fields["names"].annotation)
    return _Plan(tuple(people), tuple(inside), names, tuple(kinds), masked)


def mark_of(info: FieldInfo) -> Personal | None:
    """What a field of a view is marked with; None: nothing personal."""
    return next((each for each in info.metadata if isinstance(each, Personal)), None)


def _masked_in(model: type[BaseModel]) -> Iterator[tuple[str, Personal]]:
    """The names in `masked` with what they are marked with: of the fields of a view, and of the views inside that do not say
    it themselves."""
    for name, info in model.model_fields.items():
        mark = mark_of(info)
        if mark is not None:
            yield name, mark
            continue
        for inner in _models(info.annotation):
            if inner is model or "masked" in inner.model_fields:
                continue
            one = _lists(info.annotation) or getattr(inner, "masked_as_one", False)
            for under, each in _masked_in(inner):
                yield (name if one else f"{name}.{under}"), each


def _nothing(model: type[BaseModel], outer: type[BaseModel]) -> bool:
    return model is outer or plan_of(model).nothing


def _nullable(hint: Any) -> bool:
    """Whether null may stand in a text, or in the texts of a list."""
    if typing.get_origin(hint) in {list, tuple, dict}:
        return any(_nullable(each) for each in typing.get_args(hint))
    return any(each is types.NoneType for each in typing.get_args(hint))


def _lists(hint: Any) -> bool:
    return typing.get_origin(hint) is list or any(_lists(each) for each in typing.get_args(hint))


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
