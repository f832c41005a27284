"""The state of a contact and of a quarantined event is what their events tell, in whatever order they arrive."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapport_contracts.interactions.contacts import InteractionTimedOut
from rapport_contracts.interactions.inbound import CallEvent
from rapport_contracts.interactions.quarantine import InboundEventQuarantined
from rapport_contracts.interactions.vocabulary import ContactState, LinkRule
from rapport_contracts.vocabulary import IdentifierKind
from rapport_interactions.contacts.domain.announcements import Announced, announce
from rapport_interactions.contacts.domain.fold import fold
from rapport_interactions.contacts.domain.life import LIFE
from rapport_interactions.contacts.store.interactions import BY_HAND, RESOLVED
from rapport_interactions.quarantine.domain import LIFE as QUARANTINE_LIFE
from rapport_interactions.quarantine.domain import QuarantinedEvent
from rapport_kernel.history import Act
from rapport_testing.telling import Reader, state_after

from .calls import INTERACTIONS, NOON, answered_call, record, segment, step
from .conftest import Road

CALLS: list[list[CallEvent]] = [
    [*answered_call(), step("held", 60), step("resumed", 70), step("transferred", 100, to_agent="ben")],
    [step("started", 0), step("queued", 5, queue="q"), step("ended", 65), step("connected", 9, agent="ana")],
    [step("queued", 5, queue="q"), record([segment("queue", 0, 9)], outcome="phantom"), step("connected", 7, agent="ana")],
]


def follow(order: list[CallEvent], give_up_after: int) -> Reader:
    """One event after the other; given up on after so many of them."""
    reader, announced, contact, state = Reader(), Announced(), uuid4(), LIFE.initial
    for count in range(1, len(order) + 1):
        now = fold(order[:count], NOON if count > give_up_after else None)
        facts = announce(now, announced, interaction_id=contact, source="pbx", customer_id=None, at=NOON)
        reader.read(facts, state, now.state)
        state = now.state
    return reader


@given(st.sampled_from(CALLS).flatmap(st.permutations), st.integers(0, 9))
def test_the_events_of_a_contact_tell_its_state(order: list[CallEvent], give_up_after: int) -> None:
    assert follow(order, give_up_after).wrong == []


def test_every_kind_of_news_was_looked_at() -> None:
    kinds = set().union(
        *(follow(call, many).types for call in (*CALLS, *(list(reversed(c)) for c in CALLS)) for many in (1, 9))
    )
    kinds |= follow([step("started", 0), step("ended", 65)], 9).types
    news = ("started", "queued", "connected", "transferred", "abandoned", "completed", "amended", "timed-out")
    assert kinds == {f"interaction.{each}.v1" for each in news}


def test_a_wrong_declaration_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = replace(InteractionTimedOut.publication, state="completed")
    monkeypatch.setattr(InteractionTimedOut, "publication", wrong)
    assert follow([step("started", 0)], 0).wrong == ["interaction.timed-out.v1 tells 'completed', it is 'timed_out'"]
    monkeypatch.setattr(InteractionTimedOut, "publication", replace(wrong, state=None))
    assert "nothing tells of 'timed_out'" in follow([step("queued", 0), step("held", 1)], 1).wrong[0]


def test_what_a_contact_can_be_and_how_its_customer_is_known_are_listed() -> None:
    assert {str(state) for state in ContactState} == set(LIFE.states)
    assert {str(rule) for rule in LinkRule} == {*map(str, IdentifierKind), BY_HAND, RESOLVED}


def test_the_events_of_a_quarantined_event_tell_its_state() -> None:
    reader, act = Reader(), Act(at=NOON, recorded_at=NOON, by="person:clerk-1")
    for settle in ("replay", "drop"):
        item = QuarantinedEvent(
            id=uuid4(), source="pbx", reason="bad-time", place=None, line=0, digest=b"", content=b"x", size=1,
            quarantined_at=NOON, last_at=NOON,
        )  # fmt: skip
        before = item.state
        assert InboundEventQuarantined.publication.state == before == QUARANTINE_LIFE.initial
        if settle == "replay":
            item.replay(act, "accepted", mended=False)
        else:
            item.drop(act, "test-traffic")
        reader.read(item.recorded, before, item.state)
    assert (reader.wrong, len(reader.types)) == ([], 2)


async def test_the_state_that_events_tell_is_the_one_that_the_api_shows(person: httpx.AsyncClient, road: Road) -> None:
    shown: list[str] = []
    for one in (*answered_call(), step("queued", 300, queue="q", call_id="c-2"), step("ended", 360, call_id="c-2")):
        await road.push([one])
        facts = [event for _, event in await road.facts()]
        told = {state_after(event) for event in facts}
        if facts:
            answer = (await person.get(f"{INTERACTIONS}/{facts[0].key}")).json()
            shown.append(answer["state"])
            assert told == {answer["state"]}
    assert shown == ["initiated", "queued", "connected", "completed", "completed", "queued", "abandoned"]
