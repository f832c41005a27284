"""How a number is published: never alone. It says what it counts, how sure it is, and as of when; or that n is too small.

Each number has a definition that is declared once, as data, in the folder of the service that answers with it
(`rapport_contracts/<owner>/figures.py`), found by `definitions` and named nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from rapport_contracts.event import Payload, load
from rapport_contracts.fields import UtcTime
from rapport_contracts.vocabulary import named

KEY_GRAMMAR = re.compile(r"[a-z]+\.[a-z0-9]+(?:-[a-z0-9]+)*")
Unit = Literal["count", "seconds", "percent", "points", "money"]

_definitions: dict[str, Definition] = {}


@dataclass(frozen=True, slots=True)
class Definition:
    """What a figure is. `key` is `<owner>.<kebab-words>`; `version` grows when the number of the same rows would be another.

    `words` say what counts, what is left out, the formula, the interval and, where there is one, the source. `least` is the
    n below which there is no value, only the verdict `too_few`; None: a policy that people change says it, and the answer
    names it as `minimum`.
    """

    key: str
    unit: Unit
    words: str
    least: int | None = 0
    version: int = 1

    @property
    def owner(self) -> str:
        """The service that answers with it."""
        return self.key.partition(".")[0]


def define(key: str, unit: Unit, words: str, *, least: int | None = 0, version: int = 1) -> Definition:
    """Declare a definition. Raises ValueError for a key that is malformed or taken."""
    if not KEY_GRAMMAR.fullmatch(key):
        raise ValueError(f"'{key}' is not <owner>.<kebab-words>")
    if key in _definitions:
        raise ValueError(f"'{key}' is defined twice")
    _definitions[key] = Definition(key, unit, words, least, version)
    return _definitions[key]


def definitions(owner: str | None = None) -> Mapping[str, Definition]:
    """All definitions by their keys, or those of one owner."""
    load()
    return {key: each for key, each in sorted(_definitions.items()) if owner in (None, each.owner)}


def is_declared(definition: Definition) -> bool:
    """Whether it is one of those that were declared, and not another with its key."""
    return _definitions.get(definition.key) is definition


class Interval(Payload):
    """A confidence interval: `level` 0.95 means 95 %; `method` names the formula (`wald`, `adjusted-wald`, `wilson`)."""

    low: float
    high: float
    level: float
    method: str


class DefinitionRef(Payload):
    """Which definition a number follows, and which version of it; `GET /<service>/figures.json` has the words."""

    key: str = Field(examples=["complaints.upheld-rate"])
    version: int = Field(examples=[1])


class Figure(Payload):
    """A number with what is needed to trust it.

    `value` is null with the verdict `too_few`, when `n` is below the least of the definition, and with `mixed`, when it
    would blend what must not be blended, such as the answers to several surveys. `unit` is `count`, `seconds`, `percent` or
    `points`; a value has at most two decimals. `excluded` counts what was left out, by reason. `as_of` is when it was read.
    """

    value: float | None
    n: int
    unit: Annotated[Literal["count", "seconds", "percent", "points"], named("figure-unit")]
    definition: DefinitionRef
    as_of: UtcTime
    verdict: Annotated[Literal["ok", "too_few", "mixed"], named("figure-verdict")] = "ok"
    interval: Interval | None = None
    excluded: dict[str, int] = Field(default_factory=dict)
    threshold: float | None = None
    denominator: str | None = None
