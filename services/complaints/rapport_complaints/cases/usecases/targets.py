"""Which limits a complaint has: the policies that match, pinned with their versions, and the calendars as they are known
now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from rapport_chassis.work import Work
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.clocks.domain.basis import Basis
from rapport_complaints.clocks.domain.policies import Choice, SlaPolicy, Traits, choose_all
from rapport_complaints.clocks.store.versions import CALENDARS, SLA_POLICIES


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
