"""Trigger, throttle and follow-up rules: read as they hold at a time, read the history, change from now on."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, Field
from rapport_chassis.bodies import Body
from rapport_chassis.web import Call, Router, Scope
from rapport_contracts.event import Payload
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import Conflict, Invalid, NotFound

from rapport_satisfaction.domain.policies import (
    DEFAULT,
    FollowUpRule,
    Policy,
    PolicyKind,
    ThrottleRule,
    TriggerRule,
    Version,
    in_effect,
)
from rapport_satisfaction.domain.surveys import Key
from rapport_satisfaction.store.work import SatisfactionWork
from rapport_satisfaction.usecases.change_rule import change_rule
from rapport_satisfaction.web.surveys import READ

RULES = Scope("satisfaction:rules", level=3)
R = TypeVar("R", bound=Payload)

router = Router(tags=["rules"])


class Change(Body, Generic[R]):
    """The next version of a rule. `effective_from` left out: from now on; it cannot lie in the past."""

    rule: R
    effective_from: UtcTime | None = None
    reason: str = Field(min_length=1, max_length=500, description="Why; it is kept with the version.")


class RuleVersion(BaseModel, Generic[R]):
    """A version of a rule; it holds from `effective_from` until a later one does."""

    key: str
    number: int
    effective_from: datetime
    rule: R
    reason: str
    changed_by: str
    changed_at: datetime


class RuleVersions(BaseModel, Generic[R]):
    """Versions of rules."""

    items: list[RuleVersion[R]]


@router.get("/trigger-rules", allow=READ, summary="Read the trigger rules")
async def trigger_rules(call: Call[SatisfactionWork], at: UtcTime | None = None) -> RuleVersions[TriggerRule]:
    """As they hold now, or at a time."""
    return RuleVersions(items=[_view(one) for one in await _holding(call, "trigger", at)])


@router.get("/trigger-rules/{key}", allow=READ, errors=[NotFound], summary="Read all versions of a trigger rule")
async def trigger_history(key: str, call: Call[SatisfactionWork]) -> RuleVersions[TriggerRule]:
    """Oldest first."""
    return RuleVersions(items=[_view(one) for one in await _history(call, "trigger", key)])


@router.put("/trigger-rules/{key}", allow=RULES, errors=[Invalid, Conflict], summary="Change or add a trigger rule")
async def change_trigger(key: Key, body: Change[TriggerRule], call: Call[SatisfactionWork]) -> RuleVersion[TriggerRule]:
    """Adds a version; decisions that were made keep the one under which they were made."""
    return _view(await _change(call, "trigger", key, body.rule, body.effective_from, body.reason))


@router.get("/throttle-rules", allow=READ, summary="Read the throttle rule")
async def throttle_rules(call: Call[SatisfactionWork], at: UtcTime | None = None) -> RuleVersions[ThrottleRule]:
    """As it holds now, or at a time."""
    return RuleVersions(items=[_view(one) for one in await _holding(call, "throttle", at)])


@router.get("/throttle-rules/default", allow=READ, summary="Read all versions of the throttle rule")
async def throttle_history(call: Call[SatisfactionWork]) -> RuleVersions[ThrottleRule]:
    """Oldest first."""
    return RuleVersions(items=[_view(one) for one in await _history(call, "throttle", DEFAULT)])


@router.put("/throttle-rules/default", allow=RULES, errors=[Invalid], summary="Change the throttle rule")
async def change_throttle(body: Change[ThrottleRule], call: Call[SatisfactionWork]) -> RuleVersion[ThrottleRule]:
    """Adds a version."""
    return _view(await _change(call, "throttle", DEFAULT, body.rule, body.effective_from, body.reason))


@router.get("/follow-up-rules", allow=READ, summary="Read the follow-up rule")
async def follow_up_rules(call: Call[SatisfactionWork], at: UtcTime | None = None) -> RuleVersions[FollowUpRule]:
    """As it holds now, or at a time."""
    return RuleVersions(items=[_view(one) for one in await _holding(call, "follow-up", at)])


@router.get("/follow-up-rules/default", allow=READ, summary="Read all versions of the follow-up rule")
async def follow_up_history(call: Call[SatisfactionWork]) -> RuleVersions[FollowUpRule]:
    """Oldest first."""
    return RuleVersions(items=[_view(one) for one in await _history(call, "follow-up", DEFAULT)])


@router.put("/follow-up-rules/default", allow=RULES, errors=[Invalid], summary="Change the follow-up rule")
async def change_follow_up(body: Change[FollowUpRule], call: Call[SatisfactionWork]) -> RuleVersion[FollowUpRule]:
    """Adds a version; open cases keep their due time."""
    return _view(await _change(call, "follow-up", DEFAULT, body.rule, body.effective_from, body.reason))


async def _holding(call: Call[SatisfactionWork], kind: PolicyKind, at: datetime | None) -> list[Version[Policy]]:
    work = await call.work()
    versions = await call.read(lambda work: work.policies.history(kind))
    return list(in_effect(versions, at or work.now).values())


async def _history(call: Call[SatisfactionWork], kind: PolicyKind, key: str) -> list[Version[Policy]]:
    versions = await call.read(lambda work: work.policies.history(kind, key))
    if not versions:
        raise NotFound
    return versions


async def _change(
    call: Call[SatisfactionWork], kind: PolicyKind, key: str, rule: Policy, begins: datetime | None, reason: str
) -> Version[Policy]:
    return await call.run(change_rule, kind, key, rule, effective_from=begins, reason=reason)


def _view(version: Version[Policy]) -> RuleVersion[R]:
    return RuleVersion.model_construct(
        key=version.key,
        number=version.number,
        effective_from=version.effective_from,
        rule=version.rule,
        reason=version.reason,
        changed_by=version.changed_by,
        changed_at=version.changed_at,
    )
