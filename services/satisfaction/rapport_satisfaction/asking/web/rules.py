"""Trigger, throttle and follow-up rules: read as in force at a time, read all versions, change from now on."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from rapport_chassis.bodies import Body
from rapport_chassis.versions import SinceWithReason, VersionedKind
from rapport_chassis.web import Call, Router, Scope
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import NotFound, VersionConflict
from rapport_kernel.versions import Version

from rapport_satisfaction.asking.domain.policies import DEFAULT, FollowUpRule, ThrottleRule, TriggerRule
from rapport_satisfaction.asking.store.rules import FOLLOW_UP_RULES, THROTTLE_RULES, TRIGGER_RULES
from rapport_satisfaction.asking.usecases.rules import change_rule
from rapport_satisfaction.surveys.domain import Key
from rapport_satisfaction.surveys.web import READ

RULES = Scope("satisfaction:rules", level=3)
R = TypeVar("R", bound=BaseModel)

router = Router(tags=["rules"], about="When a customer is asked, how often, and when somebody follows up, in versions.")


class Change(SinceWithReason, Body, Generic[R]):
    """The next version of a rule, in force from now or from a later time on."""

    rule: R


class RuleVersion(BaseModel, Generic[R]):
    """A version of a rule; it is in force from `effective_from` until a later one is."""

    key: str
    number: int
    effective_from: UtcTime
    rule: R
    reason: str
    changed_by: str
    changed_at: UtcTime


class RuleVersions(BaseModel, Generic[R]):
    """Versions of rules."""

    items: list[RuleVersion[R]]


@router.get("/trigger-rules", allow=READ, summary="Read the trigger rules")
async def trigger_rules(call: Call[Work], at: UtcTime | None = None) -> RuleVersions[TriggerRule]:
    """As in force now, or at a time."""
    return await _in_force(call, TRIGGER_RULES, at)


@router.get("/trigger-rules/{key}", allow=READ, errors=[NotFound], summary="Read all versions of a trigger rule")
async def trigger_history(key: str, call: Call[Work]) -> RuleVersions[TriggerRule]:
    """Oldest first."""
    return await _all(call, TRIGGER_RULES, key)


@router.put(
    "/trigger-rules/{key}",
    allow=RULES,
    errors=[VersionConflict, "retroactive", "not-published"],
    summary="Change or add a trigger rule",
)
async def change_trigger(key: Key, body: Change[TriggerRule], call: Call[Work]) -> RuleVersion[TriggerRule]:
    """Adds a version; earlier decisions keep the version under which they were made."""
    return await _change(call, TRIGGER_RULES, key, body)


@router.get("/throttle-rules", allow=READ, summary="Read the throttle rule")
async def throttle_rules(call: Call[Work], at: UtcTime | None = None) -> RuleVersions[ThrottleRule]:
    """As in force now, or at a time."""
    return await _in_force(call, THROTTLE_RULES, at)


@router.get("/throttle-rules/default", allow=READ, summary="Read all versions of the throttle rule")
async def throttle_history(call: Call[Work]) -> RuleVersions[ThrottleRule]:
    """Oldest first."""
    return await _all(call, THROTTLE_RULES, DEFAULT)


@router.put(
    "/throttle-rules/default", allow=RULES, errors=[VersionConflict, "retroactive"], summary="Change the throttle rule"
)
async def change_throttle(body: Change[ThrottleRule], call: Call[Work]) -> RuleVersion[ThrottleRule]:
    """Adds a version."""
    return await _change(call, THROTTLE_RULES, DEFAULT, body)


@router.get("/follow-up-rules", allow=READ, summary="Read the follow-up rule")
async def follow_up_rules(call: Call[Work], at: UtcTime | None = None) -> RuleVersions[FollowUpRule]:
    """As in force now, or at a time."""
    return await _in_force(call, FOLLOW_UP_RULES, at)


@router.get("/follow-up-rules/default", allow=READ, summary="Read all versions of the follow-up rule")
async def follow_up_history(call: Call[Work]) -> RuleVersions[FollowUpRule]:
    """Oldest first."""
    return await _all(call, FOLLOW_UP_RULES, DEFAULT)


@router.put(
    "/follow-up-rules/default", allow=RULES, errors=[VersionConflict, "retroactive"], summary="Change the follow-up rule"
)
async def change_follow_up(body: Change[FollowUpRule], call: Call[Work]) -> RuleVersion[FollowUpRule]:
    """Adds a version; open cases keep their due time."""
    return await _change(call, FOLLOW_UP_RULES, DEFAULT, body)


async def _in_force(call: Call[Work], kind: VersionedKind[R], at: datetime | None) -> RuleVersions[R]:
    work = await call.work()
    return _several(await work.store(kind).in_force(at or work.now))


async def _all(call: Call[Work], kind: VersionedKind[R], code: str) -> RuleVersions[R]:
    return _several(await (await call.work()).store(kind).of(code))


async def _change(call: Call[Work], kind: VersionedKind[R], code: str, body: Change[R]) -> RuleVersion[R]:
    begins, reason = body.effective_from, body.reason
    return _one(await call.run(change_rule, kind, code, body.rule, effective_from=begins, reason=reason))


def _several(versions: Any) -> RuleVersions[R]:
    return RuleVersions.model_construct(items=[_one(version) for version in versions])


def _one(version: Version[R]) -> RuleVersion[R]:
    return RuleVersion.model_construct(
        key=version.code,
        number=version.version,
        effective_from=version.effective_from,
        rule=version.body,
        reason=version.reason or "",
        changed_by=version.by,
        changed_at=version.recorded_at,
    )
