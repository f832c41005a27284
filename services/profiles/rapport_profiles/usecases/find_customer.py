"""Whose identifiers are these (S1)? The same rules as for callers, without changing anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from rapport_kernel.ids import new_id

from rapport_profiles.domain.identifiers import Identifier
from rapport_profiles.domain.resolution import Conflict, Identified, fingerprint, resolve
from rapport_profiles.store.work import ProfilesWork
from rapport_profiles.usecases.register_customer import GivenIdentifier


@dataclass(frozen=True, slots=True)
class Reason:
    """What one identifier said: `matched` (with the customer), `unknown`, `blocked` or `unusable`."""

    kind: str
    outcome: str
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """`candidates` are the customers that are pointed at; one for a match."""

    outcome: Literal["match", "none", "ambiguous"]
    candidates: tuple[UUID, ...]
    reasons: tuple[Reason, ...]


async def find_customer(work: ProfilesWork, given: Sequence[GivenIdentifier]) -> Answer:
    """Match, none or ambiguous, with a reason for each identifier in the order given. Two lookups; matches are audited."""
    found = [work.normaliser.normalise(one.kind, one.value, one.source) for one in given]
    usable = [one for one in found if isinstance(one, Identifier)]
    tokens = work.identifiers.tokens(usable)
    book = await work.identifiers.book(tokens)
    book.rulings = await work.conflicts.rulings([fingerprint(tokens)])
    owners = dict(book.owners)
    in_turn = iter(tokens)
    reasons = []
    for asked, one in zip(given, found, strict=True):
        if isinstance(one, Identifier):
            owner = owners.get(next(in_turn).index)
            reasons.append(Reason(asked.kind, "matched" if owner else "unknown", owner))
        else:
            reasons.append(Reason(asked.kind, str(one)))
    answer = Answer("none", (), tuple(reasons))
    match resolve(tokens, book, new_id):
        case Identified(customer_id):
            answer = Answer("match", (customer_id,), answer.reasons)
        case Conflict(candidates):
            answer = Answer("ambiguous", candidates, answer.reasons)
    for candidate in answer.candidates:
        await work.audit("customer.look-up", f"customer:{candidate}", detail={"outcome": answer.outcome})
    return answer
