"""What a caller may send: strict models and clean text. They know no HTTP: a use case takes a body as its command, a store
takes a set of parameters as its filters.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict
from rapport_contracts.fields import WrongValue
from rapport_kernel.plain_text import is_clean


def clean_text(text: str) -> str:
    """The text itself. Raises a validation error for NUL, control characters (but tab and line ends) and surrogates."""
    if not is_clean(text):
        raise WrongValue("control-character")
    return text


Text = Annotated[str, AfterValidator(clean_text)]
"""A string that a database and a terminal can hold. Bodies of ordinary routes are checked as a whole and need not say it."""


class Body(BaseModel):
    """Base of every request body and command: no unknown field, no NaN or infinity, no text where a number is meant.

    Text anywhere in the body is checked for control characters, and keys for duplicates, also where a field's type is open.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, strict=True)


class Params(BaseModel):
    """Base of a set of query parameters that a route takes as one argument; each field becomes a documented parameter."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)
