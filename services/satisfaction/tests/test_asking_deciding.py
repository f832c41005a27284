"""From events to decisions, on a real database."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.migrations import differences
from rapport_contracts.complaints.cases import ComplaintImported, ComplaintLinked, ComplaintReopened, ComplaintWithdrawn
from rapport_contracts.complaints.side_ways import ComplaintMarkedDuplicate, ComplaintTransferred
from rapport_contracts.event import Event
from rapport_contracts.interactions.contacts import InteractionAmended
from rapport_contracts.profiles.consents import ConsentGranted, ConsentWithdrawn
from rapport_kernel.ids import new_id
from rapport_satisfaction.asking.store.invitations import Invitations
from rapport_satisfaction.schema import metadata
from rapport_testing.waiting import eventually

from .world import API, HOUR, NOW, clean, closed, completed, linked, received


async def test_the_migration_makes_the_tables_that_the_code_knows(database) -> None:
    found = await differences(database.url, "rapport_satisfaction.migrations", metadata)
    assert [one for one in found if "remove_" not in one] == []


async def test_a_call_of_a_known_customer_is_scheduled_with_a_trail(world) -> None:
    call = completed(customer=new_id())
    await world.tell(call)
    page = (await world.http.get(f"{API}/invitations", params={"due": "true"})).json()
    [invitation] = page["items"]
    assert (invitation["state"], invitation["agent"], invitation["agents"]) == ("scheduled", "a2", ["a1", "a2"])
    trail = (await world.http.get(f"{API}/invitations/{invitation['id']}/decision")).json()
    assert (trail["decision"], trail["reason"]) == ("scheduled", "eligible")
    assert trail["decisions"][0]["rule_version"] == 1
    [(kind, fact)] = await world.published()
    assert kind == "survey.considered"
    assert (fact["decision"], fact["interaction_id"]) == ("scheduled", str(call.interaction_id))


async def test_an_unknown_caller_is_held_until_he_is_known(world) -> None:
    call, customer = completed(), new_id()
    await world.tell(call)
    assert await world.decided() == [("held", "customer-unknown")]
    await world.tell(linked(call.interaction_id, customer))
    assert await world.decided() == [("scheduled", "eligible")]
    facts = [fact for _, fact in await world.published("survey.considered")]
    assert [fact["customer_id"] for fact in facts] == [None, str(customer)]


async def test_call_and_link_in_one_batch_give_one_decision(world) -> None:
    call = completed()
    await world.tell(call, linked(call.interaction_id, new_id()))
    assert await world.decided() == [("scheduled", "eligible")]
    assert len(await world.published("survey.considered")) == 1


@pytest.mark.parametrize("way", ["withdrawn", "duplicate", "transferred"])
async def test_a_complaint_that_left_on_the_side_holds_no_longer_and_is_not_asked_about(world, way: str) -> None:
    customer, complaint = new_id(), new_id()
    who = {"complaint_id": complaint, "customer_id": customer}
    ends: dict[str, Event] = {
        "withdrawn": ComplaintWithdrawn(**who, withdrawn_at=NOW),
        "duplicate": ComplaintMarkedDuplicate(**who, duplicate_of=new_id(), marked_at=NOW),
        "transferred": ComplaintTransferred(**who, transferred_to="legal", transferred_at=NOW),
    }
    await world.tell(received(complaint, customer), completed(customer=customer))
    assert await world.decided() == [("held", "open-complaint")]
    await world.tell(ends[way])
    assert await world.decided() == [("scheduled", "eligible")]


async def test_an_open_complaint_holds_and_its_end_lets_go(world) -> None:
    customer, complaint = new_id(), new_id()
    await world.tell(received(complaint, customer), completed(customer=customer))
    assert await world.decided() == [("held", "open-complaint")]
    await world.tell(ComplaintWithdrawn(complaint_id=complaint, customer_id=customer, withdrawn_at=NOW))
    assert await world.decided() == [("scheduled", "eligible")]


async def test_a_complaint_that_comes_later_takes_back_what_was_scheduled(world) -> None:
    call, complaint = completed(customer=new_id()), new_id()
    await world.tell(call, received(complaint, None, call.interaction_id))
    assert await world.decided() == [("held", "open-complaint")]


async def test_the_survey_about_the_complaint_comes_before_the_one_that_waited(world) -> None:
    customer, complaint = new_id(), new_id()
    call = completed(customer=customer)
    await world.tell(
        call, received(complaint, customer, call.interaction_id), closed(complaint, customer, call.interaction_id)
    )
    page = (await world.http.get(f"{API}/invitations", params={"survey": "after-complaint"})).json()
    [about_complaint] = page["items"]
    assert (about_complaint["state"], about_complaint["agent"], about_complaint["touchpoint"]) == (
        "scheduled",
        "c2",
        "hotline",
    )
    assert await world.decided(survey="after-call") == [("blocked", "throttled")]


async def test_a_reopened_complaint_holds_its_own_survey_again(world) -> None:
    customer, complaint = new_id(), new_id()
    await world.tell(received(complaint, customer), closed(complaint, customer))
    assert await world.decided() == [("scheduled", "eligible")]
    await world.tell(ComplaintReopened(complaint_id=complaint, customer_id=customer, episode=2, reopened_at=NOW))
    assert await world.decided() == [("held", "open-complaint")]
    await world.tell(closed(complaint, customer))
    assert await world.decided() == [("scheduled", "eligible")]


async def test_a_complaint_without_customer_waits_for_its_link(world) -> None:
    customer, complaint = new_id(), new_id()
    await world.tell(received(complaint, None), closed(complaint, None))
    assert await world.decided() == [("held", "customer-unknown")]
    await world.tell(ComplaintLinked(complaint_id=complaint, customer_id=customer, linked_at=NOW))
    assert await world.decided() == [("scheduled", "eligible")]


async def test_an_imported_complaint_is_not_asked_about(world) -> None:
    await world.tell(
        ComplaintImported(
            complaint_id=new_id(), number="x", customer_id=new_id(), channel="web", category="noise", state="closed",
            received_at=NOW, closed_at=NOW,
        )
    )  # fmt: skip
    assert await world.decided() == [("blocked", "imported")]


@pytest.mark.parametrize(("state", "reason"), [("withdrawn", "eligible"), ("investigating", "open-complaint")])
async def test_an_imported_complaint_holds_as_long_as_somebody_works_on_it(world, state: str, reason: str) -> None:
    customer = new_id()
    await world.tell(
        ComplaintImported(
            complaint_id=new_id(), number="x", customer_id=customer, channel="web", category="noise", state=state,
            received_at=NOW, closed_at=None,
        ),
        completed(customer=customer),
    )  # fmt: skip
    assert [why for _, why in await world.decided() if why != "imported"] == [reason]


@pytest.mark.parametrize(
    ("outcome", "agents", "reason"),
    [("abandoned", (), "no-human-contact"), ("self_served", (), "no-human-contact"), ("answered", (), "no-human-contact")],
)
async def test_a_contact_without_a_person_is_not_asked_about(world, outcome, agents, reason) -> None:
    await world.tell(completed(customer=new_id(), outcome=outcome, agents=agents, bot=40))
    assert await world.decided() == [("blocked", reason)]


async def test_a_late_event_that_shows_a_person_brings_the_candidate_back(world) -> None:
    customer = new_id()
    lost = completed(customer=customer, outcome="abandoned", agents=())
    await world.tell(lost)
    found = completed(lost.interaction_id, customer)
    await world.tell(InteractionAmended(interaction_id=lost.interaction_id, changed=["outcome"], summary=found.summary))
    assert await world.decided() == [("scheduled", "eligible")]
    trail = await world.rows("SELECT reason FROM decisions ORDER BY number")
    assert [row["reason"] for row in trail] == ["no-human-contact", "eligible"]


async def test_two_calls_of_one_customer_in_one_batch_make_one_survey(world) -> None:
    customer = new_id()
    await world.tell(completed(customer=customer), completed(customer=customer))
    assert sorted(await world.decided()) == [("blocked", "throttled"), ("scheduled", "eligible")]


async def test_a_withdrawn_consent_blocks_and_voids_and_the_last_word_counts(world, public) -> None:
    customer = new_id()
    _, path = await world.sent(customer)

    def withdrawn(at, channel=None):
        return ConsentWithdrawn(customer_id=customer, purpose="survey", channel=channel, withdrawn_at=at)

    await world.tell(withdrawn(NOW))
    assert await world.decided() == [("opted_out", "consent-withdrawn")]
    assert (await public.get(path)).status_code == 404
    await world.tell(ConsentGranted(customer_id=customer, purpose="survey", channel="phone", granted_at=NOW - HOUR))
    await world.tell(ConsentWithdrawn(customer_id=customer, purpose="marketing", channel=None, withdrawn_at=NOW + HOUR))
    await world.tell(completed(customer=customer))
    assert (await world.decided())[-1] == ("blocked", "consent-withdrawn")
    await world.tell(ConsentGranted(customer_id=customer, purpose="survey", channel=None, granted_at=NOW + HOUR))
    await world.rows("UPDATE invitations SET sent_at = sent_at - interval '8 days' WHERE sent_at IS NOT NULL")
    await world.tell(completed(customer=customer))
    assert (await world.decided())[-1] == ("scheduled", "eligible")


async def test_a_held_candidate_is_let_go_when_it_is_too_old(world) -> None:
    await world.tell(completed(ended=NOW - 71 * HOUR))
    await world.rows("UPDATE invitations SET occurred_at = occurred_at - interval '2 hours'")
    await world.rows("UPDATE timers SET due = now(), next_try = now()")
    await world.fire()
    assert await world.decided() == [("blocked", "too-old")]


async def test_a_week_of_old_calls_passes_with_as_many_statements_as_one(world) -> None:
    def old(count: int) -> list:
        return [completed(ended=NOW - timedelta(days=9000 - n % 7)) for n in range(count)]

    async def cost(events: list) -> int:
        with world.statements() as seen:
            await world.tell(*events)
        return len(seen)

    assert await cost(old(500)) == await cost(old(5)) <= 8
    rows = await world.rows("SELECT state, reason, count(*) AS n FROM invitations GROUP BY 1, 2")
    assert [(row["state"], row["reason"], row["n"]) for row in rows] == [("blocked", "too-old", 505)]


async def test_fresh_calls_cost_as_many_statements_for_five_hundred_as_for_five(world) -> None:
    async def cost(count: int) -> int:
        with world.statements() as seen:
            await world.tell(*[completed(customer=new_id()) for _ in range(count)])
        return len(seen)

    assert await cost(500) == await cost(5) <= 14


async def test_replaying_everything_changes_nothing(world) -> None:
    customer, complaint, call = new_id(), new_id(), UUID(int=77)
    story = [completed(call, customer), received(complaint, customer, call), closed(complaint, customer, call)]
    messages = [world.message(event) for event in story]
    for message in messages:
        await world.hand([message])
    before = await world.rows("SELECT * FROM invitations ORDER BY id"), await world.published()
    for message in messages:
        await world.hand([message])
    after = await world.rows("SELECT * FROM invitations ORDER BY id"), await world.published()
    assert [row["state"] for row in after[0]] == [row["state"] for row in before[0]]
    assert after[1] == before[1]


async def test_a_rule_change_holds_from_now_on_and_old_decisions_keep_theirs(world) -> None:
    first = completed(customer=new_id())
    await world.tell(first)
    rule = {"event": "interaction.completed", "survey": "after-call", "sampling_percent": 0}
    answer = await world.http.put(f"{API}/trigger-rules/after-call", json={"rule": rule, "reason": "pause"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["number"] == 2
    await world.tell(completed(customer=new_id()))
    assert await world.decided() == [("scheduled", "eligible"), ("sampled_out", "sampled-out")]
    versions = await world.rows("SELECT rule_version FROM decisions ORDER BY at")
    assert [row["rule_version"] for row in versions] == [1, 2]
    past = {"rule": rule, "reason": "x", "effective_from": "2020-01-01T00:00:00Z"}
    assert (await world.http.put(f"{API}/trigger-rules/after-call", json=past)).json()["code"] == "retroactive"


async def test_the_throttle_exception_of_a_survey_lets_it_through(world) -> None:
    customer = new_id()
    await world.sent(customer)
    await world.tell(completed(customer=customer))
    assert (await world.decided())[-1] == ("blocked", "throttled")
    await world.rows("UPDATE invitations SET sent_at = sent_at - interval '25 hours' WHERE sent_at IS NOT NULL")
    rule = {"exceptions": {"after-call": 1}}
    await world.http.put(f"{API}/throttle-rules/default", json={"rule": rule, "reason": "trial"})
    await world.tell(completed(customer=customer))
    assert (await world.decided())[-1] == ("scheduled", "eligible")


async def test_a_preview_says_what_each_rule_says_and_writes_nothing(world) -> None:
    customer = new_id()
    await world.tell(received(new_id(), customer))
    answer = await world.http.post(f"{API}/surveys/after-call:preview-eligibility", json={"customer_id": str(customer)})
    [preview] = answer.json()["previews"]
    assert (preview["decision"], preview["reason"]) == ("held", "open-complaint")
    assert [rule["reason"] for rule in preview["rules"] if rule["applies"]] == ["open-complaint"]
    assert await world.decided() == []


async def test_sending_waits_for_whoever_decides_about_the_customer_and_holds_nothing_meanwhile(world) -> None:
    """What follows a complaint locks the customer and then their invitations; the other way round both would wait."""
    customer = new_id()
    invitation = await world.invited(customer)
    async with world.served.works(Actor.system("test")) as work:
        deciding = work.store(Invitations)
        await deciding.lock_customers([customer])
        sending = asyncio.create_task(world.send(invitation))
        here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        waiting = f"SELECT 1 FROM pg_locks WHERE NOT granted AND {here}"  # noqa: S608
        await eventually(lambda: world.rows(waiting))
        assert await asyncio.wait_for(deciding.waiting_of([customer], ["scheduled"]), 5)
    assert (await sending).status_code == 200


async def test_the_same_events_give_the_same_invitations_in_empty_tables(world, database) -> None:
    """As after a restore: what was read before is read again, into tables that do not have it."""
    calls = [world.message(completed(customer=new_id())) for _ in range(3)]
    ends = [world.message(closed(new_id(), new_id()))]
    found = []
    for _ in range(2):
        for messages in (calls, ends):
            await world.hand(messages)
        found.append({(row["subject_id"], row["id"]) for row in await world.rows("SELECT subject_id, id FROM invitations")})
        connection = await database.connect()
        await clean(connection)
        await connection.close()
    assert len(found[0]) == 4 and found[0] == found[1]


async def test_what_nobody_fetches_for_an_hour_is_told_to_the_operators(world) -> None:
    (alarm,) = [loop for loop in world.served.loops if loop.name == "unsent"]

    async def told() -> float | None:
        async with world.served.works(Actor.system("test")) as work:
            await alarm.round(work)
        labels = {"service": "satisfaction"}
        return world.served.metrics.registry.get_sample_value("rapport_satisfaction_invitations_unsent", labels)

    await world.rows("DELETE FROM invitations WHERE state = 'scheduled'")
    invitation = await world.invited()
    late = "UPDATE invitations SET send_after = now() - CAST(:span AS interval) WHERE id = CAST(:id AS uuid)"
    await world.rows(late, id=invitation, span=timedelta(minutes=59))
    assert await told() == 0
    await world.rows(late, id=invitation, span=timedelta(minutes=61))
    assert await told() == 1
    assert (await world.send(invitation)).status_code == 200
    assert await told() == 0
