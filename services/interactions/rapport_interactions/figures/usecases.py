"""The figures of the contact centre over any period, group by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rapport_contracts.figures import Figure

from rapport_interactions.domain.figures import Denominator, figures_of
from rapport_interactions.store.figures import Counted, tally
from rapport_interactions.store.work import InteractionsWork


@dataclass(frozen=True, slots=True)
class Figures:
    """The total and the groups; each a set of figures by name."""

    total: Mapping[str, Figure]
    groups: list[tuple[str | None, Mapping[str, Figure]]]


async def count_contacts(work: InteractionsWork, what: Counted, denominator: Denominator) -> Figures:
    """Count (S35, S97): one statement. `denominator` names what the service level is a share of."""
    total, groups = await tally(work, what)
    return Figures(
        figures_of(total, work.now, what.threshold, denominator),
        [(key, figures_of(group, work.now, what.threshold, denominator)) for key, group in groups],
    )
