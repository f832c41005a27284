"""Detect trends of causes, and change the policy they rest on (S63)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pydantic import Field
from rapport_chassis.versions import Since
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import Invalid, NotFound
from rapport_kernel.versions import Version
from rapport_kernel.wall_time import zone_of

from rapport_complaints.finding.domain.trends import TRENDS, Judged, TrendPolicy, Windows, judge
from rapport_complaints.finding.store.findings import TREND_POLICIES
from rapport_complaints.finding.store.trends import Trends, count_groups

OLDEST = timedelta(days=20 * 366)
"""How far back a policy can be tried."""


async def detect_trends(work: Work) -> int:
    """One round: the last whole day, if it was not looked at yet; how many groups were. A group that rises is published
    once, and again only when a window that does not overlap with that one still shows it."""
    policy = await work.store(TREND_POLICIES).current()
    windows = Windows.ending(work.now, policy.body)
    if await work.store(Trends).has_run(windows):
        return 0
    judged = judge(
        await count_groups(work, policy.body.dimensions, windows),
        windows,
        policy.body,
        await work.store(Trends).reported(windows),
    )
    await work.store(Trends).keep(windows, policy, judged, sum(each.p is not None for each in judged))
    return len(judged)


class TrialPolicy(TrendPolicy):
    """A policy to be tried as if it had been in force at a time."""

    at: UtcTime | None = Field(default=None, description="Null: now.")


@dataclass(frozen=True, slots=True)
class Trial:
    """What each policy would have found then."""

    windows: Windows
    tried: list[Judged]
    present: Version[TrendPolicy]
    present_windows: Windows
    found: list[Judged]


async def try_trend_policy(work: Work, code: str, command: TrialPolicy) -> Trial:
    """Judge the windows before that time by the policy tried and by the one in force now. Keeps and publishes nothing.

    Raises NotFound for another code than that of the one policy that counts, Invalid `unknown-time-zone`,
    `in-the-future`, `too-long-ago`.
    """
    if code != TRENDS:
        raise NotFound
    at = command.at or work.now
    if at > work.now:
        raise Invalid.at("at", "in-the-future")
    if at < work.now - OLDEST:
        raise Invalid.at("at", "too-long-ago", years=20)
    policy = TrendPolicy(**command.model_dump(exclude={"at"}))
    windows = Windows.ending(at, policy)
    present = await work.store(TREND_POLICIES).current()
    then = Windows.ending(at, present.body)
    return Trial(
        windows,
        judge(await count_groups(work, policy.dimensions, windows), windows, policy),
        present,
        then,
        judge(await count_groups(work, present.body.dimensions, then), then, present.body),
    )


class NewTrendPolicy(Since, TrendPolicy):
    """The policy as it is from a time on; what was found keeps its version."""


async def put_trend_policy(work: Work, code: str, command: NewTrendPolicy) -> Version[TrendPolicy]:
    """Add the version. Raises NotFound for another code than that of the one policy that counts, Invalid
    `unknown-time-zone`."""
    work.store(TREND_POLICIES).demand(code)
    zone_of(command.zone)
    return await work.store(TREND_POLICIES).put(code, command)
