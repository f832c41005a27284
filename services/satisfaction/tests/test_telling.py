"""The state of an invitation and of a follow-up case is what their events tell, whichever way they go."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from rapport_contracts.satisfaction.surveys import SurveyInvitationSent
from rapport_contracts.satisfaction.vocabulary import Band, RejectionReason, SurveyDecision
from rapport_kernel.aggregate import Aggregate
from rapport_kernel.errors import Refused
from rapport_satisfaction.asking.domain.invitations import ASKED, INVITATION_LIFE, Invitation
from rapport_satisfaction.follow_ups.domain import FOLLOW_UP_LIFE, FollowUp
from rapport_testing.telling import Reader

from .test_asking_life import DAY, NOW, candidate, nps, verdict
from .test_follow_ups_life import act, new_case

NO_GAP = timedelta()

Step = Callable[[], object]


def walk(thing: Aggregate, steps: list[Step], reader: Reader, chance: random.Random) -> set[str]:
    """Steps drawn at random, those that are refused left out; returns the states that it was in."""
    states = {thing.state}
    for _ in range(30):
        before = thing.state
        with suppress(Refused):
            chance.choice(steps)()
        reader.read(thing.recorded, before, thing.state)
        thing.recorded.clear()
        states.add(thing.state)
    return states


def ways_of(one: Invitation) -> list[Step]:
    decide = [
        lambda decision=decision: one.decide(verdict(decision, reason=decision), (1, 1), NOW) for decision in SurveyDecision
    ]
    return [
        *decide,
        lambda: one.move("reconsider"),
        lambda: one.remind(b"h", NOW, 2, NO_GAP) if one.state in ASKED else one.send(b"h", 1, NOW, NOW + DAY, NO_GAP),
        lambda: one.open(NOW),
        lambda: one.answer(UUID(int=4), nps(3, Band.DETRACTOR), NOW, unhappy=True),
        lambda: one.reject(RejectionReason.BLANK, NOW),
        lambda: one.expire(NOW + DAY),
        lambda: one.opt_out("opted-out"),
    ]


def ways_with(one: FollowUp, chance: random.Random) -> list[Step]:
    at = act(chance.choice([timedelta(), 3 * DAY]))
    return [
        lambda: one.record_attempt(at, reached=True),
        lambda: one.record_attempt(at, reached=False),
        lambda: one.record_cause(at, "c"),
        lambda: one.record_action(at, "a"),
        lambda: one.confirm(at, satisfied=False),
        lambda: one.confirm(at, satisfied=True),
        lambda: one.assign(at, "agent-7"),
        lambda: one.settle(at.at),
        lambda: one.close(at),
        lambda: one.forget_customer(at),
    ]


def invitations(walks: int = 400) -> tuple[Reader, set[str]]:
    chance, reader, states = random.Random(7), Reader(), set[str]()
    for number in range(walks):
        one = candidate(id=UUID(int=number))
        states |= walk(one, ways_of(one), reader, chance)
    return reader, states


def test_the_events_of_an_invitation_tell_its_state() -> None:
    reader, states = invitations()
    assert (reader.wrong, states) == ([], set(INVITATION_LIFE.states))
    assert reader.types == {
        *("survey.considered.v1", "survey-invitation.sent.v1", "survey-invitation.expired.v1"),
        *("survey-response.received.v1", "survey-response.rejected.v1", "satisfaction.scored.v1", "detractor.detected.v1"),
    }


def test_a_wrong_declaration_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = SurveyInvitationSent.publication
    monkeypatch.setattr(SurveyInvitationSent, "publication", replace(right, state="sent"))
    assert "survey-invitation.sent.v1 tells 'sent', it is 'opened'" in invitations()[0].wrong
    monkeypatch.setattr(SurveyInvitationSent, "publication", replace(right, often="once"))
    assert "survey-invitation.sent.v1 came again" in invitations()[0].wrong


def test_the_events_of_a_follow_up_case_tell_its_state() -> None:
    chance, reader, states = random.Random(7), Reader(), set[str]()
    for _ in range(400):
        one = new_case()
        reader.read(one.recorded, "", one.state)
        one.recorded.clear()
        states |= walk(one, ways_with(one, chance), reader, chance)
    assert (reader.wrong, states) == ([], set(FOLLOW_UP_LIFE.states))
    assert reader.types == {f"follow-up.{each}.v1" for each in ("opened", "contacted", "escalated", "closed")}
