"""The rules of asking in their versions, and what is in force of them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from rapport_chassis.telling import Telling, in_body
from rapport_chassis.versions import VersionedKind, in_force_together, versions_table
from rapport_chassis.work import Work
from rapport_contracts.satisfaction.catalogue import SatisfactionPolicyPublished
from rapport_kernel.versions import Version

from rapport_satisfaction.asking.domain.policies import DEFAULT, FollowUpRule, ThrottleRule, TriggerRule
from rapport_satisfaction.schema import metadata

_TOLD: Telling[BaseModel] = Telling(SatisfactionPolicyPublished, in_body())
TRIGGER_RULES = VersionedKind(
    versions_table("trigger_rules", metadata, "After which event which survey is sent", reason=True),
    TriggerRule,
    "trigger-rule",
    tells=_TOLD,
)
THROTTLE_RULES = VersionedKind(
    versions_table("throttle_rules", metadata, "How often a customer may be asked", reason=True),
    ThrottleRule,
    "throttle-rule",
    only=DEFAULT,
    tells=_TOLD,
)
FOLLOW_UP_RULES = VersionedKind(
    versions_table("follow_up_rules", metadata, "Which customers are called back, and how soon", reason=True),
    FollowUpRule,
    "follow-up-rule",
    only=DEFAULT,
    tells=_TOLD,
)


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules in force at one moment; triggers by code."""

    triggers: dict[str, Version[TriggerRule]]
    throttle: Version[ThrottleRule]
    follow_up: Version[FollowUpRule]

    def triggered_by(self, event: str) -> list[Version[TriggerRule]]:
        """The trigger rules that are switched on for this event."""
        return [version for version in self.triggers.values() if version.body.event == event and version.body.enabled]


class RulesInForce:
    """The rules in force now, read once in a work: `await work.store(RulesInForce).read()`."""

    def __init__(self, work: Work) -> None:
        """Reads nothing yet."""
        self._work = work
        self._read: Rules | None = None

    async def read(self) -> Rules:
        """The rules: one statement, the first time."""
        if self._read is None:
            kinds: list[VersionedKind[Any]] = [TRIGGER_RULES, THROTTLE_RULES, FOLLOW_UP_RULES]
            triggers, throttle, follow_up = await in_force_together(self._work, kinds, self._work.now)
            by_code = {each.code: each for each in triggers}
            defaults = [next(each for each in found if each.code == DEFAULT) for found in (throttle, follow_up)]
            self._read = Rules(by_code, *defaults)
        return self._read
