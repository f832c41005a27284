"""What emergencies go by, as versioned data (S109-S112): types of incidents, plans with checklists, what a level demands."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator
from rapport_contracts.fields import Code

from rapport_complaints.clocks.domain.policies import Data

Grade = Annotated[int, Field(ge=1, le=9, description="1 is the gravest.")]
POLICY = "standard"
"""The code of the policy that counts."""


class IncidentType(Data):
    """A kind of incident (S109). One that is not in use any more can no longer be reported."""

    name: str = Field(min_length=1, max_length=200)
    in_use: bool = True


class PlanStep(Data):
    """One step of a checklist: what is to be done, by which role, within how long after the plan was activated."""

    code: Code
    text: str = Field(min_length=1, max_length=1000)
    role: Code
    within_minutes: int | None = Field(default=None, ge=1, le=525_600, description="Null: no limit.")


class EmergencyPlan(Data):
    """What is done in emergencies of these types and levels (预案, S111). An empty list means all."""

    name: str = Field(min_length=1, max_length=200)
    types: list[Code] = Field(default_factory=list, max_length=100)
    levels: list[Grade] = Field(default_factory=list, max_length=9)
    steps: list[PlanStep] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if len({step.code for step in self.steps}) != len(self.steps):
            raise ValueError("the codes of steps are distinct")
        return self

    def fits(self, incident_type: str, level: int) -> bool:
        """Whether it is meant for such an incident."""
        return (not self.types or incident_type in self.types) and (not self.levels or level in self.levels)


class LevelRule(Data):
    """What holds for incidents of one level (S110)."""

    level: Grade
    name: str = Field(min_length=1, max_length=200)
    update_minutes: int = Field(ge=1, le=10_080, description="At the latest this long after the last one an update is due.")
    authority: int = Field(ge=1, le=4, description="The access level that one needs to declare it.")
    hold_surveys: bool = Field(default=True, description="Surveys about the touchpoints concerned are held meanwhile.")
    hold_clocks: bool = Field(
        default=False,
        description="Resolution clocks of complaints that belong to it stand still meanwhile. Those for an acknowledgement "
        "and for a word in between run on: customers wait for these most of all.",
    )


class EmergencyPolicy(Data):
    """The levels that there are. An incident keeps the version under which it was declared."""

    name: str = Field(min_length=1, max_length=200)
    levels: list[LevelRule] = Field(min_length=1, max_length=9)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if len({rule.level for rule in self.levels}) != len(self.levels):
            raise ValueError("each level is described once")
        return self

    def rule(self, level: int) -> LevelRule | None:
        """What holds for a level; None when there is no such level."""
        return next((rule for rule in self.levels if rule.level == level), None)


TYPES = {
    "natural-disaster": IncidentType(name="自然灾害 Natural disaster"),
    "equipment-failure": IncidentType(name="设备故障 Equipment failure"),
    "cyber-attack": IncidentType(name="网络攻击 Cyber attack"),
    "other": IncidentType(name="其他 Other"),
}
LEVELS = EmergencyPolicy(
    name="Standard",
    levels=[
        LevelRule(level=1, name="一级 Service to customers is severely affected", update_minutes=30, authority=3),
        LevelRule(level=2, name="二级 Service to customers is partly affected", update_minutes=60, authority=2),
    ],
)
GENERAL_PLAN = EmergencyPlan(
    name="General",
    steps=[
        PlanStep(code="team", text="Call the emergency team together.", role="duty-manager", within_minutes=15),
        PlanStep(code="frontline", text="Tell the front line what to say.", role="service-lead", within_minutes=30),
        PlanStep(code="notice", text="Put a notice on the touchpoints concerned.", role="channel-owner", within_minutes=60),
        PlanStep(code="fallback", text="Open another way for customers.", role="channel-owner", within_minutes=120),
        PlanStep(code="all-clear", text="Tell front line and customers that it is over.", role="service-lead"),
    ],
)
"""What is shipped (ours, after DOMAIN 3a): three types of S109 and the rest, two levels, a plan for all of them."""
