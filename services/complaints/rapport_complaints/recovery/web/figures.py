"""Figures about recovery: how long it took, how often it was accepted, how much money, and whether it
left the same customers more content."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from math import sqrt
from typing import Annotated

from pydantic import BaseModel, Field
from rapport_chassis.figures import counted, measured, ref_of, share
from rapport_chassis.periods import Period, SpanView
from rapport_chassis.web import Call, Router
from rapport_chassis.web.values import known
from rapport_chassis.work import Work
from rapport_contracts.complaints import figures as defined
from rapport_contracts.complaints.vocabulary import RemedyKind
from rapport_contracts.fields import UtcTime
from rapport_contracts.figures import DefinitionRef, Figure, Interval
from rapport_contracts.money import Total
from rapport_contracts.vocabulary import Metric

from rapport_complaints.access import STATS
from rapport_complaints.recovery.store import figures
from rapport_complaints.recovery.store.recoveries import RECOVERY_POLICIES

router = Router(tags=["recovery figures"], about="What recovery brought, and what it cost.")
_Z = 1.959963984540054
_TWO = 2
"""Fewer have no deviation."""


class MoneyFigure(BaseModel):
    """Money of `n` awards of one kind, category and currency: awarded and not released; paid; came back."""

    kind: Annotated[str, known(RemedyKind)]
    category: str
    currency: str
    n: int
    awarded: Total
    paid: Total
    came_back: Total
    definition: DefinitionRef
    as_of: UtcTime


class RecoveryFigures(SpanView):
    """A figure of fewer than `minimum`, by the recovery policy in force, has the verdict `too_few`."""

    minimum: int
    identified: Figure
    time_to_recover: Figure = Field(description="Median of the seconds until it was first done.")
    acceptance_rate: Figure = Field(description="Percent of accepted, declined and lapsed offers that were accepted.")
    content_share: Figure = Field(description="Percent of verdicts, by survey or in person, that were content.")
    money: list[MoneyFigure]


class EffectFigure(BaseModel):
    """One metric of the same customers. `change` is the mean of their changes, with a 95 % interval."""

    metric: Annotated[str, known(Metric)]
    before: Figure
    after: Figure
    change: Figure


class RecoveryEffect(SpanView):
    """By metric; customers with answers on one side only are counted in `excluded`."""

    minimum: int
    metrics: list[EffectFigure]


@router.get("/recovery-cases/stats", allow=STATS, summary="Figures about recovery")
async def recovery_stats(period: Period, call: Call[Work]) -> RecoveryFigures:
    """Of cases identified in the period, counted from their histories; money by the ledger."""
    work = await call.work()
    minimum = (await work.store(RECOVERY_POLICIES).current()).body.minimum
    span = period.span(work)
    found = await call.read(figures.recovered, span.since, span.until)
    money = await call.read(figures.money_by_kind, span.since, span.until)
    offers = found.accepted + found.declined + found.expired
    verdicts = found.verified + found.failed
    left_out = {"not-done": max(found.identified - found.executed, 0)}
    return RecoveryFigures(
        **asdict(span),
        minimum=minimum,
        identified=counted(defined.RECOVERY_IDENTIFIED, found.identified, work.now),
        time_to_recover=measured(
            defined.RECOVERY_TIME, found.median_seconds, found.executed, work.now, left_out, least=minimum
        ),
        acceptance_rate=share(
            defined.RECOVERY_ACCEPTANCE_RATE, found.accepted, offers, work.now, least=minimum, of="offers"
        ),
        content_share=share(
            defined.RECOVERY_CONTENT_SHARE, found.verified, verdicts, work.now, least=minimum, of="verdicts"
        ),
        money=[_money(each, work.now) for each in money],
    )


@router.get("/recovery-cases/effect", allow=STATS, summary="Scores of the same customers before and after")
async def recovery_effect(period: Period, call: Call[Work]) -> RecoveryEffect:
    """Of customers whose recovery was done: their answers to surveys before the first case was identified, and after it was
    done; the mean of each customer counts once. A change after a recovery need not be caused by it."""
    work = await call.work()
    minimum = (await work.store(RECOVERY_POLICIES).current()).body.minimum
    span = period.span(work)
    found = await call.read(figures.before_and_after, span.since, span.until)
    return RecoveryEffect(**asdict(span), minimum=minimum, metrics=[_effect(each, minimum, work.now) for each in found])


def _money(found: figures.Money, as_of: datetime) -> MoneyFigure:
    return MoneyFigure(**asdict(found), definition=ref_of(defined.RECOVERY_MONEY), as_of=as_of)


def _effect(found: figures.BeforeAfter, minimum: int, as_of: datetime) -> EffectFigure:
    left_out = {"only-before": found.only_before, "only-after": found.only_after}

    def figure(name: str, value: float | None, interval: Interval | None = None) -> Figure:
        definition = defined.RECOVERY_EFFECT[name]
        return measured(definition, value, found.n, as_of, left_out, least=minimum, interval=interval)

    interval = None
    if found.n >= _TWO and found.change is not None and found.deviation is not None:
        half = _Z * found.deviation / sqrt(found.n)
        interval = Interval(low=found.change - half, high=found.change + half, level=0.95, method="wald")
    return EffectFigure(
        metric=found.metric,
        before=figure("before", found.before),
        after=figure("after", found.after),
        change=figure("change", found.change, interval),
    )
