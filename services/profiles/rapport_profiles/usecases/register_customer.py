"""Register a customer by hand or by another system (S3, S5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapport_contracts.profiles.vocabulary import CustomerKind, LifecycleStage
from rapport_kernel.errors import Conflict, FieldError, Invalid
from rapport_kernel.ids import new_id

from rapport_profiles.domain.customer import Customer, PersonalPart
from rapport_profiles.domain.identifiers import Identifier
from rapport_profiles.store.customers import seal_personal
from rapport_profiles.store.identifiers import Claim
from rapport_profiles.store.work import ProfilesWork


@dataclass(frozen=True, slots=True)
class GivenIdentifier:
    """An identifier as somebody typed it. `source` is needed for external ids; `verified`: the caller checked it."""

    kind: str
    value: str
    source: str = ""
    verified: bool = False


async def register_customer(
    work: ProfilesWork,
    *,
    kind: CustomerKind,
    stage: LifecycleStage,
    source: str,
    personal: PersonalPart,
    identifiers: Sequence[GivenIdentifier],
) -> Customer:
    """A new customer with these identifiers and attributes. Publishes customer.registered (and contact-point.verified).

    Raises Invalid for identifiers that are blocked or unusable and for a customer about whom nothing is said;
    Conflict `identifier-taken` when one of them belongs to somebody.
    """
    if not identifiers and not personal.filled:
        raise Invalid("nothing-known", "A customer needs a name, an attribute or an identifier.")
    usable = usable_identifiers(work, identifiers)
    customer = Customer.register(new_id(), kind=kind, stage=stage, source=source, now=work.now)
    box = await work.vault.open_for([customer.id])
    tokens = {token.index: (token, given) for token, given in zip(
        work.identifiers.tokens(usable), identifiers, strict=True)}  # fmt: skip
    by = str(work.actor)
    claims = [
        Claim(customer.id, token, given.source or source, by if given.verified else None) for token, given in tokens.values()
    ]
    # The unique index knows rows under the newest index key only; older ones are found by looking.
    book = await work.identifiers.book(claim.token for claim in claims)
    if book.owners or not await work.identifiers.claim(claims, box):
        raise Conflict("identifier-taken", "One of these identifiers belongs to a customer already.")
    customer.fill(seal_personal(box, customer.id, personal), personal.filled)
    for claim in claims:
        if claim.verified_by:
            customer.verify_contact_point(claim.token.identifier.kind, work.now)
    work.customers.add(customer)
    await work.audit("customer.register", f"customer:{customer.id}")
    return customer


def usable_identifiers(work: ProfilesWork, given: Sequence[GivenIdentifier]) -> list[Identifier]:
    """Their normal forms. Raises Invalid that names each one that is blocked or unusable, by place, never by value."""
    found = [work.normaliser.normalise(one.kind, one.value, one.source) for one in given]
    wrong = [
        FieldError(f"identifiers.{place}.value", str(problem), "This value identifies nobody.")
        for place, problem in enumerate(found)
        if not isinstance(problem, Identifier)
    ]
    if wrong:
        raise Invalid("bad-identifier", "Some identifiers are blocked or not usable.", wrong)
    return [one for one in found if isinstance(one, Identifier)]
