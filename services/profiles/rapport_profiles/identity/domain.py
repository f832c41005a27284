"""Who is behind a contact (S1): from the identifiers that were presented and what is known about them, a decision.

Nobody is ever merged here. Two customers behind one contact, or a second strong identifier (member number, id at a
source) for a customer who has one, is a conflict that a person decides; the ruling then stands for the same identifiers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar
from uuid import UUID

from rapport_contracts.profiles.identity import CustomerIdentified, IdentityConflictDetected, IdentityConflictResolved
from rapport_contracts.vocabulary import IdentifierKind
from rapport_kernel.errors import Invalid
from rapport_kernel.history import Act, AggregateWithHistory, Noted
from rapport_kernel.states import Move, StateTable

from rapport_profiles.customers.domain import Customer
from rapport_profiles.identifiers.domain import Ownership, Token

ORDER = (IdentifierKind.MEMBER_NUMBER, IdentifierKind.EXTERNAL_ID, IdentifierKind.PHONE, IdentifierKind.EMAIL)
"""When several identifiers point at one customer, the kind that comes first here is named as the rule that decided."""


@dataclass(frozen=True, slots=True)
class Registered:
    """None of these was known: a new customer with these identifiers."""

    customer_id: UUID
    rule: IdentifierKind
    attach: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Identified:
    """One customer is known by these; `attach` are further identifiers that nobody had, added unverified."""

    customer_id: UUID
    rule: IdentifierKind
    attach: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """The identifiers do not agree. With one candidate or none it is a strong identifier that contradicts."""

    candidates: tuple[UUID, ...]
    rules: tuple[IdentifierKind, ...]
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Nobody:
    """Nothing usable was presented."""


Decision = Registered | Identified | Conflict | Nobody


def fingerprint(tokens: Iterable[Token]) -> bytes:
    """The name of a set of identifiers, independent of their order: SHA-256 over their blind indexes, 16 bytes."""
    return hashlib.sha256(b"".join(sorted({token.index for token in tokens}))).digest()[:16]


def resolve(
    presented: Sequence[Token],
    known: Ownership,
    registers: UUID,
    rulings: Mapping[bytes, UUID] = MappingProxyType({}),
) -> Decision:
    """Decide who presented these identifiers, and write the outcome into `known`: contacts of one batch see each other.

    `registers` is the id of a new customer; `rulings` are earlier decisions of persons, by fingerprint.
    """
    tokens = tuple(sorted({token.index: token for token in presented}.values(), key=_by_rank))
    if not tokens:
        return Nobody()
    owned = [token for token in tokens if token.index in known.owners]
    unknown = tuple(token for token in tokens if token.index not in known.owners)
    owners = tuple(dict.fromkeys(known.owners[token.index] for token in owned))
    only = owners[0] if len(owners) == 1 else None
    if len(owners) > 1 or known.contradicts(only, unknown):
        mark = fingerprint(tokens)
        if mark in rulings:
            return Identified(rulings[mark], tokens[0].identifier.kind)
        return Conflict(tuple(sorted(owners)), _kinds(tokens), mark)
    decision: Registered | Identified
    if only is None:
        decision = Registered(registers, tokens[0].identifier.kind, unknown)
    else:
        decision = Identified(only, owned[0].identifier.kind, unknown)
    for token in unknown:
        known.give(decision.customer_id, token.index, token.identifier.family, strong=token.identifier.strong)
    return decision


def identify(customer: Customer, interaction_id: UUID, rule: IdentifierKind, *, newly: bool, now: datetime) -> None:
    """Record that the person behind an interaction is this customer."""
    customer.record(
        CustomerIdentified(
            customer_id=customer.id, interaction_id=interaction_id, rule=rule, newly_registered=newly, identified_at=now
        )
    )


CONFLICT_LIFE = StateTable(name="identity-conflict", initial="open", moves=[Move("resolve", "open", "resolved")])


@dataclass(kw_only=True)
class IdentityConflict(AggregateWithHistory, life=CONFLICT_LIFE):
    """One set of identifiers (`fingerprint`) and the customers it points at. The ruling stands for the same set later."""

    noted: ClassVar = {"resolve": Noted(customer_id=UUID, new=bool)}

    fingerprint: bytes
    candidates: tuple[UUID, ...]
    rules: tuple[str, ...]
    detected_at: datetime
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    customer_id: UUID | None = None

    def detect(self, interaction_id: UUID, now: datetime) -> None:
        """Another contact came with these identifiers; it waits."""
        self._emit(IdentityConflictDetected, interaction_id=interaction_id, detected_at=now)

    def resolve(self, act: Act, customer_id: UUID, *, waiting: Sequence[UUID]) -> None:
        """Settle it by the decision of a person. One fact for each contact that waits: all of them get their customer."""
        self._transition("resolve", act, customer_id=customer_id, new=customer_id not in self.candidates)
        self.customer_id, self.resolved_by, self.resolved_at = customer_id, act.by, act.at
        contacts: list[UUID | None] = [*waiting] or [None]
        for interaction_id in contacts:
            self._emit(IdentityConflictResolved, interaction_id=interaction_id)

    def check_choice(self, customer_id: UUID) -> None:
        """Raises Invalid for a customer that none of the identifiers points at: that would be a guess, not a ruling."""
        if customer_id not in self.candidates:
            raise Invalid.at("customer_id", "not-a-candidate")


def _by_rank(token: Token) -> tuple[int, bytes]:
    return ORDER.index(token.identifier.kind), token.index


def _kinds(tokens: Iterable[Token]) -> tuple[IdentifierKind, ...]:
    return tuple(dict.fromkeys(token.identifier.kind for token in tokens))
