"""May this customer be asked? Each rule alone, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from rapport_contracts.satisfaction.vocabulary import SurveyDecision
from rapport_satisfaction.asking.domain.eligibility import (
    RULES,
    WITHOUT_FACTS,
    Ask,
    Case,
    Facts,
    decide,
    objection,
    sample_place,
)
from rapport_satisfaction.asking.domain.policies import ThrottleRule, TriggerRule

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CUSTOMER = UUID(int=7)
CALL = Case(
    invitation_id=UUID(int=1),
    subject_id=UUID(int=2),
    occurred_at=NOW - timedelta(minutes=10),
    now=NOW,
    rule_key="after-call",
    rule=TriggerRule(event="interaction.completed", survey="after-call"),
    throttle=ThrottleRule(),
    customer_id=CUSTOMER,
    channel="phone",
)


def asked(days: float, survey: str = "after-call", **more: bool) -> Facts:
    return Facts(asks=[Ask(uuid4(), survey, NOW - timedelta(days=days), **more)])


@pytest.mark.parametrize(
    ("case", "decision", "reason"),
    [
        (CALL, "scheduled", "eligible"),
        (replace(CALL, imported=True), "blocked", "imported"),
        (replace(CALL, human=False), "blocked", "no-human-contact"),
        (replace(CALL, occurred_at=NOW - timedelta(hours=73)), "blocked", "too-old"),
        (replace(CALL, occurred_at=NOW - timedelta(hours=72)), "scheduled", "eligible"),
        (replace(CALL, customer_id=None), "held", "customer-unknown"),
        (replace(CALL, facts=Facts(consent_withdrawn=True)), "blocked", "consent-withdrawn"),
        (replace(CALL, facts=Facts(open_complaint=True)), "held", "open-complaint"),
        (replace(CALL, facts=Facts(open_emergency=True)), "held", "open-emergency"),
        (replace(CALL, facts=asked(6)), "blocked", "throttled"),
        (replace(CALL, facts=asked(7)), "scheduled", "eligible"),
        (
            replace(CALL, rule=TriggerRule(event="interaction.completed", survey="x", enabled=False)),
            "blocked",
            "rule-disabled",
        ),
        (
            replace(CALL, rule=TriggerRule(event="interaction.completed", survey="x", sampling_percent=0)),
            "sampled_out",
            "sampled-out",
        ),
    ],
)
def test_a_candidate_gets_a_decision_with_its_reason(case: Case, decision: str, reason: str) -> None:
    verdict = decide(case)
    assert (verdict.decision, verdict.reason) == (decision, reason)


def test_survey_a_six_days_ago_blocks_b_but_a_rule_of_one_day_lets_c_through() -> None:
    throttle = ThrottleRule(exceptions={"c": 1})
    b = replace(CALL, throttle=throttle, facts=asked(6, "a"), rule=TriggerRule(event="interaction.completed", survey="b"))
    c = replace(b, rule=TriggerRule(event="interaction.completed", survey="c"))
    assert decide(b).reason == "throttled"
    assert decide(c).decision == SurveyDecision.SCHEDULED


def test_a_relationship_survey_keeps_ninety_days_from_the_last_one() -> None:
    case = replace(CALL, relationship=True, facts=asked(60, "yearly", relationship=True))
    assert decide(case).reason == "relationship-throttled"
    assert decide(replace(case, facts=asked(91, "yearly", relationship=True))).decision == SurveyDecision.SCHEDULED
    assert decide(replace(case, relationship=False)).decision == SurveyDecision.SCHEDULED


def test_a_candidate_does_not_throttle_itself() -> None:
    facts = Facts(asks=[Ask(CALL.invitation_id, "after-call", NOW, pending=True)])
    assert decide(replace(CALL, facts=facts)).decision == SurveyDecision.SCHEDULED


def test_a_bot_only_contact_is_not_asked_about_and_a_shut_channel_is_named() -> None:
    rule = TriggerRule(event="interaction.completed", survey="after-call", channel_windows={"chat": 24})
    late = replace(CALL, rule=rule, channel="chat", occurred_at=NOW - timedelta(hours=25))
    assert decide(late).reason == "channel-window-shut"
    assert decide(replace(late, channel="phone")).decision == SurveyDecision.SCHEDULED
    assert decide(replace(late, human=False)).reason == "no-human-contact"


def test_an_open_complaint_holds_even_who_would_be_throttled() -> None:
    facts = replace(asked(1), open_complaint=True)
    assert decide(replace(CALL, facts=facts)).reason == "open-complaint"


def test_the_sample_is_the_same_every_time_and_grows_with_its_share() -> None:
    subjects = [UUID(int=n) for n in range(2000)]
    places = [sample_place("after-call", subject) for subject in subjects]
    assert places == [sample_place("after-call", subject) for subject in subjects]
    assert all(0 <= place < 100 for place in places)
    assert 0.22 < sum(place < 25 for place in places) / len(places) < 0.28


def test_rules_that_need_no_facts_come_before_those_that_do() -> None:
    needs = [rule.reason not in WITHOUT_FACTS for rule in RULES]
    assert needs == sorted(needs)
    assert all(rule.sentence[0].isupper() and " " in rule.sentence for rule in RULES)


def test_only_what_can_have_changed_is_looked_at_again_before_sending() -> None:
    old = replace(CALL, occurred_at=NOW - timedelta(days=30))
    assert objection(old) is None
    found = objection(replace(old, facts=Facts(open_complaint=True)))
    assert found is not None
    assert found.reason == "open-complaint"
