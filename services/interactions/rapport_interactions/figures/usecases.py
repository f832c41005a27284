"""The figures of the contact centre over any period, group by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rapport_chassis.figures import counted, measured, share
from rapport_chassis.periods import Span
from rapport_chassis.work import Work
from rapport_contracts.figures import Definition, Figure
from rapport_contracts.interactions import figures as defined

from rapport_interactions.figures.domain import Denominator, Tally
from rapport_interactions.figures.store import Question, tally


@dataclass(frozen=True, slots=True)
class Figures:
    """The period, the total and the groups; each a set of figures by name."""

    span: Span
    total: Mapping[str, Figure]
    groups: list[tuple[str | None, Mapping[str, Figure]]]


async def count_contacts(work: Work, question: Question) -> Figures:
    """Count (S35, S97): one statement. Raises Invalid for too many periods."""
    span = question.span(work)
    total, groups = await tally(work, question, span)
    threshold, denominator = question.threshold, question.denominator
    return Figures(
        span,
        figures_of(total, work.now, threshold, denominator),
        [(key, figures_of(group, work.now, threshold, denominator)) for key, group in groups],
    )


def figures_of(tally: Tally, as_of: datetime, threshold: float, denominator: Denominator) -> Mapping[str, Figure]:
    """The figures of one group, by the names that the answer gives them. `threshold` in seconds; `as_of` is the time of the
    count (UTC)."""
    n, left_out = tally.contacts, tally.excluded
    base = tally.offered if denominator == "offered" else tally.answered
    return {
        "offered": counted(defined.OFFERED, tally.offered, as_of, n=n),
        "answered": counted(defined.ANSWERED, tally.answered, as_of, n=n),
        "abandoned": counted(defined.ABANDONED, tally.abandoned, as_of, n=n),
        "phantom": counted(defined.PHANTOM, tally.phantom, as_of, n=n),
        "handled": counted(defined.HANDLED, tally.handled, as_of, n=n),
        "negative_durations": counted(defined.NEGATIVE_DURATIONS, tally.negative, as_of, n=n),
        "average_speed_of_answer": _mean(
            defined.AVERAGE_SPEED_OF_ANSWER, tally.wait_seconds, tally.answered, as_of, left_out
        ),
        "abandon_rate": share(defined.ABANDON_RATE, tally.abandoned, tally.offered, as_of, left_out),
        "service_level": share(
            defined.SERVICE_LEVEL, tally.within, base, as_of, left_out, of=denominator, threshold=threshold
        ),
        "average_service_time": _mean(defined.AVERAGE_SERVICE_TIME, tally.service_seconds, tally.handled, as_of, left_out),
    }


def _mean(definition: Definition, seconds: float, n: int, as_of: datetime, left_out: Mapping[str, int]) -> Figure:
    return measured(definition, seconds / n if n else None, n, as_of, left_out)
