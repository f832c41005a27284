"""Versions of rules in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from rapport_chassis.work import Work
from sqlalchemy import insert, select, text

from rapport_satisfaction.domain.policies import (
    DEFAULT,
    KINDS,
    FollowUpRule,
    Policy,
    PolicyKind,
    ThrottleRule,
    TriggerRule,
    Version,
    in_effect,
)
from rapport_satisfaction.store import tables

_TABLE = tables.policies


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules as they hold at one moment."""

    triggers: dict[str, Version[TriggerRule]]
    throttle: Version[ThrottleRule]
    follow_up: Version[FollowUpRule]


class Policies:
    """Reads and adds versions; nothing is changed or removed."""

    def __init__(self, work: Work) -> None:
        """Use `work.policies`."""
        self.work = work

    async def at(self, moment: datetime) -> Rules:
        """The rules that hold at `moment`: one statement."""
        query = select(_TABLE).where(_TABLE.c.effective_from <= moment)
        versions = [_version(row) for row in (await self.work.connection.execute(query)).mappings()]

        def of(kind: PolicyKind) -> dict[str, Any]:
            return in_effect([version for version in versions if version.kind == kind], moment)

        return Rules(of("trigger"), of("throttle")[DEFAULT], of("follow-up")[DEFAULT])

    async def history(self, kind: PolicyKind, key: str | None = None) -> list[Version[Any]]:
        """All versions of a kind, or of one rule, by key and number."""
        query = select(_TABLE).where(_TABLE.c.kind == kind).order_by(_TABLE.c.key, _TABLE.c.number)
        if key is not None:
            query = query.where(_TABLE.c.key == key)
        return [_version(row) for row in (await self.work.connection.execute(query)).mappings()]

    async def lock(self, kind: PolicyKind, key: str) -> None:
        """Let one writer of a rule at a time through, until the commit."""
        await self.work.connection.execute(_LOCK, {"name": f"policy:{kind}:{key}"})

    async def add(self, versions: Sequence[Version[Any]]) -> None:
        """Append versions."""
        rows = [
            {
                "kind": version.kind,
                "key": version.key,
                "number": version.number,
                "effective_from": version.effective_from,
                "rule": version.rule.model_dump(mode="json"),
                "reason": version.reason,
                "changed_by": version.changed_by,
                "changed_at": version.changed_at,
            }
            for version in versions
        ]
        await self.work.connection.execute(insert(_TABLE), rows)


def _version(row: Any) -> Version[Any]:
    kind = cast("PolicyKind", row["kind"])
    rule: Policy = KINDS[kind].model_validate(row["rule"])
    return Version(
        kind, row["key"], row["number"], row["effective_from"], rule, row["reason"], row["changed_by"], row["changed_at"]
    )


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
