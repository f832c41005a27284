"""Use cases run as the service runs them, and rows and facts read back."""

from __future__ import annotations

import json

from rapport_chassis.actor import Actor
from rapport_contracts.profiles.vocabulary import CustomerKind
from rapport_contracts.vocabulary import IdentifierKind
from rapport_profiles.customers.usecases import NewCustomer, PersonalBody, register_customer
from rapport_profiles.identifiers.usecases import NewIdentifier
from rapport_profiles.identity.usecases.decide_conflict import Ruling
from rapport_profiles.identity.usecases.identify_callers import identify_callers

from .conftest import CLERK, published

CONSUMER = Actor.system("rapport.profiles.callers")


async def identify(works, *messages) -> None:
    async with works(CONSUMER) as work:
        await identify_callers(work, list(messages))


async def registered(works, *identifiers: NewIdentifier, name: str | None = None):
    async with works(CLERK) as work:
        personal = PersonalBody(name=name)
        command = NewCustomer(kind=CustomerKind.INDIVIDUAL, source="crm", personal=personal, identifiers=list(identifiers))
        return await register_customer(work, command)


def given(kind: str, value: str, *, verified: bool = False) -> NewIdentifier:
    return NewIdentifier(kind=IdentifierKind(kind), value=value, verified=verified)


async def fetch(works, query: str, *values):
    connection = await works.database.dedicated()
    try:
        return await connection.fetch(query, *values)
    finally:
        await connection.close()


async def facts(works, kind: str) -> list[dict]:
    return [json.loads(payload) for type_, payload in await published(works) if type_ == f"{kind}.v1"]


def ruling(customer_id, reason: str | None = None) -> Ruling:
    return Ruling(customer_id=customer_id, reason=reason)


async def only_conflict(works):
    [row] = await fetch(works, "SELECT id FROM conflicts")
    return row["id"]
