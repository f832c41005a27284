"""How a number is published: never alone. It says what it counts, how sure it is, and as of when; or that n is too small."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rapport_contracts.event import Payload
from rapport_contracts.fields import UtcTime


class Interval(Payload):
    """A confidence interval: `level` 0.95 means 95 %; `method` names the formula (`wald`, `adjusted-wald`, `wilson`)."""

    low: float
    high: float
    level: float
    method: str


class Figure(Payload):
    """A number with what is needed to trust it.

    `value` null with `verdict` "too few" says that `n` is below the minimum for this definition. `unit` is `count`,
    `seconds`, `percent` or `points`. `excluded` counts what was left out, by reason.
    """

    value: float | None
    n: int
    unit: Literal["count", "seconds", "percent", "points"]
    definition: str
    definition_version: int
    as_of: UtcTime
    verdict: Literal["ok", "too few"] = "ok"
    interval: Interval | None = None
    excluded: dict[str, int] = Field(default_factory=dict)
    threshold: float | None = None
    denominator: str | None = None
