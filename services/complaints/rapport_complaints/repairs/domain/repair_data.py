"""What repairs go by, as versioned data (S62, S106, S133): limits by category, and the register of vendors."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator
from rapport_contracts.fields import Code

from rapport_complaints.clocks.domain.policies import Data, Target, Unit

REPAIR_POLICY = "standard"
"""The code of the policy that counts."""


class RepairRule(Data):
    """Limits for repairs of these categories; an empty list means all."""

    categories: list[Code] = Field(default_factory=list, max_length=200)
    respond: Target = Field(description="Until it is accepted.")
    complete: Target = Field(description="Until the work is done.")

    def matches(self, category: str) -> bool:
        """Whether this rule is about such a repair."""
        return not self.categories or category in self.categories


class RepairPolicy(Data):
    """How long repairs may take, in the time of a calendar. The first matching rule counts; the last one matches all, so
    that no repair is without limits. `minimum` is how many repairs a figure about a vendor or category needs."""

    name: str = Field(min_length=1, max_length=200)
    calendar: Code
    rules: list[RepairRule] = Field(min_length=1, max_length=100)
    minimum: int = Field(default=10, ge=1, le=1_000_000)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.rules[-1].categories:
            raise ValueError("the last rule is for all categories")
        return self

    def rule_for(self, category: str) -> RepairRule:
        """The rule that counts for such a repair."""
        return next(rule for rule in self.rules if rule.matches(category))


class Vendor(Data):
    """A vendor who repairs (维修单位), known by an opaque code; for these categories, or for all when none is named."""

    categories: list[Code] = Field(default_factory=list, max_length=200)
    in_use: bool = True

    def repairs(self, category: str) -> bool:
        """Whether it can be given such a repair."""
        return self.in_use and (not self.categories or category in self.categories)


LIMITS = RepairPolicy(
    name="Standard",
    calendar="cn",
    rules=[
        RepairRule(
            categories=["water", "electricity", "gas", "lift"],
            respond=Target(amount=2, unit=Unit.BUSINESS_HOURS),
            complete=Target(amount=1, unit=Unit.BUSINESS_DAYS),
        ),
        RepairRule(
            respond=Target(amount=1, unit=Unit.BUSINESS_DAYS),
            complete=Target(amount=7, unit=Unit.BUSINESS_DAYS),
        ),
    ],
)
"""What is shipped (ours): what one cannot live without is done within a day, the rest within seven."""
