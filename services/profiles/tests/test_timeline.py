from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.lists import Paging
from rapport_contracts.complaints.cases import ComplaintLinked, ComplaintReceived
from rapport_contracts.complaints.clocks import ClockStarted
from rapport_contracts.event import Event, registry
from rapport_contracts.interactions.contacts import (
    Durations,
    InteractionCompleted,
    InteractionLinked,
    InteractionQueued,
    InteractionStarted,
    Summary,
)
from rapport_contracts.profiles.consents import ConsentGranted
from rapport_contracts.profiles.customers import CustomerRegistered
from rapport_contracts.profiles.identity import CustomerIdentified
from rapport_contracts.satisfaction.follow_ups import FollowUpOpened
from rapport_contracts.satisfaction.surveys import SurveyConsidered
from rapport_contracts.topics import TOPICS
from rapport_kernel.errors import NotFound
from rapport_kernel.ids import new_id
from rapport_profiles.timeline.domain import Entry, entry_of, links_of, shape_of
from rapport_profiles.timeline.store import TimelineFilters, find_entries
from rapport_profiles.timeline.usecases import project_timeline

from .conftest import message

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
CONSUMER = Actor.system("rapport.profiles.timeline")
NO_CUSTOMER = {
    "inbound-event.quarantined.v1",
    "inbound-event.replayed.v1",
    "inbound-event.dropped.v1",
    "survey.published.v1",
}

NO_ONE_CUSTOMER = {"incident_id", "drill_id", "trend_id", "back_test_id", "change_id", "merge_id", "erasure_id"}
"""Keys of what concerns many customers or none, and of receipts, which say nothing new of anybody."""


def at(minutes: int) -> datetime:
    return T0 + timedelta(minutes=minutes)


def summary(**values) -> Summary:
    return Summary(
        **{
            "channel": "phone", "direction": "inbound", "mode": "remote", "source": "pbx", "outcome": "answered",
            "customer_id": None, "touchpoint": "hotline", "contact_type": None, "queue": "q1", "agents": ["a1"],
            "last_agent": "a1", "transfers": 0, "started_at": at(1), "ended_at": at(5), "durations": Durations(service=200),
        }
        | values
    )  # fmt: skip


def story(customer, interaction, complaint) -> list:
    """A contact, its customer, a complaint out of it, a survey decision, a consent: as they come from four topics."""
    call = InteractionStarted(
        interaction_id=interaction, channel="phone", direction="inbound", mode="remote", source="pbx", touchpoint=None,
        contact_type=None, started_at=at(1),
    )  # fmt: skip
    registered = CustomerRegistered(
        customer_id=customer, kind="unknown", stage="prospect", source="pbx", registered_at=at(0)
    )  # fmt: skip
    received = ComplaintReceived(
        complaint_id=complaint, number="C-1", customer_id=None, interaction_id=interaction, channel="phone",
        category="billing", received_at=at(6),
    )  # fmt: skip
    facts: list[tuple[Event, datetime]] = [
        (registered, at(0)),
        (call, at(1)),
        (InteractionQueued(interaction_id=interaction, queue="q1", queued_at=at(2)), at(2)),
        (CustomerIdentified(customer_id=customer, interaction_id=interaction, rule="phone", newly_registered=True,
                            identified_at=at(3)), at(3)),
        (InteractionLinked(interaction_id=interaction, customer_id=customer, rule="phone", linked_at=at(4)), at(4)),
        (InteractionCompleted(interaction_id=interaction, summary=summary()), at(90)),
        (received, at(6)),
        (ClockStarted(complaint_id=complaint, clock_id=new_id(), kind="resolution", policy="p", policy_version=1,
                      started_at=at(7), due_at=at(9000)), at(7)),
        (ComplaintLinked(complaint_id=complaint, customer_id=customer, linked_at=at(8)), at(8)),
        (SurveyConsidered(invitation_id=new_id(), survey="nps", customer_id=None, interaction_id=interaction,
                          complaint_id=None, decision="held", reason="open-complaint", considered_at=at(9)), at(9)),
        (ConsentGranted(customer_id=customer, purpose="survey", channel=None, granted_at=at(10)), at(10)),
    ]  # fmt: skip
    return [message(fact, time=time) for fact, time in facts]


