"""Invitations: decided for candidates, sent, reminded of, withdrawn, and over when their time is."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_contracts.satisfaction.vocabulary import SurveyDecision
from rapport_kernel.errors import Conflict

from rapport_satisfaction.asking.domain.eligibility import WITHOUT_FACTS, Ask, Case, Facts, decide, objection
from rapport_satisfaction.asking.domain.invitations import ASKED, ERASED, WAITING, Invitation
from rapport_satisfaction.asking.store.facts import Consents, Emergency, FactStore
from rapport_satisfaction.asking.store.invitations import Invitations
from rapport_satisfaction.asking.store.rules import Rules, RulesInForce
from rapport_satisfaction.surveys.store import Surveys

REVIEW = "invitation.review"
"""The timer of an invitation: a held one is too old, a scheduled or sent one has expired."""


@dataclass(frozen=True, slots=True)
class Known:
    """Facts about the customers of some candidates; `present` is who they are now, after merges."""

    complaining: set[UUID]
    consents: Consents
    asks: dict[UUID, list[Ask]]
    emergencies: list[Emergency] = field(default_factory=list)
    present: dict[UUID, UUID] = field(default_factory=dict)

    def now(self, customer: UUID | None) -> UUID | None:
        """The customer that this one is at present, after merges."""
        return self.present.get(customer, customer) if customer is not None else None

    def about(self, invitation: Invitation) -> Facts:
        """The facts that decide about one candidate."""
        customer = self.now(invitation.customer_id)
        return Facts(
            consent_withdrawn=self.consents.refuses(customer, invitation.channel),
            open_complaint=customer in self.complaining or invitation.interaction_id in self.complaining,
            open_emergency=any(each.touches(invitation.touchpoint, invitation.occurred_at) for each in self.emergencies),
            asks=self.asks.get(customer, []) if customer else [],
        )


async def decide_invitations(work: Work, candidates: Iterable[Invitation], rules: Rules) -> None:
    """Decide in the given order: of two candidates of one customer the first is asked. Sent invitations are left alone."""
    unsent = [one for one in candidates if one.state in {"considered", *WAITING}]
    if not unsent:
        return
    known = await facts_about(work, [one for one in unsent if _needs_facts(case_of(work, one, rules))], rules)
    for invitation in unsent:
        before = invitation.state
        case = replace(case_of(work, invitation, rules), facts=known.about(invitation))
        verdict = decide(case)
        if before == "scheduled" and verdict.decision in {SurveyDecision.SCHEDULED, SurveyDecision.SAMPLED_OUT}:
            continue
        versions = (rules.triggers[invitation.rule_key].version, rules.throttle.version)
        cause = work.store(Invitations).causes.get(invitation.id, work.cause)
        if invitation.decide(verdict, versions, work.now, cause.event_id):
            await _set_review(work, invitation, case, before)
        customer = known.now(invitation.customer_id)
        if invitation.state == "scheduled" and customer is not None and invitation.send_after is not None:
            ask = Ask(invitation.id, invitation.survey, invitation.send_after, invitation.relationship, pending=True)
            known.asks.setdefault(customer, []).append(ask)


async def facts_about(work: Work, candidates: list[Invitation], rules: Rules) -> Known:
    """Facts about the customers of these candidates; nobody else decides about them until the commit."""
    customers = {one.customer_id for one in candidates if one.customer_id is not None}
    if not customers:
        return Known(set(), Consents({}), {})
    present = await work.store(Invitations).lock_customers(customers)
    customers = set(present.values())
    throttle = rules.throttle.body
    longest = max(throttle.any_survey_days, throttle.relationship_days, *throttle.exceptions.values())
    interactions = {one.interaction_id for one in candidates if one.interaction_id is not None}
    return Known(
        complaining=await work.store(FactStore).with_open_complaint(customers, interactions),
        consents=await work.store(FactStore).consents(customers),
        asks=await work.store(Invitations).asks(customers, work.now - timedelta(days=longest)),
        emergencies=await work.store(FactStore).emergencies(),
        present=present,
    )


def case_of(work: Work, invitation: Invitation, rules: Rules) -> Case:
    """The candidate as the rules see it, without facts."""
    return Case(
        invitation_id=invitation.id,
        subject_id=invitation.subject_id,
        occurred_at=invitation.occurred_at,
        now=work.now,
        rule_key=invitation.rule_key,
        rule=rules.triggers[invitation.rule_key].body,
        throttle=rules.throttle.body,
        customer_id=invitation.customer_id,
        channel=invitation.channel,
        human=invitation.human,
        imported=invitation.imported,
        relationship=invitation.relationship,
    )


def _needs_facts(case: Case) -> bool:
    return decide(case).reason not in WITHOUT_FACTS


async def _set_review(work: Work, invitation: Invitation, case: Case, before: str) -> None:
    if invitation.state == "scheduled":
        invitation.send_after = work.now + case.rule.delay
        await work.timers.set(REVIEW, invitation.id, invitation.send_after + case.rule.validity)
    elif invitation.state == "held":
        invitation.send_after = None
        lapse = invitation.occurred_at + case.rule.max_age + timedelta(seconds=1)
        await work.timers.set(REVIEW, invitation.id, max(lapse, work.now + timedelta(seconds=1)))
    elif before in WAITING:
        await work.timers.cancel(REVIEW, invitation.id)


TOKEN_BYTES = 32
"""256 bits cannot be guessed, so the hash needs no salt and no slow function."""


async def send_invitation(work: Work, invitation_id: UUID) -> tuple[Invitation, str]:
    """The invitation and the token of its link, which is stored nowhere; an earlier link is void.

    Raises NotFound, NotAllowed, Conflict (`too-early`, `reminders-used`, or the reason that has come up since the
    decision: `throttled`, `open-complaint`, `consent-withdrawn`).
    """
    invitation = await work.store(Invitations).behind_its_customer(invitation_id)
    rules = await work.store(RulesInForce).read()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    if invitation.state in ASKED:
        throttle = rules.throttle.body
        invitation.remind(hash_of(token), work.now, throttle.max_reminders, throttle.reminder_gap)
    else:
        await _send(work, invitation, rules, token)
    await work.audit("invitation.sent", f"invitation:{invitation.id}", detail={"reminders": invitation.reminders})
    return invitation, token


async def _send(work: Work, invitation: Invitation, rules: Rules, token: str) -> None:
    survey = (await work.store(Surveys).by_keys([invitation.survey]))[invitation.survey]
    rule = rules.triggers[invitation.rule_key].body
    assert survey.in_use is not None  # noqa: S101 - a rule names a published survey only
    ends, gap = work.now + rule.validity, rules.throttle.body.reminder_gap
    invitation.send(hash_of(token), survey.in_use.number, work.now, ends, gap)
    known = await facts_about(work, [invitation], rules)
    facts = known.about(invitation)
    facts = replace(facts, asks=[ask for ask in facts.asks if not ask.pending])
    found = objection(replace(case_of(work, invitation, rules), facts=facts))
    if found is not None:
        raise Conflict(found.reason)
    assert invitation.expires_at is not None  # noqa: S101 - just set
    await work.timers.set(REVIEW, invitation.id, invitation.expires_at)


def hash_of(token: str) -> bytes:
    """The SHA-256 of a token, which is all that is stored of it."""
    return hashlib.sha256(token.encode()).digest()


async def review_invitations(work: Work, timers: list[Timer]) -> None:
    """A set whose time has come. An invitation expires at the time it was due, however late this runs."""
    due = {UUID(timer.key): timer.due for timer in timers}
    found = await work.store(Invitations).get_many(due, for_update=True)
    held = [one for one in found.values() if one.state == "held"]
    for invitation in found.values():
        if "expire" in invitation.possible_moves:
            invitation.expire(due[invitation.id])
    if held:
        await decide_invitations(work, held, await work.store(RulesInForce).read())


async def opt_out(work: Work, invitation_id: UUID) -> Invitation:
    """The gateway reports that the customer does not want this survey, for example by a STOP: void the link and end the
    invitation. Raises NotFound, NotAllowed, VersionConflict."""
    invitation = await work.store(Invitations).get(invitation_id, for_update=True)
    invitation.opt_out("opted-out")
    await work.timers.cancel(REVIEW, invitation.id)
    await work.audit("invitation.opted-out", f"invitation:{invitation.id}")
    return invitation


async def stop_asking(work: Work, customers: list[UUID]) -> None:
    """Before customers are erased: end the invitations that wait or are out, and void their links."""
    for invitation in await work.store(Invitations).waiting_of(customers, [*WAITING, *ASKED]):
        invitation.opt_out(ERASED)
        await work.timers.cancel(REVIEW, invitation.id)
