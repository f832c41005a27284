"""What the API shows. Views are written out: they are the public contract, and stay when a field inside is renamed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from rapport_chassis.web.call import Call

V = TypeVar("V", bound="View")
Allowed = Annotated[
    list[str],
    Field(
        default_factory=list,
        description="Names of the operations, `POST <this>:<name>`, that this caller can use now, by its state, the "
        "caller's scopes and access level, and what else it tells.",
    ),
]
"""`allowed: Allowed` of everything that people act on; `shown_as` fills it."""


class View(BaseModel):
    """Base of what is shown: read by name from the attributes of an aggregate or of a row."""

    model_config = ConfigDict(from_attributes=True)


def shown_as(view: type[V], kind: type[Any] | None = None) -> Callable[[Any, Call[Any]], V]:
    """The function that shows a caller an aggregate or a row as `view`. Where the view has a field `allowed`, it holds the
    operations on things of this `kind` that the caller can use now."""

    def shown(thing: Any, call: Call[Any]) -> V:  # noqa: ARG001 - as all of them are called
        return view.model_validate(thing)

    def shown_with_operations(thing: Any, call: Call[Any]) -> V:
        return view.model_validate(thing).model_copy(update={"allowed": call.allowed(thing, kind)})

    if "allowed" not in view.model_fields:
        shown.__annotations__["return"] = view
        return shown
    if kind is None:
        raise TypeError(f"{view.__name__} shows what is allowed, but not on what kind of thing")
    shown_with_operations.__annotations__["return"] = view
    return shown_with_operations
