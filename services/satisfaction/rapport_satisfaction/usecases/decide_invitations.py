"""Decide about candidates: ask, hold, block, leave out. Sets: the number of statements does not grow with theirs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from rapport_contracts.satisfaction.vocabulary import SurveyDecision

from rapport_satisfaction.domain.eligibility import WITHOUT_FACTS, Ask, Case, Facts, decide
from rapport_satisfaction.domain.invitations import WAITING, Invitation
from rapport_satisfaction.store.facts import Consents, Emergency
from rapport_satisfaction.store.policies import Rules
from rapport_satisfaction.store.work import SatisfactionWork

REVIEW = "invitation.review"
"""The timer of an invitation: a held one is too old, a scheduled or sent one has expired."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about the customers of some candidates; `present` is who they are now, after merges."""

    complaining: set[UUID]
    consents: Consents
    asks: dict[UUID, list[Ask]]
    emergencies: list[Emergency] = field(default_factory=list)
    present: dict[UUID, UUID] = field(default_factory=dict)

    def who(self, customer: UUID | None) -> UUID | None:
        """Who this customer is at present."""
        return self.present.get(customer, customer) if customer is not None else None

    def about(self, invitation: Invitation) -> Facts:
        """The facts that decide about one candidate."""
        customer = self.who(invitation.customer_id)
        return Facts(
            consent_withdrawn=self.consents.refuses(customer, invitation.channel),
            open_complaint=customer in self.complaining or invitation.interaction_id in self.complaining,
            open_emergency=any(each.touches(invitation.touchpoint, invitation.occurred_at) for each in self.emergencies),
            asks=self.asks.get(customer, []) if customer else [],
        )


async def decide_invitations(work: SatisfactionWork, candidates: Iterable[Invitation], rules: Rules) -> None:
    """Decide in the given order: of two candidates of one customer the first is asked. Sent ones are left alone."""
    there = [one for one in candidates if one.state in {"considered", *WAITING}]
    if not there:
        return
    known = await what_is_known(work, [one for one in there if _needs_facts(case_of(work, one, rules))], rules)
    for invitation in there:
        before = invitation.state
        case = replace(case_of(work, invitation, rules), facts=known.about(invitation))
        verdict = decide(case)
        if before == "scheduled" and verdict.decision in {SurveyDecision.SCHEDULED, SurveyDecision.SAMPLED_OUT}:
            continue
        versions = (rules.triggers[invitation.rule_key].number, rules.throttle.number)
        cause = work.invitations.causes.get(invitation.id, work.cause)
        if invitation.decide(verdict, versions, work.now, cause.event_id):
            await _set_clocks(work, invitation, case, before)
        customer = known.who(invitation.customer_id)
        if invitation.state == "scheduled" and customer is not None and invitation.send_after is not None:
            ask = Ask(invitation.id, invitation.survey, invitation.send_after, invitation.relationship, pending=True)
            known.asks.setdefault(customer, []).append(ask)


async def what_is_known(work: SatisfactionWork, candidates: list[Invitation], rules: Rules) -> Known:
    """Facts about the customers of these candidates, who are decided about nowhere else until the commit."""
    customers = {one.customer_id for one in candidates if one.customer_id is not None}
    if not customers:
        return Known(set(), Consents({}), {})
    present = await work.invitations.lock_customers(customers)
    customers = set(present.values())
    throttle = rules.throttle.rule
    longest = max(throttle.any_survey_days, throttle.relationship_days, *throttle.exceptions.values())
    interactions = {one.interaction_id for one in candidates if one.interaction_id is not None}
    return Known(
        complaining=await work.facts.with_open_complaint(customers, interactions),
        consents=await work.facts.consents(customers),
        asks=await work.invitations.asks(customers, work.now - timedelta(days=longest)),
        emergencies=await work.facts.emergencies(),
        present=present,
    )


def case_of(work: SatisfactionWork, invitation: Invitation, rules: Rules) -> Case:
    """The candidate as the rules look at it, facts left open."""
    return Case(
        invitation_id=invitation.id,
        subject_id=invitation.subject_id,
        occurred_at=invitation.occurred_at,
        now=work.now,
        rule_key=invitation.rule_key,
        rule=rules.triggers[invitation.rule_key].rule,
        throttle=rules.throttle.rule,
        customer_id=invitation.customer_id,
        channel=invitation.channel,
        human=invitation.human,
        imported=invitation.imported,
        relationship=invitation.relationship,
    )


def _needs_facts(case: Case) -> bool:
    return decide(case).reason not in WITHOUT_FACTS


async def _set_clocks(work: SatisfactionWork, invitation: Invitation, case: Case, before: str) -> None:
    if invitation.state == "scheduled":
        invitation.send_after = work.now + case.rule.delay
        await work.timers.set(REVIEW, invitation.id, invitation.send_after + case.rule.validity)
    elif invitation.state == "held":
        invitation.send_after = None
        lapse = invitation.occurred_at + case.rule.max_age + timedelta(seconds=1)
        await work.timers.set(REVIEW, invitation.id, max(lapse, work.now + timedelta(seconds=1)))
    elif before in WAITING:
        await work.timers.cancel(REVIEW, invitation.id)
