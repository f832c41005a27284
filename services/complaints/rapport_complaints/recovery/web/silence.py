"""The part of the iceberg under the water: how many are not content and do not complain (S57)."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field
from rapport_chassis.bodies import Params
from rapport_chassis.web import Call, Router, Scope
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_contracts.figures import Figure, Interval
from rapport_kernel.errors import Invalid
from rapport_kernel.statistics import wilson

from rapport_complaints.measures import measured, share
from rapport_complaints.recovery.store.silence import Silence, count_silence
from rapport_complaints.recovery.store.versions import WIN_BACK_POLICIES

router = Router(tags=["figures"])


class SilencePeriod(Params):
    """Low answers given, and complaints received, in this time."""

    from_: UtcTime | None = Field(default=None, alias="from", description="From this time on.")
    to: UtcTime | None = Field(default=None, description="Before this time.")
    days: int = Field(
        default=30, ge=1, le=366, description="Who complains so long before or after his answer is not silent."
    )


class SilentDissatisfaction(BaseModel):
    """`complainants` were counted; `silent_share` is a sample of those who answered surveys; `estimated` puts the two
    together: complainants / (1 - share), with the bounds that the interval of the share gives. `minimum` customers with a
    low answer, one in `low_bands`, are needed for an estimate."""

    minimum: int
    low_bands: list[str]
    silent_share: Figure = Field(description="Percent of customers with a low answer who did not complain.")
    complainants: Figure
    estimated: Figure = Field(description="Customers who are not content, whether they complain or not.")


@router.get(
    "/silent-dissatisfaction",
    allow=Scope("complaints:stats"),
    errors=[Invalid],
    summary="How many are not content and do not complain",
)
async def silent_dissatisfaction(period: SilencePeriod, call: Call[Work]) -> SilentDissatisfaction:
    """Not to complain is not to be content. Of customers whose answer to a survey was low, by the win-back policy in force,
    this counts who complained within `days` of it. Left out, in `excluded`: `undecided`, whose days are not over; answers
    of an `unknown-customer`; answers of an `unknown-band`, kept before it was. The estimate holds as far as those who
    answer surveys are like all others."""
    work = await call.work()
    policy = (await work.store(WIN_BACK_POLICIES).current()).body
    bands = [band.value for band in policy.low_bands]
    told = await call.read(count_silence, period.from_, period.to, period.days, bands)
    return _figures(told, policy.minimum, bands, work.now)


def _figures(told: Silence, minimum: int, low_bands: list[str], as_of: datetime) -> SilentDissatisfaction:
    open_ = {"undecided": told.undecided, "unknown-customer": told.unknown, "unknown-band": told.unbanded}
    of_nobody = {"unknown-customer": told.unknown_complaints}
    silent = share("silence.silent-share", told.silent, told.low, as_of, open_, "customers with a low answer", minimum)
    estimate = spread = None
    if silent.interval is not None and told.silent < told.low:  # else all were silent: nobody can say how many there are
        low, high = wilson(told.silent, told.low)
        estimate = told.complainants * told.low / (told.low - told.silent)
        least, most = told.complainants / (1 - low), told.complainants / (1 - high)
        spread = Interval(low=least, high=most, level=0.95, method="wilson")

    def figure(name: str, value: float | None, n: int, interval: Interval | None, excluded: dict[str, int]) -> Figure:
        return measured(f"silence.{name}", value, n, "count", as_of, excluded, 0, interval=interval)

    return SilentDissatisfaction(
        minimum=minimum,
        low_bands=low_bands,
        silent_share=silent,
        complainants=figure("complainants", told.complainants, told.complainants, None, of_nobody),
        estimated=figure("estimated", estimate, told.low, spread, open_),
    )
