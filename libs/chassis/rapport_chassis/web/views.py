"""What the API shows. Views are written out: they are the public contract, and stay when a field inside is renamed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict
from rapport_kernel.states import StateTable

V = TypeVar("V", bound="View")


class View(BaseModel):
    """Base of what is shown: read by name from the attributes of an aggregate or of a row."""

    model_config = ConfigDict(from_attributes=True)


def shown_as(view: type[V], life: StateTable | None = None) -> Callable[[Any], V]:
    """The function that shows an aggregate or a row as `view`. Where the view has a field `allowed`, it holds the moves that
    the state has in `life`."""

    def shown(thing: Any) -> V:
        return view.model_validate(thing)

    def shown_with_moves(thing: Any) -> V:
        assert life is not None  # noqa: S101 - checked below
        return view.model_validate(thing).model_copy(update={"allowed": list(life.allowed(thing.state))})

    if "allowed" not in view.model_fields:
        shown.__annotations__["return"] = view
        return shown
    if life is None:
        raise TypeError(f"{view.__name__} shows the moves that are allowed, but there is no life")
    shown_with_moves.__annotations__["return"] = view
    return shown_with_moves
