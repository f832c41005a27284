"""A person decides which customer the identifiers of a conflict belong to."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from rapport_chassis.commands import Command, act_of, load_for_command
from rapport_contracts.vocabulary import IdentifierKind
from rapport_kernel.errors import Conflict
from rapport_kernel.ids import new_id

from rapport_profiles.customers.domain import Customer
from rapport_profiles.customers.store import Customers
from rapport_profiles.identifiers.domain import Token
from rapport_profiles.identifiers.store import Claim, Identifiers
from rapport_profiles.identity.domain import IdentityConflict, identify
from rapport_profiles.identity.store import Conflicts
from rapport_profiles.work import ProfilesWork


class Ruling(Command):
    """The customer the identifiers belong to: one of the candidates, or null for a new customer."""

    customer_id: UUID | None


@dataclass(frozen=True, slots=True)
class ShownConflict:
    """A conflict with its identifiers in clear and the contacts that wait."""

    conflict: IdentityConflict
    tokens: list[tuple[Token, str]]
    interactions: list[UUID]


async def show_conflict(work: ProfilesWork, conflict_id: UUID) -> ShownConflict:
    """One conflict. Raises NotFound. Audited, with the level."""
    conflicts = work.store(Conflicts)
    conflict = await conflicts.get(conflict_id)
    tokens = await conflicts.identifiers_of(conflict_id)
    await work.audit("identity-conflict.read", f"identity-conflict:{conflict_id}", detail={"level": work.actor.level})
    return ShownConflict(conflict, tokens, await conflicts.interactions_of(conflict_id))


async def resolve_conflict(work: ProfilesWork, conflict_id: UUID, command: Ruling) -> ShownConflict:
    """Give the identifiers that nobody had to one of the candidates, or to a new customer.

    Publishes identity-conflict.resolved and customer.identified for every contact that waits (customer.registered for a
    new customer). The same identifiers together are decided the same way from now on; each alone still finds its owner.
    Raises NotFound, NotAllowed when it is resolved already, Invalid `not-a-candidate`, Conflict `identifier-taken`.
    """
    conflicts, customers, chosen = work.store(Conflicts), work.store(Customers), command.customer_id
    tokens = await conflicts.identifiers_of(conflict_id)
    target = chosen or new_id()
    await _claim(work, target, tokens)
    known = await customers.get_many([target], for_update=True)
    conflict, act = await load_for_command(work, Conflicts, conflict_id, command)
    if chosen is not None:
        conflict.check_choice(chosen)
    waiting = await conflicts.interactions_of(conflict_id)
    conflict.resolve(act, target, waiting=waiting)
    if chosen is not None:
        customer = known[target]
    else:
        source = tokens[0][1] if tokens else "manual"
        customer = customers.add(Customer.register(target, source=source, now=work.now))
        customer.log_registration(await act_of(work, customer, Command()))
    for interaction_id in waiting:
        newly = chosen is None and interaction_id == waiting[0]
        identify(customer, interaction_id, IdentifierKind(conflict.rules[0]), newly=newly, now=work.now)
    return ShownConflict(conflict, tokens, waiting)


async def _claim(work: ProfilesWork, customer_id: UUID, tokens: list[tuple[Token, str]]) -> None:
    """Claim the identifiers that nobody has yet."""
    identifiers = work.store(Identifiers)
    known = await identifiers.ownership(token for token, _ in tokens)
    free = [Claim(customer_id, token, source) for token, source in tokens if token.index not in known.owners]
    if free:
        box = await work.vault.open_for([customer_id])
        if not await identifiers.claim(free, box):
            raise Conflict("identifier-taken")
