from __future__ import annotations

import random
from uuid import UUID

import pytest
from rapport_contracts.event import Event, registry
from rapport_contracts.interactions.contacts import (
    InteractionCompleted,
    InteractionLinked,
)
from rapport_contracts.profiles.identity import CustomerIdentified
from rapport_contracts.satisfaction.follow_ups import FollowUpOpened
from rapport_contracts.satisfaction.surveys import SurveyConsidered
from rapport_contracts.topics import TOPICS
from rapport_kernel.errors import NotFound
from rapport_kernel.ids import new_id
from rapport_profiles.timeline.domain import INTERNAL, Entry, entry_of, links_of, shape_of
from rapport_profiles.timeline.usecases import project_timeline

from .asking import register
from .conftest import CLERK, message
from .story import PROJECTING, T0, at, clear, digest, lines, project, story, summary

RECEIPTS = {"merge_id", "erasure_id"}
"""Keys of what says nothing new of anybody."""
BY_COMPLAINT = {"case_id"}
"""Keys of facts that name a complaint, and by it a customer."""


def test_every_public_event_about_a_customer_is_in_the_timeline():
    public = {kind: event for kind, event in registry().items() if TOPICS[event.topic].visibility == "public"}
    keys = {event.key_field for event in public.values() if "customer_id" in event.model_fields} - RECEIPTS | BY_COMPLAINT
    assert len(keys) > 10
    assert {kind for kind, event in public.items() if event.key_field in keys and shape_of(event) is None} == set()


def test_a_line_stands_at_its_business_time():
    """An amendment is a fact of its own time; a deadline is a time only of what happens at it."""
    deadlines = ("due_at", "expires_at", "appointment_at")
    shown = [event for event in registry().values() if shape_of(event)]
    assert len(shown) > 40
    assert {event.event_type for event in shown if event.time_field.endswith(deadlines)} == {
        "complaint-follow-up.reached.v1"
    }


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
    shown = await lines(works, customer, sort=["occurred_at"])
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
        async with works(PROJECTING) as work:
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


@pytest.mark.usefixtures("clean")
async def test_the_timeline_is_paged_by_time_and_filtered_by_kind(http, works):
    made = await register(http)
    customer = made["id"]
    async with works(CLERK) as work:
        await project_timeline(work, story(UUID(customer), new_id(), new_id()))
    path = f"/profiles/v1/customers/{customer}/timeline"
    asked = {"limit": 6, "sort": "occurred_at", "internal": "true"}
    first = (await http.get(path, params={**asked})).json()
    rest = (await http.get(path, params={**asked, "after": first["next"]})).json()
    times = [one["occurred_at"] for one in first["items"] + rest["items"]]
    assert len(times) == 11 and times == sorted(times) and rest["next"] is None
    kinds = (await http.get(path, params=[("kind", "complaint"), ("kind", "consent")])).json()["items"]
    assert {one["kind"] for one in kinds} == {"complaint", "consent"}
    unknown = await http.get(path, params={"kind": "complaint,consent"})
    assert unknown.status_code == 422 and "complaint" in unknown.json()["errors"][0]["message"]
    plain = (await http.get(path, params={"count": "true"})).json()
    assert plain["count"] == len(plain["items"]) == 8
    assert not {one["type"] for one in plain["items"]} & set(INTERNAL)
    about = [one["summary"].get("number") for one in plain["items"] if one["kind"] == "complaint"]
    assert len(about) == 3 and set(about) == {"C-1"}
    assert (await http.get(f"/profiles/v1/customers/{new_id()}/timeline")).status_code == 404
