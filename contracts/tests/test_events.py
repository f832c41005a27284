"""The rules of the language, over every event there is; and each rule seen to refuse a bad case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest
from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError
from rapport_contracts.event import Event, Inbound, _registry, inbound, registry
from rapport_contracts.fields import Open, Personal, UtcTime
from rapport_contracts.interactions.inbound import CallEvent
from rapport_contracts.schemas import EXAMPLES, committed_types, examples_of, schema_of
from rapport_contracts.topics import TOPICS
from rapport_contracts.vocabulary import Channel

EVENTS = registry()


@pytest.fixture
def scratch_registry():
    """What a test defines is forgotten after it."""
    before = dict(_registry)
    yield
    _registry.clear()
    _registry.update(before)


def marked(schema: Any, mark: str) -> bool:
    """Does any part of a schema carry the mark?"""
    if isinstance(schema, dict):
        return schema.get(mark) is True or any(marked(part, mark) for part in schema.values())
    return isinstance(schema, list) and any(marked(part, mark) for part in schema)


def personal_on_public_topics(events: list[type[Event]]) -> list[str]:
    return [e.event_type for e in events if TOPICS[e.topic].visibility == "public" and marked(schema_of(e), "x-pii")]


@pytest.mark.parametrize("kind", EVENTS)
def test_each_event_has_two_examples_that_are_valid(kind: str):
    examples = examples_of(kind)
    assert len(examples) >= 2
    validator = jsonschema_rs.validator_for(schema_of(EVENTS[kind]), validate_formats=True)
    for example in examples:
        validator.validate(example)
        event = EVENTS[kind].model_validate(example)
        assert EVENTS[kind].read(event.write()) == event


def test_no_example_is_left_over():
    assert {file.name for file in EXAMPLES.iterdir()} == {f"{kind}.json" for kind in EVENTS}


@pytest.mark.parametrize("kind", EVENTS)
def test_each_event_says_what_it_means_and_has_a_uuid_key(kind: str):
    event = EVENTS[kind]
    assert event.__doc__ and len(event.__doc__) > 20
    assert isinstance(event.model_validate(examples_of(kind)[0]).key, UUID)


def test_no_personal_data_on_a_public_topic():
    assert personal_on_public_topics(list(EVENTS.values())) == []


def test_the_personal_data_guard_refuses_a_marked_field_on_a_public_topic(scratch_registry):
    class Leaked(Event, type="customer.leaked.v1", topic="rapport.profiles", key="customer_id"):
        """Names a person where analysts read."""

        customer_id: UUID
        names: list[Personal[str]]

    assert personal_on_public_topics([Leaked]) == ["customer.leaked.v1"]


@pytest.mark.parametrize("kind", inbound().values())
def test_what_comes_in_marks_what_is_personal(kind: type[BaseModel]):
    assert marked(kind.model_json_schema(), "x-pii")


@pytest.mark.parametrize(
    ("kind", "topic", "key", "says"),
    [
        ("customer.register.v1", "rapport.profiles", "customer_id", "past tense"),
        ("CustomerRegistered", "rapport.profiles", "customer_id", "past-tense"),
        ("customer.registered", "rapport.profiles", "customer_id", "past-tense"),
        ("customer.vanished.v1", "rapport.nowhere", "customer_id", "catalogue"),
        ("customer.vanished.v1", "rapport.profiles", "id", "not a field"),
        ("customer.registered.v1", "rapport.profiles", "customer_id", "twice"),
    ],
)
def test_a_malformed_event_class_is_refused(scratch_registry, kind: str, topic: str, key: str, says: str):
    with pytest.raises(ValueError, match=says):

        class Bad(Event, type=kind, topic=topic, key=key):
            """Whatever."""

            customer_id: UUID


@pytest.mark.parametrize(
    ("module", "topic"),
    [
        ("rapport_contracts.profiles.customers", "rapport.complaints"),
        ("rapport_contracts.interactions.contacts", "rapport.profiles"),
        ("rapport_contracts.receipts", "rapport.profiles"),
        ("rapport_contracts.profiles", "rapport.profiles"),
    ],
)
def test_an_event_outside_of_its_owners_folder_is_refused(scratch_registry, module: str, topic: str):
    with pytest.raises(ValueError, match="it belongs in the folder"):

        class Misplaced(Event, type="thing.misplaced.v1", topic=topic, key="id"):
            """A thing stands where nobody looks for it."""

            __module__ = module
            id: UUID


def test_what_others_may_write_stands_with_its_owner_too():
    with pytest.raises(ValueError, match="it belongs in the folder 'complaints'"):

        class Misplaced(Inbound, topic="rapport.complaints.inbound", meaning="A thing"):
            """A thing from outside."""

            __module__ = "rapport_contracts.profiles.customers"

    with pytest.raises(ValueError, match="not in the catalogue"):

        class Unknown(Inbound, topic="rapport.nowhere.inbound", meaning="A thing"):
            """A thing from outside."""


def test_every_topic_that_nobody_publishes_to_says_what_others_may_write():
    assert {event.topic for event in EVENTS.values()} | set(inbound()) == set(TOPICS)


def test_every_event_is_found_without_a_list():
    """Each schema that was ever committed has its class again, though `event` names no module."""
    assert set(EVENTS) == set(committed_types())
    assert {event.__module__.split(".")[1] for event in EVENTS.values()} == {topic.owner for topic in TOPICS.values()}


def test_a_reader_ignores_unknown_fields_and_keeps_unknown_enum_values():
    example = {**examples_of("interaction.started.v1")[0], "channel": "hologram", "colour": "red"}
    event = EVENTS["interaction.started.v1"].model_validate(example)
    assert event.channel == "hologram" and b"hologram" in event.write() and b"colour" not in event.write()


@pytest.mark.parametrize("bad", ["NaN", "Infinity", '"text"'])
def test_a_number_that_is_none_is_refused(bad: str):
    with pytest.raises(ValidationError):
        EVENTS["detractor.detected.v1"].read(
            '{"invitation_id":"018f6b1e-dda1-78a0-8e21-ae47c53b4309","response_id":"018f6b1e-dda1-78a0-8e21-ae47c53b4309",'
            '"customer_id":"018f6b1e-dda1-78a0-8e21-ae47c53b4309","metric":"nps","value":'
            + bad
            + ',"detected_at":"2026-01-01T00:00:00Z"}'
        )


def test_times_need_an_offset_and_are_written_in_utc(scratch_registry):
    class Seen(Event, type="thing.noticed.v1", topic="rapport.profiles", key="id"):
        """A thing was noticed."""

        id: UUID
        at: UtcTime
        by: Open[Channel]

    seen = Seen(id=UUID(int=7), at=datetime.fromisoformat("2026-03-01T08:00:00+08:00"), by=Channel.CHAT)
    assert seen.at == datetime(2026, 3, 1, tzinfo=UTC) and b'"2026-03-01T00:00:00.000000Z"' in seen.write()
    with pytest.raises(ValidationError):
        Seen.read('{"id":"018f6b1e-dda1-78a0-8e21-ae47c53b4309","at":"2026-03-01T08:00:00","by":"chat"}')


@pytest.mark.parametrize("number", ["0.5", "1772323200", "-1", "1e9", '" 17 "', '"1772323200.5"'])
def test_a_number_is_no_time(number: str):
    text = '{"event_id":"e","call_id":"c","type":"ended","occurred_at":' + number + "}"
    with pytest.raises(ValidationError, match="offset"):
        CallEvent.model_validate_json(text)


@pytest.mark.parametrize(
    "written",
    [
        *("2026-03-01T12:30:00Z", "2026-03-01T12:30:00.123456Z", "2026-03-01T12:30:00+08:00", "2026-03-01T12:30:00.1-03:30"),
        *("2026-03-01T12:30:00.123456+00:00", "2026-03-01 12:30:00+08:00", "2026-03-01t12:30:00z", "2026-03-01T12:30Z"),
        *(
            "2026-03-01X12:30:00+08:00",
            "2026-02-30T12:30:00+08:00",
            "2026-03-01T12:30:00+99:00",
            "2026-03-01T12:30:00+0800Z",
        ),
        *(
            "2026-03-01T12:30+08:00:00",
            "2026-03-01T24:00:00+00:00",
            "2026-03-01T12:30:60+08:00",
            "2026-W09-7T12:30:00+00:00",
        ),
    ],
)
def test_times_as_most_write_them_are_read_like_all_others(written: str):
    """The short way for them takes and refuses what pydantic does."""
    times, plain = TypeAdapter(UtcTime), TypeAdapter(AwareDatetime)
    try:
        expected = plain.validate_json(f'"{written}"')
    except ValidationError:
        with pytest.raises(ValidationError):
            times.validate_json(f'"{written}"')
        return
    read = times.validate_json(f'"{written}"')
    assert read == expected
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "written", ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", "9001-01-01T00:00:00Z", "0999-12-31T23:59:59.5Z"]
)
def test_a_time_from_which_nothing_can_be_reckoned_is_refused(written: str):
    with pytest.raises(ValidationError, match="years 1000 to 9000"):
        TypeAdapter(UtcTime).validate_json(f'"{written}"')


@pytest.mark.parametrize("kind", EVENTS)
def test_each_event_names_its_business_time(kind: str):
    event = EVENTS[kind]
    assert event.time_field and schema_of(event)["x-time"] == event.time_field
    for example in examples_of(kind):
        happened = event.model_validate(example).occurred_at
        assert happened is None or happened.tzinfo is UTC


@pytest.mark.parametrize("named", ["thing_id", "details.noticed_at", "noticed_on"])
def test_a_business_time_that_is_none_is_refused(scratch_registry, named: str):
    with pytest.raises(ValueError, match=f"'{named}' of 'thing.noticed.v1' is no time"):

        class ThingNoticed(Event, type="thing.noticed.v1", topic="rapport.profiles", key="thing_id", time=named):
            """A thing was noticed."""

            thing_id: UUID
            details: list[str]


def test_a_business_time_may_stand_inside_and_be_unknown(scratch_registry):
    class Details(BaseModel):
        seen_at: UtcTime | None

    class ThingNoticed(Event, type="thing.noticed.v1", topic="rapport.profiles", key="thing_id", time="details.seen_at"):
        """A thing was noticed."""

        thing_id: UUID
        details: Details

    ids = UUID(int=7)
    assert ThingNoticed(thing_id=ids, details=Details(seen_at=None)).occurred_at is None
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    noticed = ThingNoticed(thing_id=ids, details=Details(seen_at=at))
    assert noticed.occurred_at == at
    assert b'"seen_at":"2026-03-01T12:00:00.000000Z"' in noticed.write()
