"""Figures about recovery: how long, how often taken, how much money, and whether the same customers are happier after it."""

from __future__ import annotations

from datetime import datetime
from math import sqrt

from pydantic import BaseModel, Field
from rapport_chassis.bodies import Params
from rapport_chassis.web import Call, Router
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_contracts.figures import Figure, Interval
from rapport_contracts.money import Total
from rapport_kernel.errors import Invalid

from rapport_complaints.access import STATS
from rapport_complaints.cases.store import scores
from rapport_complaints.measures import counted, measured, share
from rapport_complaints.recovery.store.versions import RECOVERY_POLICIES

router = Router(tags=["recovery figures"])
_Z = 1.959963984540054
_TWO = 2
"""Below that there is no deviation."""


class RecoveryPeriod(Params):
    """Cases identified in this time."""

    from_: UtcTime | None = Field(default=None, alias="from", description="Identified from this time on.")
    to: UtcTime | None = Field(default=None, description="Identified before this time.")


class MoneyFigure(BaseModel):
    """Money of `n` awards of one kind, category and currency: awarded and not released; paid; came back."""

    kind: str
    category: str
    currency: str
    n: int
    awarded: Total
    paid: Total
    came_back: Total
    definition: str = "recovery.money"
    definition_version: int = 1
    as_of: UtcTime


class RecoveryFigures(BaseModel):
    """`minimum` is what a figure needs, by the recovery policy in force; else its verdict is "too few"."""

    minimum: int
    identified: Figure
    time_to_recover: Figure = Field(description="Median of the seconds until it was done for the first time.")
    acceptance_rate: Figure = Field(description="Percent of offers that customers took, of those taken, declined or lapsed.")
    content_share: Figure = Field(description="Percent of verdicts, by survey or by hand, that were content.")
    money: list[MoneyFigure]


class EffectFigure(BaseModel):
    """One metric of the same customers. `change` is the mean of their changes, with a 95 % interval."""

    metric: str
    before: Figure
    after: Figure
    change: Figure


class RecoveryEffect(BaseModel):
    """By metric; customers of whom one side is missing are counted in `excluded`."""

    minimum: int
    metrics: list[EffectFigure]


@router.get("/recovery-cases/stats", allow=STATS, errors=[Invalid], summary="Figures about recovery")
async def recovery_stats(period: RecoveryPeriod, call: Call[Work]) -> RecoveryFigures:
    """Counted from the histories of the cases; money by the ledger."""
    work = await call.work()
    minimum = (await work.store(RECOVERY_POLICIES).current()).body.minimum
    told = await call.read(scores.recovered, period.from_, period.to)
    money = await call.read(scores.money_by_kind, period.from_, period.to)
    offers = told.accepted + told.declined + told.expired
    verdicts = told.verified + told.failed
    left_out = {"not-done": max(told.identified - told.executed, 0)}
    return RecoveryFigures(
        minimum=minimum,
        identified=counted("recovery.identified", told.identified, work.now),
        time_to_recover=measured(
            "recovery.time-to-recover", told.median_seconds, told.executed, "seconds", work.now, left_out, minimum
        ),
        acceptance_rate=share("recovery.acceptance-rate", told.accepted, offers, work.now, {}, "offers", minimum),
        content_share=share("recovery.content-share", told.verified, verdicts, work.now, {}, "verdicts", minimum),
        money=[
            MoneyFigure(
                kind=each.kind,
                category=each.category,
                currency=each.currency,
                n=each.n,
                awarded=each.awarded,
                paid=each.paid,
                came_back=each.came_back,
                as_of=work.now,
            )
            for each in money
        ],
    )


@router.get("/recovery-cases/effect", allow=STATS, errors=[Invalid], summary="Scores of the same customers before and after")
async def recovery_effect(period: RecoveryPeriod, call: Call[Work]) -> RecoveryEffect:
    """Of customers whose recovery was done: their answers to surveys before the first case was identified, and after it was
    done; the mean of each customer counts once. That something came after is not yet because of it."""
    work = await call.work()
    minimum = (await work.store(RECOVERY_POLICIES).current()).body.minimum
    found = await call.read(scores.before_and_after, period.from_, period.to)
    return RecoveryEffect(minimum=minimum, metrics=[_effect(each, minimum, work.now) for each in found])


def _effect(told: scores.BeforeAfter, minimum: int, as_of: datetime) -> EffectFigure:
    left_out = {"only-before": told.only_before, "only-after": told.only_after}

    def figure(name: str, value: float | None, interval: Interval | None = None) -> Figure:
        return measured(f"recovery.effect-{name}", value, told.n, "points", as_of, left_out, minimum, interval=interval)

    interval = None
    if told.n >= _TWO and told.change is not None and told.deviation is not None:
        half = _Z * told.deviation / sqrt(told.n)
        interval = Interval(low=told.change - half, high=told.change + half, level=0.95, method="wald")
    return EffectFigure(
        metric=told.metric,
        before=figure("before", told.before),
        after=figure("after", told.after),
        change=figure("change", told.change, interval),
    )