async def project(works, messages) -> None:
    async with works(CONSUMER) as work:
        await project_timeline(work, messages)


async def lines(works, customer, kind=None, **paging):
    async with works(CONSUMER) as work:
        return (await find_entries(work, customer, TimelineFilters(kind=kind), Paging(**paging))).items


async def digest(works) -> str:
    """A hash over all rows, the same for the same timeline."""
    connection = await works.database.dedicated()
    try:
        return str(await connection.fetchval(_DIGEST))
    finally:
        await connection.close()


async def clear(works) -> None:
    connection = await works.database.dedicated()
    try:
        await connection.execute("TRUNCATE timeline_entries, timeline_links")
    finally:
        await connection.close()


def test_every_public_event_is_in_the_timeline_or_named_here():
    public = {kind for kind, event in registry().items() if TOPICS[event.topic].visibility == "public"}
    nobodys = {kind for kind, event in registry().items() if event.key_field in NO_ONE_CUSTOMER}
    assert {kind for kind, event in registry().items() if shape_of(event)} == public - NO_CUSTOMER - nobodys


def test_an_entry_is_never_placed_at_a_deadline():
    shapes = [shape for event in registry().values() if (shape := shape_of(event)) and shape.time_field]
    assert len(shapes) > 40
    assert [
        shape.time_field for shape in shapes if shape.time_field.endswith(("due_at", "expires_at", "appointment_at"))
    ] == []


def test_every_line_has_a_time_of_its_own():
    without = {kind for kind, event in registry().items() if (shape := shape_of(event)) and not shape.time_field}
    # The day to ask again is reached when it is said: the time of the envelope.
    assert without == {"interaction.completed.v1", "interaction.amended.v1", "complaint-follow-up.reached.v1"}


def test_a_summary_is_made_of_codes_and_numbers():
    one = message(InteractionCompleted(interaction_id=new_id(), summary=summary(flags=["stale"])))
    entry = entry_of(one.envelope, one.event)
    assert isinstance(entry, Entry)
    assert entry.occurred_at == at(5), "when the call ended, not when it was folded"
    assert entry.summary == {
        "channel": "phone", "direction": "inbound", "mode": "remote", "source": "pbx", "outcome": "answered",
        "touchpoint": "hotline", "queue": "q1", "agents": ["a1"], "last_agent": "a1", "transfers": 0, "flags": ["stale"],
    }  # fmt: skip


def test_a_survey_about_nobody_known_waits_with_its_contact():
    interaction = new_id()
    held = SurveyConsidered(
        invitation_id=new_id(), survey="nps", customer_id=None, interaction_id=interaction, complaint_id=None,
        decision="held", reason="customer-unknown", considered_at=T0,
    )  # fmt: skip
    one = message(held)
    entry = entry_of(one.envelope, one.event)
    assert entry is not None
    assert entry.anchor == interaction and entry.kind == "survey"


def test_what_the_owner_of_a_contact_says_outranks_a_conclusion():
    said = links_of(*_parts(InteractionLinked(interaction_id=new_id(), customer_id=new_id(), rule="phone", linked_at=at(0))))
    concluded = links_of(
        *_parts(
            CustomerIdentified(
                customer_id=new_id(), interaction_id=new_id(), rule="phone", newly_registered=False, identified_at=at(9)
            )
        )
    )
    assert said[0] > concluded[0]


def _parts(event: Event):
    one = message(event)
    return one.envelope, one.event


