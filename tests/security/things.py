"""Calls of the four services in process, and how things are made in them: through their doors where they have one."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from rapport_chassis.actor import Actor
from rapport_chassis.listens import Message
from rapport_chassis.service import Service
from rapport_chassis.timer_runner import TimerRunner
from rapport_chassis.vault import Transport
from rapport_contracts.event import Event
from rapport_contracts.interactions.contacts import (
    CallerPresented,
    Durations,
    InteractionCompleted,
    SealedIdentifier,
    Summary,
)
from rapport_kernel.ids import new_id
from rapport_profiles.identity.usecases.identify_callers import identify_callers
from rapport_satisfaction.asking.usecases.consider_contacts import consider_contacts
from rapport_testing.facts import of_owner
from rapport_testing.web import TokenMaker, client_of
from sqlalchemy import text

from .operations import Operation
from .refusals import Answered, answered

CLERK = "clerk-1"
"""Who makes the things."""
PHONES = (f"139{number:08}" for number in itertools.count(10_000_000))


@dataclass(frozen=True, slots=True)
class Ask:
    """One call: who asks, for what. `page`: as a browser asks."""

    method: str
    path: str
    credential: str | None = None
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    page: bool = False


class House:
    """The services with their doors, and who comes to them."""

    def __init__(self, services: Mapping[str, Service[Any]], clients: Mapping[str, httpx.AsyncClient], tokens: TokenMaker):
        self.services, self._clients, self._tokens = services, clients, tokens
        self.documents = {name: service.asgi.openapi for name, service in services.items()}
        self.calls = 0

    async def ask(self, ask: Ask) -> Answered:
        """What comes back."""
        self.calls += 1
        headers = {"Accept": "text/html" if ask.page else "application/json"}
        if ask.credential is not None:
            headers["Authorization"] = f"Bearer {ask.credential}"
        if ask.method == "PATCH":
            headers |= {"If-Match": "*", "Content-Type": "application/merge-patch+json"}
        sent = {} if ask.body is None else {"data" if ask.page else "json": ask.body}
        client = self._clients[ask.path.split("/")[1]]
        answer = await client.request(ask.method, ask.path, headers=headers, params=dict(ask.query), **sent)
        return answered(answer.status_code, answer.headers.get("content-type", ""), answer.content)

    def token(self, *scopes: str, level: int = 4, subject: str = CLERK, **claims: Any) -> str:
        """Of a person, or of a program that says so in its claims."""
        return self._tokens(*scopes, level=level, subject=subject, **claims)

    def right(self, operation: Operation, level: int = 4, subject: str = CLERK) -> str:
        """Of somebody who may call it: where only machines may, of one."""
        scopes = [] if operation.scope is None else [operation.scope]
        if operation.path.endswith("{invitation_id}:send"):
            return self.token(*scopes, level=level, subject="gateway", client_id="gateway")
        return self.token(*scopes, level=level, subject=subject)

    async def do(
        self, method: str, path: str, scope: str, body: Any = None, subject: str = CLERK, credential: str | None = None
    ) -> Any:
        """It must work, with the scope or with the credential: what the answer holds."""
        client = self._clients[path.split("/")[1]]
        headers = {"Authorization": f"Bearer {credential or self.token(scope, subject=subject)}"}
        answer = await client.request(method, path, headers=headers, **({} if body is None else {"json": body}))
        assert answer.is_success, (method, path, answer.text)
        return answer.json()

    async def rows(self, service: str, query: str, **values: Any) -> list[Any]:
        """What no door does: with the rights of the service."""
        async with self.services[service].database.engine.begin() as connection:
            result = await connection.execute(text(query), values)
            return list(result.mappings()) if result.returns_rows else []

    async def fire(self, service: str) -> None:
        """Fire the timers that are due."""
        runner = TimerRunner(self.services[service].works, self.services[service].timers)
        while await runner.run_once():
            pass

    async def erase(self, service: str, customer: str) -> None:
        """Destroy the key of a customer there, as an erasure does."""
        async with self.services[service].works(Actor.system("test")) as work:
            await work.vault.erase([UUID(customer)])


@asynccontextmanager
async def house_of(services: Mapping[str, Service[Any]], tokens: TokenMaker) -> AsyncIterator[House]:
    """Its clients are closed at the end."""
    async with AsyncExitStack() as opened:
        clients = {name: await opened.enter_async_context(client_of(each.asgi)) for name, each in services.items()}
        yield House(services, clients, tokens)


# --- complaints

ROAD: list[tuple[str, str, dict[str, Any]]] = [
    ("acknowledge", "handle", {"method": "phone"}),
    ("assess", "handle", {"severity": "medium"}),
    ("assign", "assign", {"assignee": "agent-7"}),
    ("start-investigation", "handle", {}),
    ("set-root-cause", "handle", {"cause": "process", "latent_risk": False, "note": "Never scanned."}),
    ("propose", "decide", {"remedy": "refund", "note": "We refund the price."}),
    ("record-decision", "decide", {"accepted": False}),
]  # fmt: skip
COMPLAINTS = "/complaints/v1/complaints"


async def complaint(house: House, until: str = "", **more: Any) -> str:
    """The id of a new complaint, brought along the road up to and with that step."""
    body = {
        "received_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(), "problem": "The parcel did not arrive.",
        "contact": {"name": "张小明", "phone": "13812345678"}, "channel": "phone", "category": "delivery", **more,
    }  # fmt: skip
    made: str = (await house.do("POST", COMPLAINTS, "complaints:file", body))["id"]
    names = [name for name, _, _ in ROAD]
    for name, verb, sent in ROAD[: names.index(until) + 1 if until else 0]:
        await act(house, made, name, verb, **sent)
    return made


async def act(house: House, made: str, action: str, verb: str = "handle", subject: str = CLERK, **body: Any) -> Any:
    """Do something with it."""
    return await house.do("POST", f"{COMPLAINTS}/{made}:{action}", f"complaints:{verb}", body, subject)


async def intake_link(house: House, **more: Any) -> str:
    """The path of a link with which a complaint can be filed."""
    made = await house.do("POST", "/complaints/v1/intake-links", "complaints:file", {"category": "delivery", **more})
    return _path(made["link"])


async def status_link(house: House, made: str) -> str:
    """The path of a link that shows where the complaint stands."""
    link = await house.do("POST", f"{COMPLAINTS}/{made}/status-links", "complaints:handle", {})
    return _path(link["link"])


def _path(link: str) -> str:
    return "/" + link.split("/", 3)[3]


# --- satisfaction


async def invitation(house: House, customer: UUID | None = None) -> str:
    """The id of one that is scheduled, for a call that has just ended."""
    ended = datetime.now(UTC) - timedelta(minutes=5)
    call = InteractionCompleted(
        interaction_id=new_id(),
        summary=Summary(
            channel="phone", direction="inbound", mode="remote", source="pbx", outcome="answered",
            customer_id=customer or new_id(), touchpoint="hotline", contact_type=None, queue="q", agents=["a-2"],
            last_agent="a-2", transfers=0, started_at=ended - timedelta(minutes=3), ended_at=ended,
            durations=Durations(service=60, bot=0),
        ),
    )  # fmt: skip
    async with house.services["satisfaction"].works(Actor.system("test")) as work:
        await consider_contacts(work, [message(call)])
    query = "SELECT id::text FROM invitations WHERE interaction_id = :call"
    [row] = await house.rows("satisfaction", query, call=call.interaction_id)
    return str(row["id"])


async def survey_link(house: House, made: str) -> str:
    """The path of the link of an invitation, which is sent."""
    token = house.token("satisfaction:send", subject="gateway", client_id="gateway")
    answer = await house.ask(Ask("POST", f"/satisfaction/v1/invitations/{made}:send", token))
    assert answer.status == 200, answer
    return _path(str(answer.body).split('"link":"')[1].split('"')[0])


# --- the others


def message(event: Event) -> Message[Any]:
    """As its consumer gets it."""
    return Message(event, of_owner(event), event.topic, 0, next(_OFFSETS))


_OFFSETS = itertools.count(1)


async def customer(house: House, phone: str) -> dict[str, Any]:
    """A customer with that number."""
    body = {"personal": {"name": "张小明"}, "identifiers": [{"kind": "phone", "value": phone}]}
    return dict(await house.do("POST", "/profiles/v1/customers", "profiles:write", body))


async def conflict(house: House) -> str:
    """The id of a contact that two customers could be."""
    phone, mail = next(PHONES), f"x{next(_OFFSETS)}@example.cn"
    await customer(house, phone)
    body = {"personal": {"name": "李雷"}, "identifiers": [{"kind": "email", "value": mail}]}
    await house.do("POST", "/profiles/v1/customers", "profiles:write", body)
    interaction, keys = new_id(), house.services["interactions"].works.keys
    assert keys is not None
    transport = Transport(keys)
    context = f"rapport.interactions.private:{interaction}"
    event = CallerPresented(
        interaction_id=interaction, channel="phone", source="pbx", presented_at=datetime.now(UTC),
        identifiers=[
            SealedIdentifier(kind=kind, sealed=transport.seal(value, context))
            for kind, value in (("phone", phone), ("email", mail))
        ],
    )  # fmt: skip
    async with house.services["profiles"].works(Actor.system("test")) as work:
        await identify_callers(work, [message(event)])
    rows = await house.rows("profiles", "SELECT id::text FROM conflicts ORDER BY id DESC LIMIT 1")
    return str(rows[0]["id"])
