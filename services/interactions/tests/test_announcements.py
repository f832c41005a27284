"""What is published about an interaction: each fact once, whenever it becomes known."""

from __future__ import annotations

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st
from rapport_contracts.event import Event
from rapport_contracts.interactions.contacts import InteractionAmended, InteractionConnected
from rapport_contracts.interactions.inbound import CallEvent
from rapport_interactions.contacts.domain.announcements import Announced, announce
from rapport_interactions.contacts.domain.fold import fold

from .calls import NOON, answered_call, record, segment, step

ID = uuid4()


def tell(said: Announced, events: list[CallEvent], *, given_up: bool = False) -> list[Event]:
    now = fold(events, NOON if given_up else None)
    return announce(now, said, interaction_id=ID, source="pbx", customer_id=None, at=NOON)


def names(events: list[Event]) -> list[str]:
    return [event.event_type.split(".")[1] for event in events]


def test_a_whole_call_at_once_is_told_in_order_and_only_once() -> None:
    said = Announced()
    assert names(tell(said, answered_call())) == ["started", "queued", "connected", "completed"]
    assert tell(said, answered_call()) == []
    assert tell(Announced.of(said.as_dict()), answered_call()) == []


def test_an_abandoned_call_is_told_with_its_wait() -> None:
    told = tell(Announced(), [step("started", 0), step("queued", 5, queue="q"), step("ended", 65)])
    assert names(told) == ["started", "queued", "abandoned", "completed"]
    assert told[2].model_dump()["wait_seconds"] == 60


def test_the_summary_says_how_long_they_waited_before_the_first_answer_and_who_did_how_much() -> None:
    """A second queue after the transfer is no wait for the first answer (analysts rebuild the speed of answer from this)."""
    told = tell(
        Announced(),
        [
            step("started", 0),
            step("queued", 5, queue="cards"),
            step("connected", 25, agent="ana"),
            step("queued", 85, queue="loans"),
            step("connected", 145, agent="ben"),
            step("ended", 200),
        ],
    )
    summary = told[-1].model_dump()["summary"]
    assert (summary["wait_seconds"], summary["first_queue"], summary["durations"]["queue"]) == (20, "cards", 80)
    assert [(each["agent"], each["queue"], each["wait_seconds"]) for each in summary["handlers"]] == [
        ("ana", "cards", 20),
        ("ben", "loans", 60),
    ]
    assert sum(each["service_seconds"] for each in summary["handlers"]) == summary["durations"]["service"]


def test_a_wait_that_was_told_too_early_is_put_right() -> None:
    """The answer arrives before the entry into the queue: the live signal says 0 for ever, the amendment says the truth."""
    said = Announced()
    first = tell(said, [step("connected", 125, agent="ana"), step("ended", 200)])
    assert [event.model_dump()["wait_seconds"] for event in first if isinstance(event, InteractionConnected)] == [0]
    later = tell(
        said, [step("started", 0), step("queued", 5, queue="q"), step("connected", 125, agent="ana"), step("ended", 200)]
    )
    amended = later[-1]
    assert isinstance(amended, InteractionAmended)
    assert {"started_at", "wait_seconds", "first_queue", "handlers"} <= set(amended.changed)
    assert (amended.summary.wait_seconds, amended.summary.first_queue) == (120, "q")


def test_a_phantom_is_completed_with_its_outcome() -> None:
    told = tell(Announced(), [record([segment("queue", 0, 9)], outcome="phantom")])
    assert names(told) == ["started", "queued", "completed"]
    assert told[-1].model_dump()["summary"]["outcome"] == "phantom"


def test_a_late_connection_is_told_and_amends_the_abandoned_call() -> None:
    said = Announced()
    tell(said, [step("started", 0), step("ended", 65)])
    told = tell(said, [step("started", 0), step("connected", 9, agent="ana"), step("ended", 65)])
    assert names(told) == ["connected", "amended"]
    assert isinstance(told[1], InteractionAmended)
    assert set(told[1].changed) == {"outcome", "agents", "last_agent", "durations", "handlers"}


def test_giving_up_is_told_once_and_a_late_end_is_an_amendment() -> None:
    said = Announced()
    assert names(tell(said, [step("started", 0)], given_up=True)) == ["started", "timed-out"]
    assert tell(said, [step("started", 0)], given_up=True) == []
    assert names(tell(said, [step("started", 0), step("ended", 60)], given_up=True)) == ["amended"]


def test_a_record_after_the_steps_does_not_tell_the_story_again() -> None:
    said = Announced()
    tell(said, answered_call())
    retold = record(
        [
            segment("queue", 9, 41, queue="sales"),
            segment("agent", 41, 160, agent="ana"),
            segment("agent", 160, 170, agent="ben"),
        ]
    )
    told = tell(said, [*answered_call(), retold])
    assert names(told) == ["connected", "amended"]
    assert isinstance(told[0], InteractionConnected)
    assert told[0].agent == "ben"


@given(
    st.permutations(
        [*answered_call(), step("transferred", 100, "t", to_agent="ben"), step("connected", 110, "b", agent="ben")]
    )
)
def test_whatever_the_order_of_arrival_each_agent_and_the_end_are_told_once(order: list[CallEvent]) -> None:
    said, told = Announced(), []
    for count in range(1, len(order) + 1):
        told += tell(said, order[:count])
    kinds = names(told)
    assert (kinds[0], kinds.count("started"), kinds.count("completed"), kinds.count("queued")) == ("started", 1, 1, 1)
    assert sorted(event.agent for event in told if isinstance(event, InteractionConnected)) == ["ana", "ben"]
    final = fold(order)
    assert said.summary is not None
    assert said.summary["agents"] == final.agents == ["ana", "ben"]
