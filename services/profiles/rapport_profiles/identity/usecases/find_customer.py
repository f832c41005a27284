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
from rapport_profiles.identity.domain import Conflict, Identified, resolve
from rapport_profiles.identity.store import Conflicts
from rapport_profiles.work import ProfilesWork


class Lookup(Body):
    """Identifiers of one person."""

    identifiers: Annotated[list[NewIdentifier], Field(min_length=1, max_length=20)]


@dataclass(frozen=True, slots=True)
class Reason:
    """What became of one identifier: `used`, `blocked` or `unusable`; not whether it alone is anybody's, or a set would be
    so many guesses in one."""

    kind: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`candidates` are the customers that the identifiers point at, taken together; one for a match. `missed` is how many of
    them are nobody's."""

    outcome: Literal["match", "none", "ambiguous"]
    candidates: tuple[UUID, ...]
    reasons: tuple[Reason, ...]
    missed: int

    @property
    def customer_id(self) -> UUID | None:
        """The customer, if there is exactly one."""
        return self.candidates[0] if self.outcome == "match" else None


async def find_customer(work: ProfilesWork, command: Lookup) -> Answer:
    """Match, none or ambiguous, with what became of each identifier in the order given. One audit row for each look-up, with
    how many identifiers there were, whether or not they are anybody's."""
    given = command.identifiers
    found = normalised(work, given)
    identifiers = work.store(Identifiers)
    tokens = identifiers.tokens(one for one in found if isinstance(one, Identifier))
    known = await identifiers.ownership(tokens)
    rulings = await work.store(Conflicts).rulings([tokens])
    reasons = [
        Reason(asked.kind, "used" if isinstance(one, Identifier) else str(one))
        for asked, one in zip(given, found, strict=True)
    ]
    missed = sum(token.index not in known.owners for token in tokens)  # before deciding: that gives what is new to somebody
    answer = Answer("none", (), tuple(reasons), missed)
    match resolve(tokens, known, new_id(), rulings):
        case Identified(customer_id):
            answer = replace(answer, outcome="match", candidates=(customer_id,))
        case Conflict(candidates):
            answer = replace(answer, outcome="ambiguous", candidates=candidates)
    detail = {"outcome": answer.outcome, "identifiers": len(given), "level": work.actor.level}
    await work.audit_many("customer.look-up", "customer", answer.candidates, detail=detail)
    return answer
