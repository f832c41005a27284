"""What emergencies go by, as data in versions (S109-S112): types of incidents, plans with checklists, levels."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator
from rapport_contracts.codes import NewCode
from rapport_contracts.fields import WrongValue

from rapport_complaints.clocks.domain.policies import Data

Grade = Annotated[int, Field(ge=1, le=9, description="1 is the most severe.")]
POLICY = "standard"
"""The code of the policy that counts."""


class IncidentType(Data):
    """A kind of incident (S109). One that is no longer in use cannot be reported."""

    name: str = Field(min_length=1, max_length=200)
    in_use: bool = True


class PlanStep(Data):
    """One step of a checklist: what to do, in which role, and how soon after the plan was activated."""

    code: NewCode
    text: str = Field(min_length=1, max_length=1000)
    role: NewCode
    within_minutes: int | None = Field(default=None, ge=1, le=525_600, description="Null: no limit.")


class EmergencyPlan(Data):
    """What to do in emergencies of these types and levels (预案, S111). An empty list means all."""

    name: str = Field(min_length=1, max_length=200)
    types: list[NewCode] = Field(default_factory=list, max_length=100)
    levels: list[Grade] = Field(default_factory=list, max_length=9)
    steps: list[PlanStep] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if len({step.code for step in self.steps}) != len(self.steps):
            raise WrongValue("codes-of-steps")
        return self

    def fits(self, incident_type: str, level: int) -> bool:
        """Whether it is meant for such an incident."""
        return (not self.types or incident_type in self.types) and (not self.levels or level in self.levels)


class LevelRule(Data):
    """What applies to incidents of one level (S110)."""

    level: Grade
    name: str = Field(min_length=1, max_length=200)
    update_minutes: int = Field(ge=1, le=10_080, description="An update is due at most this long after the last one.")
    authority: int = Field(ge=1, le=4, description="The access level needed to declare it.")
    hold_surveys: bool = Field(default=True, description="Surveys about the affected touchpoints are held meanwhile.")
    hold_clocks: bool = Field(
        default=False,
        description="The resolution clocks of its complaints stop meanwhile. Clocks for the acknowledgement and for updates "
        "keep running: customers need these most in an emergency.",
    )


class EmergencyPolicy(Data):
    """The levels of incidents. An incident keeps the version under which it was declared."""

    name: str = Field(min_length=1, max_length=200)
    levels: list[LevelRule] = Field(min_length=1, max_length=9)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if len({rule.level for rule in self.levels}) != len(self.levels):
            raise WrongValue("level-twice")
        return self

    def rule(self, level: int) -> LevelRule | None:
        """The rule of a level; None when there is no such level."""
        return next((rule for rule in self.levels if rule.level == level), None)