@pytest.mark.usefixtures("clean")
async def test_the_timeline_shows_all_of_the_story_in_order(works):
    customer, interaction, complaint = new_id(), new_id(), new_id()
    await project(works, story(customer, interaction, complaint))
    shown = await lines(works, customer, sort="occurred_at")
    assert [row.type for row in shown] == [
        "customer.registered.v1", "interaction.started.v1", "interaction.queued.v1", "customer.identified.v1",
        "interaction.linked.v1", "interaction.completed.v1", "complaint.received.v1", "clock.started.v1",
        "complaint.linked.v1", "survey.considered.v1", "consent.granted.v1",
    ]  # fmt: skip
    newest = await lines(works, customer)
    assert [row.event_id for row in newest] == [row.event_id for row in reversed(shown)]
    kinds = await lines(works, customer, kind=["complaint", "consent"])
    assert {row.kind for row in kinds} == {"complaint", "consent"} and len(kinds) == 4


@pytest.mark.usefixtures("clean")
async def test_any_order_any_batches_and_duplicates_end_in_the_same_rows(works):
    facts = [one for _ in range(4) for one in story(new_id(), new_id(), new_id())]
    await project(works, facts)
    expected = await digest(works)
    for seed in range(8):
        await clear(works)
        mixed = [*facts, *random.Random(seed).sample(facts, 20)]
        random.Random(seed).shuffle(mixed)
        while mixed:
            size = random.Random(seed + len(mixed)).randint(1, 7)
            await project(works, mixed[:size])
            del mixed[:size]
        assert await digest(works) == expected


@pytest.mark.usefixtures("clean")
async def test_a_contact_given_to_somebody_else_takes_its_lines_along(works):
    first, second, interaction = new_id(), new_id(), new_id()
    await project(works, story(first, interaction, new_id()))
    moved = message(InteractionLinked(interaction_id=interaction, customer_id=second, rule="phone", linked_at=at(50)))
    await project(works, [moved])
    assert {row.type for row in await lines(works, second)} >= {"interaction.started.v1", "interaction.completed.v1"}
    assert "interaction.started.v1" not in {row.type for row in await lines(works, first)}


@pytest.mark.usefixtures("clean")
async def test_projecting_takes_two_statements_however_many_events(works):
    small, large = story(new_id(), new_id(), new_id()), [
        one for _ in range(40) for one in story(new_id(), new_id(), new_id())
    ]  # fmt: skip
    counts = []
    for facts in (small, large):
        async with works(CONSUMER) as work:
            raw, seen = await work.raw(), []
            raw.add_query_logger(seen.append)
            await project_timeline(work, facts)
            raw.remove_query_logger(seen.append)
        counts.append(len(seen))
    assert counts == [2, 2]


@pytest.mark.usefixtures("clean")
async def test_pages_neither_repeat_nor_skip_a_line(works):
    customer = new_id()
    await project(works, [one for _ in range(5) for one in story(customer, new_id(), new_id())])
    everything = [row.event_id for row in await lines(works, customer, limit=200)]
    assert len(everything) == 55
    assert len(set(everything)) == 55


async def test_a_customer_who_does_not_exist_has_no_timeline(works):
    with pytest.raises(NotFound):
        await lines(works, new_id())


def test_follow_ups_belong_to_the_customer_they_name():
    customer = new_id()
    one = message(
        FollowUpOpened(follow_up_id=new_id(), invitation_id=new_id(), customer_id=customer, due_at=at(9), opened_at=T0)
    )
    entry = entry_of(one.envelope, one.event)
    assert entry is not None
    assert (entry.anchor, entry.kind, entry.occurred_at) == (customer, "follow_up", T0)


_DIGEST = """
    SELECT md5(coalesce((SELECT string_agg(e::text, ',' ORDER BY event_id) FROM timeline_entries e), '')
        || coalesce((SELECT string_agg(l::text, ',' ORDER BY subject_id) FROM timeline_links l), ''))
"""
