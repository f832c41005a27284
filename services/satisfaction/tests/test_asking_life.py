"""The life of an invitation: every refused move, and the facts recorded on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from rapport_contracts.satisfaction.scores import Rating
from rapport_contracts.satisfaction.vocabulary import Band, RejectionReason, SurveyDecision
from rapport_contracts.vocabulary import Metric
from rapport_kernel.errors import Conflict, NotAllowed
from rapport_satisfaction.asking.domain.eligibility import Verdict
from rapport_satisfaction.asking.domain.invitations import INVITATION_LIFE, Invitation, Score

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def candidate(**fields: object) -> Invitation:
    made: dict[str, object] = {
        "id": UUID(int=1), "survey": "after-call", "rule_key": "after-call", "subject": "interaction",
        "subject_id": UUID(int=2), "interaction_id": UUID(int=2), "complaint_id": None, "customer_id": UUID(int=3),
        "channel": "phone", "occurred_at": NOW, "considered_at": NOW, "agent": "a2", "agents": ["a1", "a2"],
    }  # fmt: skip
    return Invitation(**(made | fields))


def verdict(decision: str, reason: str = "x") -> Verdict:
    return Verdict(SurveyDecision(decision), reason, "A sentence")


def sent() -> Invitation:
    made = candidate()
    made.decide(verdict("scheduled"), (1, 1), NOW)
    made.send(b"h" * 32, 1, NOW, NOW + 14 * DAY, DAY)
    made.recorded.clear()
    return made


def test_every_refused_move_says_what_would_be_allowed() -> None:
    names = {move.name for move in INVITATION_LIFE.moves}
    refused = 0
    for state in INVITATION_LIFE.states:
        for name in names - set(INVITATION_LIFE.allowed(state)):
            with pytest.raises(NotAllowed) as error:
                INVITATION_LIFE.target(state, name)
            assert error.value.allowed == INVITATION_LIFE.allowed(state)
            refused += 1
    assert refused > 20


def test_each_decision_leaves_a_line_and_an_event_and_the_same_one_leaves_none() -> None:
    made = candidate()
    assert made.decide(verdict("held", "open-complaint"), (1, 1), NOW)
    assert not made.decide(verdict("held", "open-complaint"), (1, 1), NOW)
    assert made.decide(verdict("held", "customer-unknown"), (2, 1), NOW)
    assert made.decide(verdict("scheduled", "eligible"), (2, 1), NOW)
    assert [line.reason for line in made.trail] == ["open-complaint", "customer-unknown", "eligible"]
    assert [event.decision for event in made.recorded] == ["held", "held", "scheduled"]


def test_an_invitation_is_not_sent_before_its_delay_has_passed() -> None:
    made = candidate(send_after=NOW + DAY)
    made.decide(verdict("scheduled"), (1, 1), NOW)
    with pytest.raises(Conflict, match="too-early"):
        made.send(b"h", 1, NOW, NOW + DAY, DAY)


def test_reminders_are_counted_and_keep_the_end() -> None:
    made = sent()
    made.remind(b"i", NOW + DAY, most=2, gap=DAY)
    made.remind(b"j", NOW + 2 * DAY, most=2, gap=DAY)
    assert made.token_hash == b"j"
    assert [(fact.reminders, fact.state) for fact in made.recorded] == [(1, "sent"), (2, "sent")]
    assert made.expires_at == NOW + 14 * DAY
    with pytest.raises(Conflict, match="reminders-used"):
        made.remind(b"k", NOW + 3 * DAY, most=2, gap=DAY)


def test_a_reminder_waits_for_the_gap_after_the_message_before() -> None:
    made = sent()
    for message, sent_at in ((b"i", NOW), (b"j", NOW + DAY)):
        with pytest.raises(Conflict, match="too-early"):
            made.remind(message, sent_at + DAY - timedelta(microseconds=1), most=2, gap=DAY)
        made.remind(message, sent_at + DAY, most=2, gap=DAY)


def test_an_invitation_that_expires_says_whether_it_was_sent() -> None:
    waiting = candidate()
    waiting.decide(verdict("scheduled"), (1, 1), NOW)
    for made, was_sent in ((sent(), True), (waiting, False)):
        made.expire(NOW + 14 * DAY)
        assert made.recorded[-1].was_sent is was_sent


def nps(score: int, band: Band) -> Score:
    return Score(Metric.NPS, float(score), band, 0, 10, [Rating(question="friendly", value=4)], has_comment=True)


def test_an_unhappy_answer_is_received_scored_and_detected_with_all_its_handlers() -> None:
    made = sent()
    made.answer(UUID(int=4), nps(3, Band.DETRACTOR), NOW, unhappy=True)
    kinds = [event.event_type for event in made.recorded]
    assert kinds == ["survey-response.received.v1", "satisfaction.scored.v1", "detractor.detected.v1"]
    received, scored, _ = made.recorded
    assert (scored.agent, scored.agents) == ("a2", ["a1", "a2"])
    assert (received.occurred_at, scored.occurred_at) == (NOW, NOW)
    assert (scored.lowest, scored.highest, scored.version, scored.has_comment) == (0, 10, made.survey_version, True)
    assert [(each.question, each.value) for each in scored.ratings] == [("friendly", 4)]


def test_a_second_answer_and_a_late_one_have_their_reason_and_the_very_end_counts() -> None:
    made = sent()
    assert made.barrier(NOW + 14 * DAY) is None
    assert made.barrier(NOW + 14 * DAY + timedelta(microseconds=1)) is RejectionReason.EXPIRED
    made.answer(UUID(int=4), nps(9, Band.PROMOTER), NOW, unhappy=False)
    assert made.barrier(NOW) is RejectionReason.DUPLICATE
