"""A person decides whom the identifiers of a conflict belong to."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from rapport_contracts.vocabulary import IdentifierKind
from rapport_kernel.errors import Conflict
from rapport_kernel.ids import new_id

from rapport_profiles.domain.conflict import IdentityConflict
from rapport_profiles.domain.customer import Customer
from rapport_profiles.domain.resolution import Token
from rapport_profiles.store.identifiers import Claim
from rapport_profiles.store.work import ProfilesWork


@dataclass(frozen=True, slots=True)
class ShownConflict:
    """A conflict with its identifiers in clear (masked where shown) and the contacts that wait."""

    conflict: IdentityConflict
    tokens: list[tuple[Token, str]]
    interactions: list[UUID]


async def show_conflict(work: ProfilesWork, conflict_id: UUID) -> ShownConflict:
    """One conflict. Raises NotFound. Audited, with the level."""
    conflict = await work.conflicts.get(conflict_id)
    tokens = await work.conflicts.identifiers_of(conflict_id)
    await work.audit("identity-conflict.read", f"conflict:{conflict_id}", detail={"level": work.actor.level})
    return ShownConflict(conflict, tokens, await work.conflicts.interactions_of(conflict_id))


async def resolve_conflict(
    work: ProfilesWork, conflict_id: UUID, customer_id: UUID | None, reason: str | None
) -> ShownConflict:
    """The identifiers belong to one of the candidates, or, with None, to somebody new. Those nobody had become his.

    Publishes identity-conflict.resolved and customer.identified for every contact that waits (customer.registered for a
    new one). The same identifiers together are decided the same way from now on; each alone still finds its owner.
    Raises NotFound, NotAllowed when it is resolved already, Invalid `not-a-candidate`, Conflict `identifier-taken`.
    """
    tokens = await work.conflicts.identifiers_of(conflict_id)
    target = customer_id or new_id()
    await _claim(work, target, tokens)
    customers = await work.customers.get_many([target], for_update=True)
    conflict = await work.conflicts.get(conflict_id, for_update=True)
    if customer_id is not None:
        conflict.check_choice(customer_id)
    waiting = await work.conflicts.interactions_of(conflict_id)
    conflict.resolve(target, waiting=waiting, by=str(work.actor), now=work.now)
    if customer_id is not None:
        customer = customers[customer_id]
    else:
        source = tokens[0][1] if tokens else "manual"
        customer = work.customers.add(Customer.register(target, source=source, now=work.now))
    for interaction_id in waiting:
        newly = customer_id is None and interaction_id == waiting[0]
        customer.identify(interaction_id, IdentifierKind(conflict.rules[0]), newly=newly, now=work.now)
    detail = {"customer": str(target), "new": customer_id is None}
    await work.audit("identity-conflict.resolve", f"conflict:{conflict_id}", reason=reason, detail=detail)
    return ShownConflict(conflict, tokens, waiting)


async def _claim(work: ProfilesWork, customer_id: UUID, tokens: list[tuple[Token, str]]) -> None:
    """Those identifiers that belong to nobody yet."""
    book = await work.identifiers.book(token for token, _ in tokens)
    free = [Claim(customer_id, token, source) for token, source in tokens if token.index not in book.owners]
    if free:
        box = await work.vault.open_for([customer_id])
        if not await work.identifiers.claim(free, box):
            raise Conflict("identifier-taken", "One of these identifiers was given to a customer at this moment.")
