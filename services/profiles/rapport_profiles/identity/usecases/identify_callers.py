"""Who is calling: from a set of contacts with sealed identifiers to customers, known or new, or conflicts (S1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from rapport_chassis.listens import Message
from rapport_contracts.interactions.contacts import CallerPresented
from rapport_kernel.errors import Unavailable
from rapport_kernel.ids import derived_id

from rapport_profiles.customers.domain import Customer
from rapport_profiles.customers.store import Customers
from rapport_profiles.identifiers.domain import Identifier, Token
from rapport_profiles.identifiers.store import Claim, Identifiers
from rapport_profiles.identity.domain import (
    Conflict,
    Decision,
    Identified,
    Nobody,
    Registered,
    identify,
    resolve,
)
from rapport_profiles.identity.store import Conflicts, Waiting
from rapport_profiles.work import ProfilesWork

ATTEMPTS = 5
"""How often a set is decided again because another work registered one of its identifiers meanwhile."""


@dataclass(frozen=True, slots=True)
class Presented:
    """A contact and its usable identifiers. `registers` is the id of the customer that it registers, if it does."""

    registers: UUID
    interaction_id: UUID
    source: str
    tokens: tuple[Token, ...]


async def identify_callers(work: ProfilesWork, messages: list[Message[CallerPresented]]) -> None:
    """Find or register the customers behind these contacts; the number of statements does not depend on how many they are.

    Publishes customer.registered, customer.identified and identity-conflict.detected. Contacts whose every value is blocked
    leave no trace. Raises Invalid for an identifier that was not sealed for us.
    """
    presented = [found for message in messages if (found := _open(work, message)).tokens]
    for _ in range(ATTEMPTS if presented else 0):
        decided = await _decide(work, presented)
        if await _claim(work, decided):
            await _write(work, decided)
            return
    if presented:
        raise Unavailable("identifiers-contended")


def registered_by(event_id: UUID) -> UUID:
    """The id of the customer whom this event registers, when nobody is known by what it presents."""
    return derived_id(event_id, "customer")


def _open(work: ProfilesWork, message: Message[CallerPresented]) -> Presented:
    event = message.event
    context = f"{CallerPresented.topic}:{event.interaction_id}"
    usable: list[Identifier] = []
    for sealed in event.identifiers:
        found = work.normaliser.normalise(sealed.kind, work.transport.open(sealed.sealed, context), event.source)
        if isinstance(found, Identifier):
            usable.append(found)
    tokens = tuple(work.store(Identifiers).tokens(usable))
    return Presented(registered_by(message.envelope.id), event.interaction_id, event.source, tokens)


async def _decide(work: ProfilesWork, presented: list[Presented]) -> list[tuple[Presented, Decision]]:
    """Two lookups for all, then one decision after the other, each seeing those before it."""
    known = await work.store(Identifiers).ownership(token for one in presented for token in one.tokens)
    rulings = await work.store(Conflicts).rulings([one.tokens for one in presented])
    return [(one, resolve(one.tokens, known, one.registers, rulings)) for one in presented]


async def _claim(work: ProfilesWork, decided: list[tuple[Presented, Decision]]) -> bool:
    """Claim the unknown identifiers for their customers. False, and nothing written, when another work was faster."""
    claims = [
        Claim(decision.customer_id, token, one.source)
        for one, decision in decided
        if isinstance(decision, Registered | Identified)
        for token in decision.attach
    ]
    if not claims:
        return True
    savepoint = await work.connection.begin_nested()
    box = await work.vault.open_for({claim.customer_id for claim in claims})
    if await work.store(Identifiers).claim(claims, box):
        await savepoint.commit()
        return True
    await savepoint.rollback()
    return False


async def _write(work: ProfilesWork, decided: list[tuple[Presented, Decision]]) -> None:
    known = {decision.customer_id for _, decision in decided if isinstance(decision, Identified)}
    new = {decision.customer_id for _, decision in decided if isinstance(decision, Registered)}
    store = work.store(Customers)
    customers = await store.get_many(known - new, for_update=True)
    waiting: list[Waiting] = []
    for one, decision in decided:
        match decision:
            case Registered(customer_id, rule):
                customer = store.add(Customer.register(customer_id, source=one.source, now=work.now))
                customers[customer_id] = customer
                identify(customer, one.interaction_id, rule, newly=True, now=work.now)
            case Identified(customer_id, rule):
                identify(customers[customer_id], one.interaction_id, rule, newly=False, now=work.now)
            case Conflict():
                waiting.append(Waiting(decision, one.interaction_id, one.tokens, one.source))
            case Nobody():
                raise AssertionError("contacts without usable identifiers are left out before")
    if waiting:
        conflicts = await work.store(Conflicts).open(waiting)
        for held in _first_of_each(waiting):
            conflicts[held.conflict.fingerprint].detect(held.interaction_id, work.now)


def _first_of_each(waiting: list[Waiting]) -> Iterator[Waiting]:
    """A contact that presented the same identifiers twice waits once."""
    seen: set[tuple[bytes, UUID]] = set()
    for held in waiting:
        mark = (held.conflict.fingerprint, held.interaction_id)
        if mark not in seen:
            seen.add(mark)
            yield held
