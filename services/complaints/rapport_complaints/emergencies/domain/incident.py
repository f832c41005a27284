"""An incident (应急事件, S109-S111) from its report to its closing: its life, what it decides and what it records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar

from rapport_contracts.complaints import incidents as facts
from rapport_kernel.errors import Conflict, Forbidden, Invalid
from rapport_kernel.history import Act, AggregateWithHistory, Noted, any_open
from rapport_kernel.states import Move, StateTable
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.refusals import ChecklistIncomplete
from rapport_complaints.emergencies.domain.data import EmergencyPlan, EmergencyPolicy, LevelRule

UNDER_WAY = ("declared", "plan_activated", "contained")
"""Declared and not restored: updates are due, complaints are linked, surveys may be held."""
WITH_PLAN = ("plan_activated", "contained", "service_restored", "reviewed")

INCIDENT_LIFE = StateTable(
    "incident",
    "reported",
    [
        Move("classify", "reported", "classified"),
        Move("classify", "classified", "classified"),
        Move("dismiss", "reported", "dismissed"),
        Move("dismiss", "classified", "dismissed"),
        Move("declare", "classified", "declared"),
        *[Move("change-level", state, state) for state in UNDER_WAY],
        *[Move("update", state, state) for state in UNDER_WAY],
        Move("activate-plan", "declared", "plan_activated"),
        *[Move("complete-step", state, state) for state in WITH_PLAN],
        Move("contain", "plan_activated", "contained"),
        Move("restore", "contained", "service_restored"),
        Move("review", "service_restored", "reviewed"),
        Move("close", "reviewed", "closed"),  # guarded: the checklist is complete
    ],
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the checklist, copied from the version of the plan; `due_at` is None where the plan sets no limit."""

    code: str
    text: str
    role: str
    due_at: datetime | None = None
    done_at: datetime | None = None
    done_by: str | None = None


def has_open_step(incident: Incident) -> bool:
    """A step of the checklist is to be done."""
    return any_open(incident.checklist, "done_at")


def has_no_open_step(incident: Incident) -> bool:
    """The whole checklist is done."""
    return not has_open_step(incident)


def takes_complaints(incident: Incident) -> bool:
    """It was not dismissed."""
    return incident.state != "dismissed"


