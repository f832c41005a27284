"""When a customer may be lost (S64), and what a low score is (S57), as versioned data."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator
from rapport_contracts.complaints.vocabulary import WinBackReason
from rapport_contracts.satisfaction.vocabulary import Band

from rapport_complaints.clocks.domain.policies import Data

WIN_BACK_POLICY = "standard"
"""The code of the policy that counts."""


class WinBackRule(Data):
    """A reason. It holds when it showed at least `count` times within the last `days`; then no win-back is requested for it
    and the same customer for `quiet_days`, and what it rested on never counts again."""

    reason: WinBackReason
    count: int = Field(default=1, ge=1, le=1000)
    days: int = Field(default=90, ge=1, le=1_100)
    quiet_days: int = Field(default=90, ge=1, le=1_100)


class WinBackPolicy(Data):
    """When a customer may be lost; a reason without a rule is none. `low_bands` are the scores that count as low. A win-back
    is due `due_days` times 24 hours after its request. `minimum` is how many customers a figure about silence needs."""

    name: str = Field(min_length=1, max_length=200)
    rules: list[WinBackRule] = Field(max_length=len(WinBackReason))
    low_bands: list[Band] = Field(
        default_factory=lambda: [Band.DETRACTOR, Band.DISSATISFIED, Band.HARD], min_length=1, max_length=len(Band)
    )
    due_days: int = Field(default=3, ge=1, le=366)
    minimum: int = Field(default=10, ge=1, le=1_000_000)

    @model_validator(mode="after")
    def _once(self) -> Self:
        if len({rule.reason for rule in self.rules}) != len(self.rules):
            raise ValueError("each reason has one rule")
        return self
