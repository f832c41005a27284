"""Money on the wire: an amount as text with its currency. A bare number is refused: it may have been a float on its way."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, Strict, WithJsonSchema

from rapport_contracts.fields import WrongValue

_WRITTEN = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?", re.ASCII)


def _as_written(value: object) -> Decimal:
    if isinstance(value, Decimal):
        value = str(value)
    if not isinstance(value, str) or not _WRITTEN.fullmatch(value):
        raise WrongValue("bad-amount", "an amount is text of digits with at most two decimals, such as '120.00'")
    return Decimal(value)


Amount = Annotated[
    Decimal,
    Strict(strict=False),
    BeforeValidator(_as_written),
    PlainSerializer(lambda amount: f"{amount:.2f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?$", "examples": ["120.00"]}),
]
"""An exact amount, never below zero, with at most two decimals; text on the wire."""

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["CNY"])]
"""A currency (ISO 4217)."""


Total = Annotated[
    Decimal,
    PlainSerializer(lambda amount: f"{amount:.2f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?(0|[1-9][0-9]*)\.[0-9]{2}$", "examples": ["120.00"]}),
]
"""A sum of amounts, as it is shown; text on the wire."""
