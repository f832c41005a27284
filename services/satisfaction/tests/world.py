"""Events around Satisfaction in a test: contacts, complaints, consents; and reading what it published."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from rapport_chassis.actor import Actor
from rapport_chassis.listens import Message
from rapport_chassis.service import Service
from rapport_chassis.shipped import entries
from rapport_chassis.timer_runner import TimerRunner
from rapport_chassis.work import Work
from rapport_contracts.complaints.cases import ComplaintClosed, ComplaintReceived
from rapport_contracts.envelope import Envelope
from rapport_contracts.event import Event
from rapport_contracts.interactions.contacts import Durations, InteractionCompleted, InteractionLinked, Summary
from rapport_contracts.satisfaction import TOPIC
from rapport_kernel.ids import new_id
from rapport_satisfaction.asking.usecases.consider_contacts import consider_contacts
from rapport_satisfaction.asking.usecases.follow_complaints import follow_complaints
from rapport_satisfaction.asking.usecases.follow_consents import follow_consents
from rapport_satisfaction.shipping import SHIPPED
from rapport_testing.databases import empty, statements
from sqlalchemy import text

API = "/satisfaction/v1"
ALL = tuple(f"satisfaction:{verb}" for verb in ("read", "design", "rules", "send", "import", "scores", "follow-up"))
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
_HANDLERS: dict[str, Callable[[Work, list[Message[Any]]], Awaitable[None]]] = {
    "rapport.interactions": consider_contacts,
    "rapport.complaints": follow_complaints,
    "rapport.profiles": follow_consents,
}


def completed(
    interaction: UUID | None = None,
    customer: UUID | None = None,
    *,
    ended: datetime | None = None,
    outcome: str = "answered",
    agents: tuple[str, ...] = ("a1", "a2"),
    **more: Any,
) -> InteractionCompleted:
    ended = ended or NOW - timedelta(minutes=5)
    return InteractionCompleted(
        interaction_id=interaction or new_id(),
        summary=Summary(
            channel="phone", direction="inbound", mode="remote", source="pbx", outcome=outcome, customer_id=customer,
            touchpoint=more.get("touchpoint", "hotline"), contact_type=None, queue="q", agents=list(agents),
            last_agent=agents[-1] if agents else None, transfers=0, started_at=ended - timedelta(minutes=3), ended_at=ended,
            durations=Durations(service=60 if agents else 0, bot=more.get("bot", 0)),
        ),
    )  # fmt: skip


def linked(interaction: UUID, customer: UUID) -> InteractionLinked:
    return InteractionLinked(interaction_id=interaction, customer_id=customer, rule="phone", linked_at=NOW)


def received(complaint: UUID, customer: UUID | None, interaction: UUID | None = None) -> ComplaintReceived:
    return ComplaintReceived(
        complaint_id=complaint, number="C-1", customer_id=customer, interaction_id=interaction, channel="phone",
        category="service", received_at=NOW,
    )  # fmt: skip


def closed(complaint: UUID, customer: UUID | None, interaction: UUID | None = None) -> ComplaintClosed:
    return ComplaintClosed(
        complaint_id=complaint, customer_id=customer, interaction_id=interaction, outcome="accepted", channel="phone",
        category="service", assignee="c2", handlers=["c1", "c2"], closed_at=NOW,
    )  # fmt: skip


async def clean(connection: asyncpg.Connection) -> None:
    """Empty tables, with what was shipped."""
    await empty(
        connection,
        *("invitations", "decisions", "responses", "exclusions", "follow_ups", "complaints", "consents", "emergencies"),
        *("outbox", "timers", "data_keys", "inbox"),
        more="DELETE FROM trigger_rules WHERE version > 1; DELETE FROM throttle_rules WHERE version > 1;"
        " DELETE FROM follow_up_rules WHERE version > 1",
    )
    await connection.execute("DELETE FROM surveys WHERE key <> ALL($1)", sorted(entries(SHIPPED.package, "surveys")))


class World:
    """One service under test."""

    def __init__(
        self, served: Service[Work], http: httpx.AsyncClient, gateway: Mapping[str, str], places: Iterator[int]
    ) -> None:
        """`http` is a person who may everything; `gateway` the headers of the program that gets the links."""
        self.served, self.http, self.gateway, self.places = served, http, gateway, places
        self.sequences: dict[UUID, int] = {}

    def message(self, event: Event) -> Message[Any]:
        self.sequences[event.key] = self.sequences.get(event.key, 0) + 1
        envelope = Envelope(
            new_id(), event.event_type, event.publisher, NOW, event.key, self.sequences[event.key], correlation_id=new_id()
        )
        return Message(event, envelope, event.topic, 0, next(self.places))

    def statements(self) -> AbstractContextManager[list[str]]:
        """The SQL that is sent while the block runs."""
        return statements(self.served)

    async def tell(self, *events: Event) -> None:
        """Hand events to the handlers of their topics: a batch for each stretch of one topic, each in one transaction."""
        stretch: list[Message[Any]] = []
        for event in events:
            if stretch and stretch[0].topic != event.topic:
                await self.hand(stretch)
                stretch = []
            stretch.append(self.message(event))
        if stretch:
            await self.hand(stretch)

    async def hand(self, messages: list[Message[Any]]) -> None:
        async with self.served.works(Actor.system("test")) as work:
            await _HANDLERS[messages[0].topic](work, messages)

    async def rows(self, query: str, **values: Any) -> list[Any]:
        async with self.served.database.engine.begin() as connection:
            result = await connection.execute(text(query), values)
            return list(result.mappings()) if result.returns_rows else []

    async def published(self, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
        """What waits in the outbox, in order: type without version, and data. The catalogue only where it is asked for."""
        found = [
            (row["type"].rpartition(".")[0], json.loads(bytes(row["payload"])))
            for row in await self.rows("SELECT aggregatetype, type, payload FROM outbox ORDER BY position")
            if kinds or row["aggregatetype"] == TOPIC
        ]
        return [one for one in found if not kinds or one[0] in kinds]

    async def decided(self, **narrowed: Any) -> list[tuple[str, str]]:
        """(state, reason) of all candidates, oldest first."""
        page = (await self.http.get(f"{API}/invitations", params={"sort": "considered_at", **narrowed})).json()
        return [(one["state"], one["reason"]) for one in page["items"]]

    async def invited(self, customer: UUID | None = None, **more: Any) -> str:
        """The id of a scheduled invitation of a new call."""
        call = completed(customer=customer or new_id(), **more)
        await self.tell(call)
        page = (await self.http.get(f"{API}/invitations", params={"interaction": str(call.interaction_id)})).json()
        assert page["items"][0]["state"] == "scheduled", page
        found: str = page["items"][0]["id"]
        return found

    async def sent(self, customer: UUID | None = None, **more: Any) -> tuple[str, str]:
        """Id and path of the link of an invitation that was sent."""
        invitation = await self.invited(customer, **more)
        answer = await self.send(invitation)
        assert answer.status_code == 200, answer.text
        return invitation, answer.json()["link"].removeprefix("https://ask.example")

    async def send(self, invitation: str) -> httpx.Response:
        """What the messaging gateway is answered: the link of an invitation, or of a reminder."""
        return await self.http.post(f"{API}/invitations/{invitation}:send", headers=self.gateway)

    async def fire(self) -> None:
        """Fire all timers that are due."""
        runner = TimerRunner(self.served.works, self.served.timers)
        while await runner.run_once():
            pass


async def bring(
    world: World, answers: list[Any], *, survey: str = "after-call", source: str = "file", **more: Any
) -> Counter[Any]:
    """Import these scores, 500 at a time; how many were what."""
    found: Counter[Any] = Counter()
    for start in range(0, len(answers), 500):
        part = answers[start : start + 500]
        items = [{"ref": f"r{start + n}", "answers": {"score": score}, **more} for n, score in enumerate(part)]
        answer = await world.http.post(
            f"{API}/responses:import", json={"source": source, "survey": survey, "responses": items}
        )
        assert answer.status_code == 200, answer.text
        found.update((one["result"], one["reason"]) for one in answer.json()["results"])
    return found
