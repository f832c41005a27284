"""What all commands with identifiers have in common: how one is given, and which of those given can be used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_contracts.codes import NewCode
from rapport_contracts.vocabulary import IdentifierKind
from rapport_kernel.errors import FieldError, Invalid

from rapport_profiles.identifiers.domain import MAX_LENGTH, Identifier, Problem
from rapport_profiles.work import ProfilesWork

Source = Annotated[NewCode, Field(description="A code of the system the data comes from.", examples=["crm"])]


class NewIdentifier(Body):
    """What a customer is known by. An external id needs the `source` that issued it."""

    kind: IdentifierKind = Field(examples=["phone"])
    value: str = Field(min_length=1, max_length=MAX_LENGTH, repr=False, examples=["138 0013 8000"])
    source: Source | None = None
    verified: bool = Field(default=False, description="The caller has checked that it is the customer's (S18).")


def normalised(work: ProfilesWork, given: Sequence[NewIdentifier]) -> list[Identifier | Problem]:
    """The normal form of each, or why it has none."""
    return [work.normaliser.normalise(one.kind, one.value, one.source or "") for one in given]


def usable_identifiers(work: ProfilesWork, given: Sequence[NewIdentifier]) -> list[Identifier]:
    """The normal form of each. Raises Invalid that names those that are blocked or unusable, by place, never by value."""
    found = normalised(work, given)
    wrong = [
        FieldError(f"identifiers.{place}.value", str(problem))
        for place, problem in enumerate(found)
        if isinstance(problem, Problem)
    ]
    if wrong:
        raise Invalid("bad-identifier", fields=wrong)
    return [one for one in found if isinstance(one, Identifier)]