@dataclass(kw_only=True)
class Incident(AggregateWithHistory, life=INCIDENT_LIFE):
    """One incident. It affects `touchpoints` and `categories` of complaints (empty: all of them) from `began_at` to
    `ended_at`. `clocks_at` is when `holds_clocks` last changed, None if it never held any. Times in UTC."""

    noted: ClassVar = {
        "report": Noted(),
        "classify": Noted(level=int),
        "declare": Noted(level=int, policy=str, policy_version=int),
        "change-level": Noted(from_level=int, to_level=int),
        "activate-plan": Noted(plan=str, plan_version=int),
        "complete-step": Noted(step=str),
        "update": Noted(update=int),
        "review": Noted(cause=str),
    }

    number: str
    incident_type: str
    type_version: int
    reported_at: datetime
    began_at: datetime
    ended_at: datetime | None = None
    touchpoints: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    level: int | None = None
    policy: str | None = None
    policy_version: int | None = None
    holds_surveys: bool = False
    holds_clocks: bool = False
    clocks_at: datetime | None = None
    update_minutes: int | None = None
    next_update_at: datetime | None = None
    updates: int = 0
    missed_updates: int = 0
    missed_in_a_row: int = 0
    plan: str | None = None
    plan_version: int | None = None
    checklist: list[Step] = field(default_factory=list)
    cause: str | None = None
    declared_at: datetime | None = None
    contained_at: datetime | None = None
    restored_at: datetime | None = None
    reviewed_at: datetime | None = None
    closed_at: datetime | None = None

    # --- before it is an emergency

    def report(self, act: Act) -> None:
        """Somebody reports that something is wrong."""
        self._log_move("report", "", act)
        self._emit(facts.IncidentReported)

    def classify(self, act: Act, rule: LevelRule) -> None:
        """Give it a level, or another one while it is not declared (S110)."""
        self._transition("classify", act, level=rule.level)
        self.level = rule.level
        self._emit(facts.IncidentClassified, classified_at=act.at)

    def dismiss(self, act: Act, reason: str) -> None:
        """It is not an emergency."""
        self._transition("dismiss", act)
        self._emit(facts.IncidentDismissed, reason=reason, dismissed_at=act.at)

    # --- the emergency

    def declare(self, act: Act, policy: Version[EmergencyPolicy], authority: int) -> None:
        """It is an emergency from now on, under this version of the policy. `authority` is the access level of the caller.
        Raises Forbidden `authority-too-low`, Invalid `unknown-level` when the policy no longer has its level."""
        self._ensure_allowed("declare")
        rule = _rule(policy.body, self.level)
        _ensure_authority(authority, rule)
        self._transition("declare", act, level=rule.level, policy=policy.code, policy_version=policy.version)
        self.policy, self.policy_version, self.declared_at = policy.code, policy.version, act.at
        self._apply(rule, act.at)
        self._emit(facts.IncidentDeclared)

    def change_level(self, act: Act, policy: Version[EmergencyPolicy], level: int, reason: str, authority: int) -> None:
        """Make it more or less severe. Takes the authority for both levels; the update interval starts again.
        Raises Forbidden `authority-too-low`, Invalid `unknown-level`, Conflict `same-level`."""
        self._ensure_allowed("change-level")
        before, rule = _rule(policy.body, self.level), _rule(policy.body, level)
        if rule.level == before.level:
            raise Conflict("same-level")
        _ensure_authority(authority, before, rule)
        levels = {"from_level": before.level, "to_level": rule.level}
        self._transition("change-level", act, **levels)
        self.level = rule.level
        self._apply(rule, act.at)
        self._emit(facts.IncidentLevelChanged, **levels, reason=reason, changed_at=act.at)

    def activate_plan(self, act: Act, plan: Version[EmergencyPlan]) -> None:
        """Work by this version of a plan: its checklist is copied, its limits count from now. Raises Invalid
        `plan-does-not-fit`."""
        self._ensure_allowed("activate-plan")
        if not plan.body.fits(self.incident_type, self.level or 0):
            raise Invalid.at("plan", "plan-does-not-fit")
        self._transition("activate-plan", act, plan=plan.code, plan_version=plan.version)
        self.plan, self.plan_version = plan.code, plan.version
        self.checklist = [
            Step(each.code, each.text, each.role, _after(act.at, each.within_minutes)) for each in plan.body.steps
        ]
        self._emit(facts.EmergencyPlanActivated, steps=len(self.checklist), activated_at=act.at)

    def complete_step(self, act: Act, step: str) -> None:
        """A step was done. Raises Invalid `unknown-step`, Conflict `step-done`."""
        self._ensure_allowed("complete-step")
        found = next((each for each in self.checklist if each.code == step), None)
        if found is None:
            raise Invalid.at("step", "unknown-step")
        if found.done_at is not None:
            raise Conflict("step-done")
        self._transition("complete-step", act, step=step)
        done = replace(found, done_at=act.at, done_by=act.by)
        self.checklist = [done if each is found else each for each in self.checklist]
        in_time = None if found.due_at is None else act.at <= found.due_at
        self._emit(facts.IncidentStepCompleted, step=step, role=found.role, in_time=in_time, completed_at=act.at)

    def update(self, act: Act, touchpoints: Sequence[str] | None, categories: Sequence[str] | None) -> None:
        """Those affected were told the state of things; what it affects can be corrected at the same time (None: unchanged).
        The next update is due one interval later. An update entered late does not bring back an interval already missed."""
        self._transition("update", act, update=self.updates + 1)
        self.updates += 1
        self.touchpoints = self.touchpoints if touchpoints is None else sorted(set(touchpoints))
        self.categories = self.categories if categories is None else sorted(set(categories))
        due = act.at + self._interval
        if self.missed_in_a_row and self.next_update_at is not None:
            due = max(due, self.next_update_at)
        self.next_update_at, self.missed_in_a_row = due, 0
        self._emit(facts.IncidentUpdated, update=self.updates, updated_at=act.at)

    def contain(self, act: Act) -> None:
        """It no longer spreads."""
        self._transition("contain", act)
        self.contained_at = act.at
        self._emit(facts.IncidentContained)

    def restore(self, act: Act) -> None:
        """Service is back to normal: no further update is due, and complaints received from now on do not belong to it."""
        self._transition("restore", act)
        self.restored_at = self.ended_at = act.at
        self._hold_clocks(act.at, holds=False)
        self.next_update_at = None
        self._emit(facts.IncidentRestored)

    # --- afterwards

    def review(self, act: Act, cause: str) -> None:
        """The cause as a code; what was learned is the note."""
        self._transition("review", act, cause=cause)
        self.cause, self.reviewed_at = cause, act.at
        self._emit(facts.IncidentReviewed)

    @property
    def open_steps(self) -> list[str]:
        """Codes of the steps that are not done yet."""
        return [step.code for step in self.checklist if step.done_at is None]

    def close(self, act: Act) -> None:
        """Close it. Raises ChecklistIncomplete, which names the missing steps, once the state would allow it."""
        self._ensure_allowed("close")
        if missing := self.open_steps:
            raise ChecklistIncomplete(missing=missing)
        self._transition("close", act)
        self.closed_at = act.at
        self._emit(facts.IncidentClosed)

    # --- updates that nobody gave

    @property
    def next_check_at(self) -> datetime | None:
        """When the next update is due."""
        return self.next_update_at

    def settle(self, now: datetime) -> None:
        """Record the updates that were missed before `now`, each once and at its own due time."""
        while self.state in UNDER_WAY and self.next_update_at is not None and self.next_update_at < now:
            self.missed_updates += 1
            self.missed_in_a_row += 1
            self._emit(facts.IncidentUpdateMissed, due_at=self.next_update_at, in_a_row=self.missed_in_a_row)
            self.next_update_at += self._interval

    @property
    def _interval(self) -> timedelta:
        return timedelta(minutes=self.update_minutes or 0)

    def _apply(self, rule: LevelRule, at: datetime) -> None:
        """Follow the rule of a level from `at` on."""
        self.holds_surveys, self.update_minutes, self.missed_in_a_row = rule.hold_surveys, rule.update_minutes, 0
        self._hold_clocks(at, holds=rule.hold_clocks)
        self.next_update_at = at + self._interval

    def _hold_clocks(self, at: datetime, *, holds: bool) -> None:
        if holds != self.holds_clocks:
            self.holds_clocks, self.clocks_at = holds, at


def _rule(policy: EmergencyPolicy, level: int | None) -> LevelRule:
    rule = policy.rule(level or 0)
    if rule is None:
        raise Invalid.at("level", "unknown-level")
    return rule


def _ensure_authority(authority: int, *rules: LevelRule) -> None:
    needed = max(rule.authority for rule in rules)
    if authority < needed:
        raise Forbidden("authority-too-low", level=needed)


def _after(at: datetime, minutes: int | None) -> datetime | None:
    return None if minutes is None else at + timedelta(minutes=minutes)
