"""A customer's story as it comes from the topics, projected and read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rapport_chassis.actor import Actor
from rapport_chassis.lists import Paging
from rapport_contracts.complaints.cases import ComplaintLinked, ComplaintReceived
from rapport_contracts.complaints.clocks import ClockStarted
from rapport_contracts.event import Event
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
from rapport_contracts.satisfaction.surveys import SurveyConsidered
from rapport_kernel.ids import new_id
from rapport_profiles.timeline.store import TimelineFilters, find_entries
from rapport_profiles.timeline.usecases import project_timeline

from .conftest import message

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
PROJECTING = Actor.system("rapport.profiles.timeline")


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
    async with works(PROJECTING) as work:
        await project_timeline(work, messages)


async def lines(works, customer, kind=None, **paging):
    async with works(PROJECTING) as work:
        return (await find_entries(work, customer, TimelineFilters(kind=kind, internal=True), Paging(**paging))).items


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


_DIGEST = """
    SELECT md5(coalesce((SELECT string_agg(e::text, ',' ORDER BY event_id) FROM timeline_entries e), '')
        || coalesce((SELECT string_agg(l::text, ',' ORDER BY subject_id) FROM timeline_links l), ''))
"""
