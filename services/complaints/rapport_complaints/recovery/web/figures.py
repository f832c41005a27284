"""Figures about recovery: how long it took, how often it was accepted, how much money, and whether it
left the same customers more content."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from math import sqrt

from pydantic import BaseModel, Field
from rapport_chassis.bodies import Params
from rapport_chassis.figures import counted, measured, share
from rapport_chassis.web import Call, Router
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_contracts.figures import Figure, Interval
from rapport_contracts.money import Total
from rapport_kernel.errors import Invalid

from rapport_complaints.access import STATS
from rapport_complaints.recovery.store import figures
from rapport_complaints.recovery.store.recoveries import RECOVERY_POLICIES

router = Router(tags=["recovery figures"])
_Z = 1.959963984540054
_TWO = 2
"""Fewer have no deviation."""


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
    """A figure of fewer than `minimum`, by the recovery policy in force, has the verdict "too few"."""

    minimum: int
    identified: Figure
    time_to_recover: Figure = Field(description="Median of the seconds until it was first done.")
    acceptance_rate: Figure = Field(description="Percent of accepted, declined and lapsed offers that were accepted.")
    content_share: Figure = Field(description="Percent of verdicts, by survey or in person, that were content.")
    money: list[MoneyFigure]


class EffectFigure(BaseModel):
    """One metric of the same customers. `change` is the mean of their changes, with a 95 % interval."""

    metric: str
    before: Figure
    after: Figure
    change: Figure


class RecoveryEffect(BaseModel):
    """By metric; customers with answers on one side only are counted in `excluded`."""

    minimum: int
    metrics: list[EffectFigure]


@router.get("/recovery-cases/stats", allow=STATS, errors=[Invalid], summary="Figures about recovery")
async def recovery_stats(period: RecoveryPeriod, call: Call[Work]) -> RecoveryFigures:
    """Counted from the histories of the cases; money by the ledger."""
    work = await call.work()
    minimum = (await work.store(RECOVERY_POLICIES).current()).body.minimum
    found = await call.read(figures.recovered, period.from_, period.to)
    money = await call.read(figures.money_by_kind, period.from_, period.to)
    offers = found.accepted + found.declined + found.expired
    verdicts = found.verified + found.failed
    left_out = {"not-done": max(found.identified - found.executed, 0)}
    return RecoveryFigures(
        minimum=minimum,
        identified=counted("recovery.identified", found.identified, work.now),
        time_to_recover=measured(
            "recovery.time-to-recover", found.median_seconds, found.executed, "seconds", work.now, left_out, minimum
        ),
        acceptance_rate=share("recovery.acceptance-rate", found.accepted, offers, work.now, {}, "offers", minimum),
        content_share=share("recovery.content-share", found.verified, verdicts, work.now, {}, "verdicts", minimum),
        money=[MoneyFigure.model_validate({**asdict(each), "as_of": work.now}) for each in money],
    )


@router.get("/recovery-cases/effect", allow=STATS, errors=[Invalid], summary="Scores of the same customers before and after")
async def recovery_effect(period: RecoveryPeriod, call: Call[Work]) -> RecoveryEffect:
    """Of customers whose recovery was done: their answers to surveys before the first case was identified, and after it was
    done; the mean of each customer counts once. A change after a recovery need not be caused by it."""
    work = await call.work()
    minimum = (await work.store(RECOVERY_POLICIES).current()).body.minimum
    found = await call.read(figures.before_and_after, period.from_, period.to)
    return RecoveryEffect(minimum=minimum, metrics=[_effect(each, minimum, work.now) for each in found])


def _effect(found: figures.BeforeAfter, minimum: int, as_of: datetime) -> EffectFigure:
    left_out = {"only-before": found.only_before, "only-after": found.only_after}

    def figure(name: str, value: float | None, interval: Interval | None = None) -> Figure:
        return measured(f"recovery.effect-{name}", value, found.n, "points", as_of, left_out, minimum, interval=interval)

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
