"""How a figure is made: by its definition, with its n, what was left out, and an interval; or `too_few`, or `mixed`.

What a number means, its unit and the n that it needs stand in the definition, and nowhere else. Values and bounds are
rounded here, all in the same way. A service makes no `Figure` by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BeforeValidator
from rapport_contracts.figures import Definition, DefinitionRef, Figure, Interval, is_declared
from rapport_kernel.statistics import wilson

DIGITS = 2
"""Of values and bounds: what is finer is noise."""


def ref_of(definition: Definition) -> DefinitionRef:
    """How an answer names its definition. Raises LookupError for one that was not declared."""
    if not is_declared(definition):
        raise LookupError(f"'{definition.key}' is not among the declared definitions")
    return DefinitionRef(key=definition.key, version=definition.version)


def kept_version(definition: Definition) -> BeforeValidator:
    """For a view of what was counted once and kept, whose definition may be newer by now: shows the version that was kept as
    figures do, `definition: Annotated[DefinitionRef, kept_version(TREND), Field(validation_alias="definition_version")]`."""
    return BeforeValidator(lambda version: DefinitionRef(key=definition.key, version=version))


def counted(
    definition: Definition, value: int, as_of: datetime, excluded: Mapping[str, int] | None = None, *, n: int | None = None
) -> Figure:
    """A full count: exact, so without an interval, and never too few. It is out of `n`, by default itself."""
    return _made(definition, value, value if n is None else n, as_of, excluded)


def measured(
    definition: Definition,
    value: float | None,
    n: int,
    as_of: datetime,
    excluded: Mapping[str, int] | None = None,
    *,
    least: int | None = None,
    interval: Interval | None = None,
    of: str | None = None,
    threshold: float | None = None,
) -> Figure:
    """A value out of `n`, or too few of them. `of` says what n counts, `threshold` in seconds what a definition leaves open.

    `least` is given where a policy says it: raises TypeError when the definition says it too, or nobody does.
    """
    if value is None or n < least_of(definition, least):
        return _made(definition, None, n, as_of, excluded, verdict="too_few", denominator=of, threshold=threshold)
    return _made(definition, value, n, as_of, excluded, interval=interval, denominator=of, threshold=threshold)


def share(
    definition: Definition,
    hits: int,
    n: int,
    as_of: datetime,
    excluded: Mapping[str, int] | None = None,
    *,
    least: int | None = None,
    of: str | None = None,
    threshold: float | None = None,
) -> Figure:
    """`hits` of `n` in percent with the Wilson interval, or too few; see `measured`. Of none there is no share."""
    value = interval = None
    if n:
        low, high = wilson(hits, n)
        value, interval = 100 * hits / n, Interval(low=100 * low, high=100 * high, level=0.95, method="wilson")
    return measured(definition, value, n, as_of, excluded, least=least, interval=interval, of=of, threshold=threshold)


def mixed(definition: Definition, n: int, as_of: datetime, excluded: Mapping[str, int] | None = None) -> Figure:
    """No value, although there are enough: it would blend what must not be blended."""
    return _made(definition, None, n, as_of, excluded, verdict="mixed")


def least_of(definition: Definition, by_policy: int | None = None) -> int:
    """The n that a value needs. Raises TypeError unless the definition says it or the policy, and not both."""
    found = [least for least in (definition.least, by_policy) if least is not None]
    if len(found) != 1:
        raise TypeError(f"the least n of '{definition.key}' is said by its definition or by a policy")
    return found[0]


def rounded(value: float) -> float:
    """To the digits of a figure; a whole number stays one, and zero has no sign."""
    return round(value, DIGITS) + 0


def _made(
    definition: Definition,
    value: float | None,
    n: int,
    as_of: datetime,
    excluded: Mapping[str, int] | None,
    *,
    interval: Interval | None = None,
    **more: Any,
) -> Figure:
    if interval is not None:
        interval = interval.model_copy(update={"low": rounded(interval.low), "high": rounded(interval.high)})
    return Figure(
        value=None if value is None else rounded(value),
        n=n,
        unit=definition.unit,  # type: ignore[arg-type]
        definition=ref_of(definition),
        as_of=as_of,
        interval=interval,
        excluded={reason: count for reason, count in (excluded or {}).items() if count},
        **more,
    )
