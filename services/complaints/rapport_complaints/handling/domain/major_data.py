"""When a complaint is a major one (重大投诉), what is done then and who is told, as data with versions (S60).

The document names the procedure and no numbers: all numbers that are shipped are ours.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator
from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.ladder import StepCode
from rapport_complaints.clocks.domain.policies import Data, Matching, Target, Traits

MAJOR_POLICY = "standard"
"""Code of the one policy that counts."""
MAJOR_TRACK = "major"
"""The track, and the code, of the SLA policy that is shipped for major complaints."""


class MajorRule(Matching):
    """All that it says must be true of a complaint. `alike` counts complaints of one cause that was found within `days`,
    this one among them, and what was marked a duplicate or a recurrence of this one and received within them."""

    code: StepCode
    vulnerable: bool | None = Field(default=None, description="True: the customer needs more care than others.")
    alike: int | None = Field(default=None, ge=2, le=100_000, description="So many at least.")
    days: int | None = Field(default=None, ge=1, le=3650, description="Within how long, for `alike`.")

    def fits(self, traits: Traits, *, vulnerable: bool) -> bool:
        """Whether all is true of a complaint that it says, but for how many are alike."""
        return self.matches(traits) and (self.vulnerable is None or self.vulnerable == vulnerable)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.alike is None) != (self.days is None):
            raise ValueError("alike and days go together")
        if self.major is not None:
            raise ValueError("what is major already is not declared")
        if not (self.severities or self.categories or self.vulnerable or self.alike):
            raise ValueError("a rule names severities, categories, vulnerable or alike")
        return self


class MajorStep(Data):
    """One step of the checklist: what is to be done, by which role, within which time from the declaration."""

    code: StepCode
    text: str = Field(min_length=1, max_length=1000)
    role: Code
    within: Target | None = Field(default=None, description="Null: no limit.")


class MajorPolicy(Data):
    """The first matching rule declares a complaint major. A case keeps the version under which it was declared. The stricter
    clocks are those of SLA policies with rules of which `major` is true."""

    name: str = Field(min_length=1, max_length=200)
    calendar: Code = Field(description="In which the limits of the steps are counted.")
    tell: list[Code] = Field(max_length=50, description="Roles that are told when one is declared.")
    rules: list[MajorRule] = Field(max_length=100)
    steps: list[MajorStep] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for codes in ([rule.code for rule in self.rules], [step.code for step in self.steps], self.tell):
            if len(set(codes)) != len(codes):
                raise ValueError("codes of rules, codes of steps, and roles are distinct")
        return self
