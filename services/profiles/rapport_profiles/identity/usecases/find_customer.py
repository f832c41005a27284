"""Find the customer behind a set of identifiers (S1): the same rules as for callers, without changing anything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_kernel.ids import new_id

from rapport_profiles.identifiers.domain import Identifier
from rapport_profiles.identifiers.store import Identifiers
from rapport_profiles.identifiers.usecases import NewIdentifier, normalised
from rapport_profiles.identity.domain import Conflict, Identified, fingerprint, resolve
from rapport_profiles.identity.store import Conflicts
from rapport_profiles.work import ProfilesWork


class Lookup(Body):
    """Identifiers of one person."""

    identifiers: Annotated[list[NewIdentifier], Field(min_length=1, max_length=20)]


@dataclass(frozen=True, slots=True)
class Reason:
    """The outcome of one identifier: `matched` (with the customer), `unknown`, `blocked` or `unusable`."""

    kind: str
    outcome: str
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """`candidates` are the customers that the identifiers point at; one for a match."""

    outcome: Literal["match", "none", "ambiguous"]
    candidates: tuple[UUID, ...]
    reasons: tuple[Reason, ...]

    @property
    def customer_id(self) -> UUID | None:
        """The customer, if there is exactly one."""
        return self.candidates[0] if self.outcome == "match" else None


async def find_customer(work: ProfilesWork, command: Lookup) -> Answer:
    """Match, none or ambiguous, with a reason for each identifier in the order given. Two lookups; matches are audited."""
    given = command.identifiers
    found = normalised(work, given)
    identifiers = work.store(Identifiers)
    tokens = identifiers.tokens(one for one in found if isinstance(one, Identifier))
    known = await identifiers.ownership(tokens)
    rulings = await work.store(Conflicts).rulings([fingerprint(tokens)])
    in_turn = iter(tokens)
    reasons = []
    for asked, one in zip(given, found, strict=True):
        if isinstance(one, Identifier):
            owner = known.owners.get(next(in_turn).index)
            reasons.append(Reason(asked.kind, "matched" if owner else "unknown", owner))
        else:
            reasons.append(Reason(asked.kind, str(one)))
    answer = Answer("none", (), tuple(reasons))
    match resolve(tokens, known, new_id, rulings):
        case Identified(customer_id):
            answer = replace(answer, outcome="match", candidates=(customer_id,))
        case Conflict(candidates):
            answer = replace(answer, outcome="ambiguous", candidates=candidates)
    for candidate in answer.candidates:
        await work.audit("customer.look-up", f"customer:{candidate}", detail={"outcome": answer.outcome})
    return answer
