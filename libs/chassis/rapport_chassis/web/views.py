"""What the API shows. Views are written out: they are the public contract, and stay when a field inside is renamed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from rapport_chassis.web.call import Call
from rapport_chassis.web.values import ActedOn

V = TypeVar("V", bound="View")
Allowed = Annotated[
    list[str],
    Field(
        default_factory=list,
        description="Names of the operations, `POST <this>:<name>`, that this caller can use now, by its state, the "
        "caller's scopes and access level, and what else it tells.",
    ),
]
"""`allowed: Annotated[Allowed, acted_on(Kind)]` of everything that people act on; `shown_as` fills it."""


class View(BaseModel):
    """Base of what is shown: read by name from the attributes of an aggregate or of a row."""

    model_config = ConfigDict(from_attributes=True)


def shown_as(view: type[V]) -> Callable[[Any, Call[Any]], V]:
    """The function that shows a caller an aggregate or a row as `view`. Where the view has a field `allowed`, it holds the
    operations that the caller can use now on things of the kind that the field names. Raises TypeError when it names
    none."""
    kind = kind_of(view)

    def shown(thing: Any, call: Call[Any]) -> V:  # noqa: ARG001 - as all of them are called
        return view.model_validate(thing)

    def shown_with_operations(thing: Any, call: Call[Any]) -> V:
        return view.model_validate(thing).model_copy(update={"allowed": call.allowed(thing, kind)})

    if "allowed" not in view.model_fields:
        shown.__annotations__["return"] = view
        return shown
    shown_with_operations.__annotations__["return"] = view
    return shown_with_operations


def kind_of(view: type[View]) -> type[Any] | None:
    """On what kind of thing the operations in `allowed` act; None without the field. Raises TypeError when it does not
    say."""
    if "allowed" not in view.model_fields:
        return None
    kinds = [each.kind for each in view.model_fields["allowed"].metadata if isinstance(each, ActedOn)]
    if len(kinds) != 1:
        raise TypeError(f"{view.__name__} shows what is allowed, but not on what kind of thing")
    kind: type[Any] = kinds[0]
    return kind
