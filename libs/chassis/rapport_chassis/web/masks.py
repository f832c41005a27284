"""How a view says what the level of its reader hides, so that null and "not for you" can be told apart.

    CLEAR_FROM = {"problem": Level.CLUE, "contact": Level.CLEAR}

    class ComplaintDetail(View):
        problem: str | None
        contact: ContactView
        masked: Masked

    ComplaintDetail(..., masked=masked_for(level, CLEAR_FROM))

It names fields by level alone, whatever they hold: that something is there is not told to whoever may not see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

Masked = Annotated[
    list[str],
    Field(
        description="Fields that your access level sees masked, shortened or as null, whatever they hold; empty: all in"
        " clear, and null means that there is none.",
        examples=[["contact"]],
    ),
]
"""The field `masked` of every view that hides something by level."""


def masked_for(level: int, clear_from: Mapping[str, int]) -> list[str]:
    """The fields, in the order of `clear_from`, that a level below theirs does not see as they are."""
    return [name for name, needed in clear_from.items() if level < needed]
