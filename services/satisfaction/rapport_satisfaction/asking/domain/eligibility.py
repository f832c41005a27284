"""May this customer be asked about this contact now? Ordered rules; the first that applies decides and gives the reason.

Rules that end a candidate for good come before those that only hold it. The throttle and the sample are the exception:
they are checked last, so that a held candidate meets the throttle of the day on which it is released.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from rapport_contracts.satisfaction.vocabulary import SurveyDecision

from rapport_satisfaction.asking.domain.policies import ThrottleRule, TriggerRule

ELIGIBLE = "eligible"
OPEN_COMPLAINT = "open-complaint"
OPEN_EMERGENCY = "open-emergency"
CUSTOMER_UNKNOWN = "customer-unknown"
NO_HUMAN_CONTACT = "no-human-contact"
CONSENT_WITHDRAWN = "consent-withdrawn"


@dataclass(frozen=True, slots=True)
class Ask:
    """One survey that this customer was sent, or is about to be (`at` is then the time it was scheduled for)."""

    invitation_id: UUID
    survey: str
    at: datetime
    relationship: bool = False
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about the customer at present."""

    consent_withdrawn: bool = False
    open_complaint: bool = False
    open_emergency: bool = False
    asks: Sequence[Ask] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One candidate with everything that decides about it. `subject_id`: the contact, complaint or recovery."""

    invitation_id: UUID
    subject_id: UUID
    occurred_at: datetime
    now: datetime
    rule_key: str
    rule: TriggerRule
    throttle: ThrottleRule
    customer_id: UUID | None = None
    channel: str = "other"
    human: bool = True
    imported: bool = False
    relationship: bool = False
    facts: Facts = field(default_factory=Facts)

    @property
    def age(self) -> timedelta:
        """How long ago the contact was."""
        return self.now - self.occurred_at

    @property
    def others(self) -> list[Ask]:
        """The other surveys that this customer was sent or is about to be sent."""
        return [ask for ask in self.facts.asks if ask.invitation_id != self.invitation_id]


@dataclass(frozen=True, slots=True)
class EligibilityRule:
    """A rule with a sentence for a name; `applies` is true when it decides."""

    sentence: str
    reason: str
    decision: SurveyDecision
    applies: Callable[[Case], bool]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided, why, and by which sentence."""

    decision: SurveyDecision
    reason: str
    sentence: str


_CHECKED_BEFORE_SENDING = {CONSENT_WITHDRAWN, OPEN_COMPLAINT, OPEN_EMERGENCY, "throttled", "relationship-throttled"}
WITHOUT_FACTS = {"rule-disabled", "imported", NO_HUMAN_CONTACT, "too-old", "channel-window-shut", CUSTOMER_UNKNOWN}
"""Reasons that need no facts beyond the candidate itself; they come first in `RULES`."""


def decide(case: Case) -> Verdict:
    """Ask, hold, block or leave out."""
    for rule in RULES:
        if rule.applies(case):
            return Verdict(rule.decision, rule.reason, rule.sentence)
    return Verdict(SurveyDecision.SCHEDULED, ELIGIBLE, "Nothing stands in the way of asking this customer")


def objection(case: Case) -> Verdict | None:
    """The reason against sending right now, or None: things may have changed since the decision."""
    for rule in RULES:
        if rule.reason in _CHECKED_BEFORE_SENDING and rule.applies(case):
            return Verdict(rule.decision, rule.reason, rule.sentence)
    return None


def explain(case: Case) -> list[tuple[EligibilityRule, bool]]:
    """Every rule in order with whether it applies: for a preview."""
    return [(rule, rule.applies(case)) for rule in RULES]


def sample_place(rule_key: str, subject_id: UUID) -> float:
    """The place of a subject in the sample of a rule, 0 <= x < 100. It never changes, so that raising the share keeps
    everyone who was in it (deterministic sampling by hash)."""
    digest = hashlib.sha256(f"{rule_key}:{subject_id}".encode()).digest()
    return int.from_bytes(digest[:6], "big") * 100 / 2**48


def _throttled(case: Case) -> bool:
    gap = case.throttle.gap(case.rule.survey)
    return any(abs(case.now - ask.at) < gap for ask in case.others)


def _relationship_throttled(case: Case) -> bool:
    gap = case.throttle.relationship_gap
    return case.relationship and any(ask.relationship and abs(case.now - ask.at) < gap for ask in case.others)


def _window_shut(case: Case) -> bool:
    hours = case.rule.channel_windows.get(case.channel)
    return hours is not None and case.age > timedelta(hours=hours)


RULES: tuple[EligibilityRule, ...] = (
    EligibilityRule(
        "A rule that was switched off asks nobody",
        "rule-disabled",
        SurveyDecision.BLOCKED,
        lambda case: not case.rule.enabled,
    ),
    EligibilityRule(
        "A record imported from another system is not asked about",
        "imported",
        SurveyDecision.BLOCKED,
        lambda case: case.imported,
    ),
    EligibilityRule(
        "A contact that no person handled is not asked about",
        NO_HUMAN_CONTACT,
        SurveyDecision.BLOCKED,
        lambda case: not case.human,
    ),
    EligibilityRule(
        "A contact older than the rule's maximum age is not asked about",
        "too-old",
        SurveyDecision.BLOCKED,
        lambda case: case.age > case.rule.max_age,
    ),
    EligibilityRule(
        "A contact whose channel may no longer be used is not asked about",
        "channel-window-shut",
        SurveyDecision.BLOCKED,
        _window_shut,
    ),
    EligibilityRule(
        "An unknown customer is not asked",
        CUSTOMER_UNKNOWN,
        SurveyDecision.HELD,
        lambda case: case.customer_id is None,
    ),
    EligibilityRule(
        "A customer who withdrew consent to surveys is not asked",
        CONSENT_WITHDRAWN,
        SurveyDecision.BLOCKED,
        lambda case: case.facts.consent_withdrawn,
    ),
    EligibilityRule(
        "A customer with an open complaint is not asked",
        OPEN_COMPLAINT,
        SurveyDecision.HELD,
        lambda case: case.facts.open_complaint,
    ),
    EligibilityRule(
        "Nobody is asked about a touchpoint during an emergency there",
        OPEN_EMERGENCY,
        SurveyDecision.HELD,
        lambda case: case.facts.open_emergency,
    ),
    EligibilityRule(
        "A customer is not asked again before the gap between two surveys has passed",
        "throttled",
        SurveyDecision.BLOCKED,
        _throttled,
    ),
    EligibilityRule(
        "A customer is not asked about the whole relationship again before its own gap has passed",
        "relationship-throttled",
        SurveyDecision.BLOCKED,
        _relationship_throttled,
    ),
    EligibilityRule(
        "Only the share named by the rule is asked",
        "sampled-out",
        SurveyDecision.SAMPLED_OUT,
        lambda case: sample_place(case.rule_key, case.subject_id) >= case.rule.sampling_percent,
    ),
)
