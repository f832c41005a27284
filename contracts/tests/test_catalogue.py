"""Catalogues: compacted topics whose keys are made of kind, code and version."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from rapport_contracts.catalogue import Entry, entry_id
from rapport_contracts.event import Event, _registry, registry
from rapport_contracts.schemas import examples_of
from rapport_contracts.topics import TOPICS, Topic

CATALOGUES = {name: topic for name, topic in TOPICS.items() if topic.compacted}
KINDS = {"team-member": "staff", "survey-version": "survey"}
"""Types whose kind has another name; of the others it is the subject of the type, or the `kind` of the record."""


def misplaced(events: dict[str, type[Event]]) -> list[str]:
    """Records of a catalogue on another topic, and facts on that of a catalogue."""
    return [kind for kind, event in events.items() if (event.topic in CATALOGUES) != issubclass(event, Entry)]


def wrong_topics(topics: dict[str, Topic]) -> list[str]:
    """Catalogues that would lose something, or that analysts may not read or would have to put in order."""
    return [
        name
        for name, topic in topics.items()
        if topic.compacted and (topic.retention_days is not None or topic.visibility != "public" or topic.partitions != 1)
    ]


def test_a_catalogue_is_compacted_and_everything_else_is_not():
    assert set(CATALOGUES) == {"rapport.complaints.catalogue", "rapport.satisfaction.catalogue"}
    for name, topic in TOPICS.items():
        assert topic.config["cleanup.policy"] == ("compact" if name in CATALOGUES else "delete")
        for_ever = topic.visibility == "public" or name.endswith(".anchors")
        assert topic.config["retention.ms"] == ("-1" if for_ever else str(7 * 86_400_000))


def test_nothing_of_a_catalogue_is_lost_or_private():
    assert wrong_topics(TOPICS) == []
    bad: list[dict[str, Any]] = [{"retention_days": 7}, {"visibility": "private"}, {"partitions": 6}]
    for more in bad:
        made = Topic(
            **{"visibility": "public", "partitions": 1, **more, "name": "x", "owner": "x", "meaning": "x"}, compacted=True
        )
        assert wrong_topics({"x": made}) == ["x"]


def test_what_stands_in_a_catalogue_has_its_fields_and_nothing_else_has():
    assert misplaced(dict(registry())) == []
    before = dict(_registry)
    try:

        class Lost(Event, type="thing.listed.v1", topic="rapport.complaints.catalogue", key="thing_id"):
            """A fact that a compacted topic would lose."""

            thing_id: UUID

        assert misplaced({"thing.listed.v1": Lost}) == ["thing.listed.v1"]
    finally:
        _registry.clear()
        _registry.update(before)


def test_the_key_of_a_version_is_the_same_for_ever():
    assert entry_id("calendar", "cn", 1) == UUID("2a6cd17d-3982-5c9b-bc1d-ad6bc313c090")
    keys = {entry_id("calendar", "cn", 11), entry_id("calendar", "cn1", 1), entry_id("calendar", "cn/1", 1)}
    assert len(keys | {entry_id("calendar", "cn", 1), entry_id("taxonomy", "cn", 1)}) == 5


@pytest.mark.parametrize("kind", [kind for kind, event in registry().items() if issubclass(event, Entry)])
def test_examples_have_the_key_of_what_they_are(kind: str):
    subject = kind.partition(".")[0]
    for example in examples_of(kind):
        named = example["kind"] if "policy" in subject and "body" in example else KINDS.get(subject, subject)
        assert UUID(example["entry_id"]) == entry_id(named, example["code"], example["version"])
