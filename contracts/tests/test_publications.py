"""Every type says when it is published, how often, what state it leaves and what takes it back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from rapport_contracts.event import Event, _registry, registry
from rapport_contracts.schemas import meaning, schema_of
from rapport_contracts.topics import TOPICS

OWNERS = sorted({topic.owner for topic in TOPICS.values()})
SENTENCE = re.compile(r"[A-Z][^\n]*[^.\s]\.")


def gaps(event: type[Event]) -> Iterator[str]:
    """What a type leaves unsaid about its publication, or says wrong."""
    told = event.publication
    if not SENTENCE.fullmatch(told.when) or ". " in told.when:
        yield "`when` is no sentence"
    if told.often is None:
        yield "`often` is not said"
    named = re.fullmatch(r"\{(\w+)\}", told.state or "")
    if told.state is not None and not re.fullmatch(r"[a-z_-]+|\{\w+\}", told.state):
        yield f"the state '{told.state}' is none"
    if named and named[1] not in event.model_fields:
        yield f"the state stands in '{named[1]}', which is no field"
    for kind in told.undone_by:
        other = registry().get(kind)
        if other is None:
            yield f"'{kind}' does not exist"
        elif other.topic != event.topic and kind.rsplit(".", 1)[0] not in f"{told.when} {meaning(event)}":
            yield f"'{kind}' is on another topic, and not named"


@pytest.mark.parametrize("owner", OWNERS)
def test_every_type_says_when_it_is_published(owner: str) -> None:
    events = [event for event in registry().values() if TOPICS[event.topic].owner == owner]
    assert events
    assert {event.event_type: found for event in events if (found := list(gaps(event)))} == {}


@pytest.fixture
def scratch_registry() -> Iterator[None]:
    """What a test defines is forgotten after it."""
    before = dict(_registry)
    yield
    _registry.clear()
    _registry.update(before)


@pytest.mark.usefixtures("scratch_registry")
def test_what_is_left_unsaid_or_said_wrong_is_found() -> None:
    class Silent(Event, type="thing.kept.v1", topic="rapport.profiles", key="id"):
        """A thing was kept."""

        id: UUID

    class Wrong(
        Event,
        type="thing.made.v1",
        topic="rapport.profiles",
        key="id",
        when="somebody makes it",
        often="once",
        state="{stage}",
        undone_by=("thing.unheard.v1", "interaction.amended.v1"),
    ):
        """A thing was made."""

        id: UUID

    class Two(
        Silent, type="thing.given.v1", topic="rapport.profiles", key="id", when="It is. It is given.", state="At home"
    ):
        """A thing was given."""

    assert list(gaps(Silent)) == ["`when` is no sentence", "`often` is not said"]
    assert list(gaps(Wrong)) == [
        "`when` is no sentence",
        "the state stands in 'stage', which is no field",
        "'thing.unheard.v1' does not exist",
        "'interaction.amended.v1' is on another topic, and not named",
    ]
    assert list(gaps(Two)) == ["`when` is no sentence", "`often` is not said", "the state 'At home' is none"]


def test_a_schema_says_it() -> None:
    schema = schema_of(registry()["survey-invitation.sent.v1"])
    assert (schema["x-often"], schema["x-state"], "x-undone-by" in schema) == ("again", "{state}", False)
    assert schema_of(registry()["consent.granted.v1"])["x-undone-by"] == ["consent.withdrawn.v1"]
