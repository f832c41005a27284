"""Trends and recurrences, and the policy of trends with its versions (S55, S68)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.figures import kept_version, share
from rapport_chassis.lists import Page, Paging
from rapport_chassis.periods import Period, SpanView
from rapport_chassis.web import Call, Name, Router, VersionedData, View
from rapport_chassis.web.operations import Aside
from rapport_chassis.web.values import known
from rapport_chassis.work import Work
from rapport_contracts.complaints.figures import RECURRENCE_RATE, TREND
from rapport_contracts.complaints.vocabulary import TrendDimension
from rapport_contracts.fields import UtcTime
from rapport_contracts.figures import DefinitionRef, Figure
from rapport_kernel.errors import NotFound, VersionConflict

from rapport_complaints.access import CONFIGURE, READ, STATS
from rapport_complaints.finding.domain.trends import Judged, TrendPolicy, TrendVerdict, Windows
from rapport_complaints.finding.store.findings import TREND_POLICIES, Recurrences, count_recurrences
from rapport_complaints.finding.store.trends import FOUND, RUNS, RunFilters, TrendFilters, find_runs, find_trends
from rapport_complaints.finding.usecases.trends import (
    NewTrendPolicy,
    Trial,
    TrialPolicy,
    put_trend_policy,
    try_trend_policy,
)

data = Router(tags=["finding data"], about="Taxonomies, rules and policies that findings rest on, in versions.")
MOST = 200
"""Groups of each kind that a trial shows."""


class GroupView(View):
    """A group that would be called rising."""

    dimension: Annotated[str, known(TrendDimension)]
    name: str
    observed: int
    reference: int
    expected: float | None
    p: float | None
    p_adjusted: float | None


class FoundView(View):
    """What one policy would have found: how many groups it tested, and those that rise, the least likely first."""

    reference_start: UtcTime
    window_start: UtcTime
    window_end: UtcTime
    tested: int
    rising: list[GroupView] = Field(description=f"The first {MOST}.")


class TrialView(View):
    """The policy that was tried beside version `version` of the one in force, and what differs, as `dimension:name`."""

    version: int
    tried: FoundView
    present: FoundView
    added: list[str]
    gone: list[str]


# fmt: off
keep = VersionedData[Work](data, read=READ, change=CONFIGURE)
keep("/trend-policies/{code}", lambda work: work.store(TREND_POLICIES), TrendPolicy, NewTrendPolicy, put_trend_policy,
     every=("get_trend_policies", "The policy of trends with all its versions", "Windows, chances and minimums (S55, S68)."),
     errors=(NotFound, VersionConflict, "unknown-time-zone"),
     one=("get_trend_policy", "The newest version of the policy of trends", "The newest version, or the one asked for."),
     put=("change_trend_policy", "Add a version of the policy of trends",
          "There is one, `standard`. Days that were looked at already keep what was found."))
# fmt: on


@data.post(
    "/trend-policies/{code}:try",
    allow=STATS,
    errors=[NotFound, "in-the-future", "too-long-ago", "unknown-time-zone"],
    summary="Try a policy on the past",
    on=Aside("changes nothing"),
)
async def post_trial(code: Name, body: TrialPolicy, call: Call[Work]) -> TrialView:
    """What it would have found in the windows before `at`, beside the policy in force; keeps and publishes nothing."""
    return _trial(await call.run(try_trend_policy, code, body))


def _trial(trial: Trial) -> TrialView:
    tried, present = _rising(trial.tried), _rising(trial.found)
    names = {_name(each) for each in tried}, {_name(each) for each in present}
    return TrialView(
        version=trial.present.version,
        tried=_found(trial.windows, trial.tried),
        present=_found(trial.present_windows, trial.found),
        added=sorted(names[0] - names[1])[:MOST],
        gone=sorted(names[1] - names[0])[:MOST],
    )


def _found(windows: Windows, judged: list[Judged]) -> FoundView:
    return FoundView(
        reference_start=windows.reference_start,
        window_start=windows.start,
        window_end=windows.end,
        tested=sum(each.p is not None for each in judged),
        rising=[
            GroupView(
                dimension=each.count.dimension,
                name=each.count.name,
                observed=each.count.observed,
                reference=each.count.reference,
                expected=each.expected,
                p=each.p,
                p_adjusted=each.p_adjusted,
            )
            for each in _rising(judged)[:MOST]
        ],
    )


def _rising(judged: list[Judged]) -> list[Judged]:
    rising = [each for each in judged if each.verdict == TrendVerdict.RISING]
    return sorted(rising, key=lambda each: (each.p or 0.0, _name(each)))


def _name(judged: Judged) -> str:
    return f"{judged.count.dimension}:{judged.count.name}"


router = Router(tags=["trends"], about="What grows among complaints, and what people made of it.")


class TrendView(View):
    """What was found about one group in one run. `verdict`: `rising`; `ongoing`, it still rises and was said before;
    `steady`; `too-few` complaints to tell; `no-history`, nothing is known of the time before. `observed` is n in the
    window, `reference` n before it, `excluded` the duplicates in both; the last three figures are null when not tested."""

    id: UUID
    dimension: Annotated[str, known(TrendDimension)] = Field(examples=["cause"])
    name: str = Field(description="The code of the group.", examples=["packaging"])
    verdict: Annotated[str, known(TrendVerdict)]
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
    definition: Annotated[DefinitionRef, kept_version(TREND), Field(validation_alias="definition_version")]
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


class RecurrenceRate(SpanView):
    """Percent of closed complaints whose customer came again with the same cause, or with a complaint that names the
    closed one, within `days` after closing. `excluded`: `still-watched`, closed for less than that; `no-customer`;
    `no-cause`."""

    days: int
    minimum: int
    rate: Figure
    by_cause: dict[str, Figure]


@router.get("/trends", allow=STATS, summary="What comes up more often than before")
async def get_trends(filters: TrendFilters, paging: Annotated[Paging, FOUND], call: Call[Work]) -> Page[TrendView]:
    """Everything that ever rose, and of the newest run every group, the newest first. Found once a day."""
    return (await call.read(find_trends, filters, paging)).map(TrendView.model_validate)


@router.get("/trend-runs", allow=STATS, summary="Days whose trends were looked for")
async def get_runs(filters: RunFilters, paging: Annotated[Paging, RUNS], call: Call[Work]) -> Page[RunView]:
    """The newest first."""
    return (await call.read(find_runs, filters, paging)).map(RunView.model_validate)


@router.get("/recurrence-rate", allow=STATS, summary="How many complaints come again")
async def get_recurrence_rate(period: Period, call: Call[Work]) -> RecurrenceRate:
    """Of the complaints closed in the period, with the 95 % interval; duplicates are no recurrence. Days and minimum are
    those of the policy in force."""
    work = await call.work()
    policy = (await work.store(TREND_POLICIES).current()).body
    after = timedelta(days=policy.recurrence_days)
    span = period.span(work)
    counted = await call.read(count_recurrences, span.since, span.until, after)
    minimum = policy.recurrence_minimum
    return RecurrenceRate(
        **asdict(span),
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
    return share(RECURRENCE_RATE, repeated, n, as_of, left_out, least=minimum)
