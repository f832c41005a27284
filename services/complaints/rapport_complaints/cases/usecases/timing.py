"""The limits of a complaint: the policies that match, pinned with their versions, with the calendars as they are known now;
what happens to clocks by themselves; and how a clock is explained, every stretch of time, counted or not, and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_kernel.business_time import Stretch
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.clocks.domain.basis import Basis
from rapport_complaints.clocks.domain.clocks import Clock
from rapport_complaints.clocks.domain.policies import CalendarData, Choice, SlaPolicy, Traits, calendar_of, choose_all
from rapport_complaints.clocks.store import CALENDARS, SLA_POLICIES
from rapport_complaints.clocks.usecases import FOLLOW, ONCE_MORE, PORTION


async def basis_for(work: Work, traits: Traits, at: datetime) -> Basis | None:
    """The policies that match at that time, one of each track; None when none does."""
    return await _basis(work, choose_all(await work.store(SLA_POLICIES).in_force(at), traits))


async def pinned_basis(work: Work, complaint: Complaint) -> Basis | None:
    """What the policy versions that the clocks of this episode run under say about the complaint; None: nothing."""
    return await _basis(work, _matching(await _pinned(work, complaint), complaint.traits))


async def assessed_basis(work: Work, complaint: Complaint, traits: Traits) -> Basis | None:
    """What the pinned versions say about the complaint with these traits; for tracks that it did not run under so far,
    what was in force when its episode began. Without pinned ones all of it is of that time."""
    began = complaint.clocks_from
    if complaint.policy is None:
        return await basis_for(work, traits, began)
    pinned = await _pinned(work, complaint)
    tracks = {policy.body.track for policy in pinned}
    others = [
        one for one in choose_all(await work.store(SLA_POLICIES).in_force(began), traits) if one[0].body.track not in tracks
    ]
    return await _basis(work, [*_matching(pinned, traits), *others])


async def major_basis(work: Work, complaint: Complaint) -> Basis | None:
    """What the policies in force say about major complaints such as this one; None: nothing."""
    chosen = choose_all(await work.store(SLA_POLICIES).in_force(work.now), replace(complaint.traits, major=True))
    return await _basis(work, [(policy, rule) for policy, rule in chosen if rule.major])


async def policies_of_major(work: Work, complaint: Complaint) -> set[str]:
    """The policies that it runs under because it is a major one."""
    found = _matching(await _pinned(work, complaint), replace(complaint.traits, major=True))
    return {policy.code for policy, rule in found if rule.major}


async def _pinned(work: Work, complaint: Complaint) -> list[Version[SlaPolicy]]:
    """That of the complaint first, then those of its clocks."""
    names = [(complaint.policy, complaint.policy_version)]
    names += [(clock.policy, clock.policy_version) for clock in complaint.clocks if clock.episode == complaint.episode]
    return [
        await work.store(SLA_POLICIES).exact(code, version)
        for code, version in dict.fromkeys(names)
        if code is not None and version is not None
    ]


def _matching(policies: Sequence[Version[SlaPolicy]], traits: Traits) -> list[Choice]:
    found = [(policy, policy.body.rule_for(traits)) for policy in policies]
    return [(policy, rule) for policy, rule in found if rule is not None]


async def _basis(work: Work, chosen: Sequence[Choice]) -> Basis | None:
    calendars = {code: await work.store(CALENDARS).of(code) for code in dict.fromkeys(p.body.calendar for p, _ in chosen)}
    made = [Basis(policy, rule, calendars[policy.body.calendar]) for policy, rule in chosen]
    return replace(made[0], beside=tuple(made[1:])) if made else None


async def check_clocks(work: Work, timers: list[Timer]) -> None:
    """Settle the clocks of a set of timers; two statements load all their complaints."""
    ids = {UUID(timer.payload["complaint_id"]) for timer in timers}
    for complaint in (await work.store(Complaints).get_many(ids, for_update=True)).values():
        complaint.check_clocks(work.now)


async def follow_calendar(work: Work, timer: Timer) -> None:
    """One portion of the clocks that are behind; the next portion is a timer that is due at once."""
    versions = await work.store(CALENDARS).of(timer.key)
    newest = versions[-1].version
    ids = await work.store(Complaints).behind_calendar(timer.key, newest, PORTION)
    calendar = calendar_of(versions)
    for complaint in (await work.store(Complaints).get_many(ids, for_update=True)).values():
        complaint.follow_calendar(timer.key, calendar, newest, work.now)
    if len(ids) == PORTION:
        await work.timers.set(FOLLOW, timer.key, work.now, timer.payload)
    elif not timer.payload.get("last"):
        await work.timers.set(FOLLOW, timer.key, work.now + ONCE_MORE, {"last": True})


@dataclass(frozen=True, slots=True)
class Explanation:
    """A clock with the stretches from its start to its end, or to now; seconds are counted time."""

    clock: Clock
    stretches: list[Stretch]
    elapsed_seconds: float
    target_seconds: float
    extension_seconds: float


async def explain_clock(work: Work, complaint_id: UUID, clock_id: UUID) -> Explanation:
    """Explain it with the calendar version that it was reckoned with. Raises NotFound."""
    complaint = await work.store(Complaints).get(complaint_id)
    return (await explain_clocks(work, [complaint.clock(clock_id)]))[0]


async def explain_clocks(work: Work, clocks: Sequence[Clock]) -> list[Explanation]:
    """The same of several; one statement for each calendar."""
    known = {code: await work.store(CALENDARS).of(code) for code in dict.fromkeys(clock.calendar for clock in clocks)}
    return [_explain(clock, known[clock.calendar], work.now) for clock in clocks]


def _explain(clock: Clock, versions: Sequence[Version[CalendarData]], now: datetime) -> Explanation:
    calendar = calendar_of([each for each in versions if each.version <= clock.calendar_version])
    return Explanation(
        clock,
        clock.explain(calendar, now),
        clock.elapsed_seconds(calendar, now),
        clock.target_seconds(calendar),
        clock.extension_seconds(calendar),
    )
