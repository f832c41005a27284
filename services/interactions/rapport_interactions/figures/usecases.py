"""The figures of the contact centre over any period, group by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rapport_chassis.work import Work
from rapport_contracts.figures import Figure

from rapport_interactions.figures.domain import figures_of
from rapport_interactions.figures.store import Question, tally


@dataclass(frozen=True, slots=True)
class Figures:
    """The total and the groups; each a set of figures by name."""

    total: Mapping[str, Figure]
    groups: list[tuple[str | None, Mapping[str, Figure]]]


async def count_contacts(work: Work, question: Question) -> Figures:
    """Count (S35, S97): one statement. Raises Invalid for a bad period or time zone."""
    total, groups = await tally(work, question)
    threshold, denominator = question.threshold, question.denominator
    return Figures(
        figures_of(total, work.now, threshold, denominator),
        [(key, figures_of(group, work.now, threshold, denominator)) for key, group in groups],
    )
