"""Which limits a complaint has: the policy that matches, pinned with its version, and the calendar as it is known now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rapport_kernel.business_time import BusinessCalendar

from rapport_complaints.domain.clocks import Basis
from rapport_complaints.domain.complaint import Complaint
from rapport_complaints.domain.policies import Traits, calendar_of, choose
from rapport_complaints.store.work import ComplaintsWork


async def basis_for(work: ComplaintsWork, traits: Traits, at: datetime) -> Basis | None:
    """The policy that matches at that time; None when none does."""
    chosen = choose(await work.policies.in_force(at), traits)
    if chosen is None:
        return None
    policy, rule = chosen
    return Basis(policy, rule, await work.calendars.of(policy.body.calendar))


async def pinned_basis(work: ComplaintsWork, complaint: Complaint, traits: Traits) -> Basis | None:
    """What the policy version of the complaint's clocks says about it with these traits; without one, as `basis_for`."""
    if complaint.policy is None or complaint.policy_version is None:
        return await basis_for(work, traits, complaint.received_at)
    policy = await work.policies.exact(complaint.policy, complaint.policy_version)
    rule = policy.body.rule_for(traits)
    return None if rule is None else Basis(policy, rule, await work.calendars.of(policy.body.calendar))


async def calendars_of(work: ComplaintsWork, codes: Iterable[str]) -> dict[str, BusinessCalendar]:
    """Calendars by code, as they are known now."""
    return {code: calendar_of(await work.calendars.of(code)) for code in set(codes)}
