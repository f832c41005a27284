"""Trends and recurrences (S55, S68)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel, Field
from rapport_chassis.figures import share
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Call, Router
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_contracts.figures import Figure
from rapport_kernel.errors import Invalid

from rapport_complaints.access import STATS, Period
from rapport_complaints.cases.web.views import View
from rapport_complaints.finding.store.findings import Recurrences, count_recurrences
from rapport_complaints.finding.store.tables import TREND_POLICIES
from rapport_complaints.finding.store.trends import TrendFilters, find_runs, find_trends

router = Router(tags=["trends"])


class TrendView(View):
    """What was found about one group in one run. `verdict`: `rising`; `ongoing`, it still rises and was said before;
    `steady`; `too-few` complaints to tell; `no-history`, nothing is known of the time before. `observed` is n in the
    window, `reference` n before it, `excluded` the duplicates in both; the last three figures are null when not tested."""

    id: UUID
    dimension: str = Field(examples=["cause"])
    name: str = Field(description="The code of the group.", examples=["packaging"])
    verdict: str
    observed: int
    reference: int
    excluded: int
    expected: float | None = Field(description="`reference`, scaled to the length of the window.")
    p: float | None = Field(description="The chance of so many or more if nothing had changed.")
    p_adjusted: float | None = Field(description="The same, corrected for the groups tested together.")
    tested: int
    alpha: float
    minimum: int
    reference_start: UtcTime
    window_start: UtcTime
    window_end: UtcTime
    policy: str
    policy_version: int
    definition_version: int
    found_at: UtcTime


class RunView(View):
    """A day that was looked at, whether something rose or not."""

    window_end: UtcTime
    window_start: UtcTime
    reference_start: UtcTime
    policy: str
    policy_version: int
    groups: int
    tested: int
    rising: int
    found_at: UtcTime


class RecurrenceRate(BaseModel):
    """Percent of closed complaints whose customer came again with the same cause, or with a complaint that names the
    closed one, within `days` after closing. `excluded`: `still-watched`, closed for less than that; `no-customer`;
    `no-cause`."""

    days: int
    minimum: int
    rate: Figure
    by_cause: dict[str, Figure]


@router.get("/trends", allow=STATS, errors=[Invalid], summary="What comes up more often than before")
async def get_trends(filters: TrendFilters, paging: Paging, call: Call[Work]) -> Page[TrendView]:
    """Everything that ever rose, and of the newest run every group, the newest first. Found once a day."""
    return (await call.read(find_trends, filters, paging)).map(TrendView.model_validate)


@router.get("/trend-runs", allow=STATS, errors=[Invalid], summary="Days whose trends were looked for")
async def get_runs(paging: Paging, call: Call[Work]) -> Page[RunView]:
    """The newest first."""
    return (await call.read(find_runs, paging)).map(RunView.model_validate)


class ClosedPeriod(Period):
    """Complaints closed in this time."""

    from_: UtcTime | None = Field(default=None, alias="from", description="Closed from this time on.")
    to: UtcTime | None = Field(default=None, description="Closed before this time.")


@router.get("/recurrence-rate", allow=STATS, summary="How many complaints come again")
async def get_recurrence_rate(period: ClosedPeriod, call: Call[Work]) -> RecurrenceRate:
    """Of the complaints closed in the period, with the 95 % interval; duplicates are no recurrence. Days and minimum are
    those of the policy in force."""
    work = await call.work()
    policy = (await work.store(TREND_POLICIES).current()).body
    after = timedelta(days=policy.recurrence_days)
    counted = await call.read(count_recurrences, period.from_, period.to, after)
    minimum = policy.recurrence_minimum
    return RecurrenceRate(
        days=policy.recurrence_days,
        minimum=minimum,
        rate=_rate(counted, minimum, work.now),
        by_cause={each.cause: _rate([each], minimum, work.now) for each in counted if each.cause is not None},
    )


def _rate(counted: Sequence[Recurrences], minimum: int, as_of: datetime) -> Figure:
    n, repeated = sum(each.n for each in counted), sum(each.repeated for each in counted)
    left_out = {
        "still-watched": sum(each.watched for each in counted),
        "no-customer": sum(each.nameless for each in counted),
        "no-cause": sum(each.causeless for each in counted),
    }
    return share("complaints.recurrence-rate", repeated, n, as_of, left_out, fewest=minimum)
