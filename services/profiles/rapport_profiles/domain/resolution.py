"""Who is behind a contact (S1): from the identifiers that were presented and what is known about them, a decision.

Nobody is ever merged here. Two customers behind one contact, or a second strong identifier (member number, id at a
source) for a customer who has one, is a conflict that a person decides; the ruling then stands for the same identifiers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from rapport_contracts.vocabulary import IdentifierKind

from rapport_profiles.domain.identifiers import Identifier

ORDER = (IdentifierKind.MEMBER_NUMBER, IdentifierKind.EXTERNAL_ID, IdentifierKind.PHONE, IdentifierKind.EMAIL)
"""Which kind is named as the rule that decided, when several point at the same customer."""


@dataclass(frozen=True, slots=True)
class Token:
    """An identifier as the store knows it: its blind index instead of its value."""

    index: bytes
    identifier: Identifier

    @property
    def rank(self) -> int:
        """Place in `ORDER`."""
        return ORDER.index(self.identifier.kind)


@dataclass(frozen=True, slots=True)
class Registered:
    """Nobody was known: a new customer with these identifiers."""

    customer_id: UUID
    rule: IdentifierKind
    attach: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Identified:
    """One customer is known by these; `attach` are further identifiers that nobody had, unverified from now on."""

    customer_id: UUID
    rule: IdentifierKind
    attach: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """The identifiers do not agree. `candidates` may be one, or none: then a strong identifier is in the way."""

    candidates: tuple[UUID, ...]
    rules: tuple[IdentifierKind, ...]
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Nobody:
    """Nothing usable was presented."""


Decision = Registered | Identified | Conflict | Nobody


@dataclass(slots=True)
class Book:
    """What is known: who has an identifier, which strong ones a customer has, and how persons ruled before.

    `resolve` writes its decisions into it, so that two contacts of one batch see each other.
    """

    owners: dict[bytes, UUID] = field(default_factory=dict)
    strong: dict[UUID, dict[str, set[bytes]]] = field(default_factory=dict)
    rulings: dict[bytes, UUID] = field(default_factory=dict)

    def own(self, customer_id: UUID, index: bytes, family: str, *, strong: bool) -> None:
        """Write down that a customer has an identifier."""
        self.owners[index] = customer_id
        if strong:
            self.strong.setdefault(customer_id, {}).setdefault(family, set()).add(index)

    def contradicts(self, customer_id: UUID | None, tokens: Iterable[Token]) -> bool:
        """Whether giving `tokens` to the customer would leave him with two strong identifiers of one family."""
        held = {family: set(indexes) for family, indexes in self.strong.get(customer_id, {}).items()} if customer_id else {}
        for token in tokens:
            if token.identifier.strong:
                same = held.setdefault(token.identifier.family, set())
                same.add(token.index)
                if len(same) > 1:
                    return True
        return False


def fingerprint(tokens: Iterable[Token]) -> bytes:
    """What names a set of identifiers, whatever their order: SHA-256 over their blind indexes, 16 bytes."""
    return hashlib.sha256(b"".join(sorted({token.index for token in tokens}))).digest()[:16]


def resolve(presented: Sequence[Token], book: Book, new_id: Callable[[], UUID]) -> Decision:
    """Decide who presented these identifiers, and write the outcome into `book`. `new_id` gives the id of a new customer."""
    tokens = tuple(sorted({token.index: token for token in presented}.values(), key=lambda t: (t.rank, t.index)))
    if not tokens:
        return Nobody()
    known = [token for token in tokens if token.index in book.owners]
    unknown = tuple(token for token in tokens if token.index not in book.owners)
    owners = tuple(dict.fromkeys(book.owners[token.index] for token in known))
    only = owners[0] if len(owners) == 1 else None
    if len(owners) > 1 or book.contradicts(only, unknown):
        mark = fingerprint(tokens)
        ruled = book.rulings.get(mark)
        if ruled is not None:
            return Identified(ruled, tokens[0].identifier.kind)
        return Conflict(tuple(sorted(owners)), _kinds(tokens), mark)
    decision: Registered | Identified
    if only is None:
        decision = Registered(new_id(), tokens[0].identifier.kind, unknown)
    else:
        decision = Identified(only, known[0].identifier.kind, unknown)
    for token in unknown:
        book.own(decision.customer_id, token.index, token.identifier.family, strong=token.identifier.strong)
    return decision


def _kinds(tokens: Iterable[Token]) -> tuple[IdentifierKind, ...]:
    return tuple(dict.fromkeys(token.identifier.kind for token in tokens))
