"""An incident (应急事件, S109-S111): from the report to its closing. It decides, and records what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from rapport_contracts.complaints import incidents as facts
from rapport_kernel.errors import Conflict, Forbidden, Invalid
from rapport_kernel.history import Act, AggregateWithHistory
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.refusals import ChecklistIncomplete
from rapport_complaints.emergencies.domain.emergency_data import EmergencyPlan, EmergencyPolicy, LevelRule
from rapport_complaints.emergencies.domain.emergency_lives import INCIDENT_LIFE, UNDER_WAY


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the checklist, copied from the plan's version; `due_at` is None where the plan gives no limit."""

    code: str
    text: str
    role: str
    due_at: datetime | None = None
    done_at: datetime | None = None
    done_by: str | None = None


@dataclass(kw_only=True)
class Incident(AggregateWithHistory, life=INCIDENT_LIFE):
    """One incident. It shows at `touchpoints` and in `categories` (none named: in all) from `began_at` to `ended_at`.
    `clocks_at` is since when it holds their clocks, or does no longer.
    Every method takes the circumstances (`Act`), and raises NotAllowed when the state has no such move. Times in UTC."""

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
        """Somebody says that something is wrong."""
        self._log_move("report", "", act)
        self.record(
            facts.IncidentReported(
                incident_id=self.id,
                number=self.number,
                incident_type=self.incident_type,
                touchpoints=self.touchpoints,
                categories=self.categories,
                began_at=self.began_at,
                reported_at=self.reported_at,
            )
        )

    def classify(self, act: Act, rule: LevelRule) -> None:
        """Give it a level, or another one while it is not declared (S110)."""
        self._transition("classify", act, level=rule.level)
        self.level = rule.level
        self.record(facts.IncidentClassified(incident_id=self.id, level=rule.level, classified_at=act.at))

    def dismiss(self, act: Act, reason: str) -> None:
        """It is no emergency."""
        self._transition("dismiss", act)
        self.record(facts.IncidentDismissed(incident_id=self.id, reason=reason, dismissed_at=act.at))

    # --- the emergency

    def declare(self, act: Act, policy: Version[EmergencyPolicy], authority: int) -> None:
        """It is an emergency from now on, under this version of the policy. `authority` is the access level of whoever
        says so. Raises Forbidden `authority-too-low`, Invalid `unknown-level` when the policy has lost its level."""
        self._ensure_allowed("declare")
        rule = self._rule(policy.body, self.level or 0)
        _authorised(authority, rule)
        self._transition("declare", act, level=rule.level, policy=policy.code, policy_version=policy.version)
        self.policy, self.policy_version, self.declared_at = policy.code, policy.version, act.at
        self.record(
            facts.IncidentDeclared(
                incident_id=self.id,
                incident_type=self.incident_type,
                level=rule.level,
                touchpoints=self.touchpoints,
                categories=self.categories,
                holds_surveys=rule.hold_surveys,
                began_at=self.began_at,
                next_update_at=self._follow(rule, act.at),
                declared_at=act.at,
            )
        )

    def change_level(self, act: Act, policy: Version[EmergencyPolicy], level: int, reason: str, authority: int) -> None:
        """Graver or lighter. Needs the authority for both levels; the interval for updates starts anew.
        Raises Forbidden `authority-too-low`, Invalid `unknown-level`, Conflict `same-level`."""
        self._ensure_allowed("change-level")
        before, rule = self._rule(policy.body, self.level or 0), self._rule(policy.body, level)
        if rule.level == before.level:
            raise Conflict("same-level", "The incident has this level already.")
        _authorised(authority, before, rule)
        self.settle(act.at)
        self._transition("change-level", act, from_level=before.level, to_level=rule.level)
        self.level = rule.level
        self.record(
            facts.IncidentLevelChanged(
                incident_id=self.id,
                from_level=before.level,
                to_level=rule.level,
                reason=reason,
                touchpoints=self.touchpoints,
                holds_surveys=rule.hold_surveys,
                next_update_at=self._follow(rule, act.at),
                changed_at=act.at,
            )
        )

    def activate_plan(self, act: Act, plan: Version[EmergencyPlan]) -> None:
        """Work by this version of a plan: its checklist is copied, limits count from now. Raises Invalid
        `plan-does-not-fit`."""
        self._ensure_allowed("activate-plan")
        if not plan.body.fits(self.incident_type, self.level or 0):
            raise Invalid("plan-does-not-fit", "The plan is not meant for incidents of this type and level.")
        self.settle(act.at)
        self._transition("activate-plan", act, plan=plan.code, plan_version=plan.version)
        self.plan, self.plan_version = plan.code, plan.version
        self.checklist = [
            Step(each.code, each.text, each.role, _after(act.at, each.within_minutes)) for each in plan.body.steps
        ]
        self.record(
            facts.EmergencyPlanActivated(
                incident_id=self.id,
                plan=plan.code,
                plan_version=plan.version,
                steps=len(self.checklist),
                activated_at=act.at,
            )
        )

    def complete_step(self, act: Act, code: str) -> None:
        """A step was done. Raises Invalid `unknown-step`, Conflict `step-done`."""
        self._ensure_allowed("complete-step")
        step = next((each for each in self.checklist if each.code == code), None)
        if step is None:
            raise Invalid("unknown-step", "The checklist has no such step.")
        if step.done_at is not None:
            raise Conflict("step-done", "This step was completed already.")
        self.settle(act.at)
        self._transition("complete-step", act, step=code)
        done = replace(step, done_at=act.at, done_by=act.by)
        self.checklist = [done if each.code == code else each for each in self.checklist]
        in_time = None if step.due_at is None else act.at <= step.due_at
        self.record(
            facts.IncidentStepCompleted(incident_id=self.id, step=code, role=step.role, in_time=in_time, completed_at=act.at)
        )

    def update(self, act: Act, touchpoints: Sequence[str] | None, categories: Sequence[str] | None) -> None:
        """Those concerned were told how things stand; where it shows may be put right at the same time (None: as before).
        The next update is due one interval later; one that is entered late cannot take back an interval already missed."""
        self._ensure_allowed("update")
        self.settle(act.at)
        self._transition("update", act, update=self.updates + 1)
        self.updates += 1
        self.touchpoints = self.touchpoints if touchpoints is None else sorted(set(touchpoints))
        self.categories = self.categories if categories is None else sorted(set(categories))
        due = act.at + self._interval
        if self.missed_in_a_row and self.next_update_at is not None:
            due = max(due, self.next_update_at)
        self.next_update_at, self.missed_in_a_row = due, 0
        self.record(
            facts.IncidentUpdated(
                incident_id=self.id,
                update=self.updates,
                touchpoints=self.touchpoints,
                categories=self.categories,
                next_update_at=due,
                updated_at=act.at,
            )
        )

    def contain(self, act: Act) -> None:
        """It spreads no further."""
        self._ensure_allowed("contain")
        self.settle(act.at)
        self._transition("contain", act)
        self.contained_at = act.at
        self.record(facts.IncidentContained(incident_id=self.id, contained_at=act.at))

    def restore(self, act: Act) -> None:
        """Service is as it was; no update is due any more, and what comes in from now on does not belong to it."""
        self._ensure_allowed("restore")
        self.settle(act.at)
        self._transition("restore", act)
        self.restored_at = self.ended_at = act.at
        self._hold_clocks(act.at, holds=False)
        self.next_update_at = None
        self.record(
            facts.IncidentRestored(
                incident_id=self.id,
                level=self.level or 0,
                touchpoints=self.touchpoints,
                categories=self.categories,
                began_at=self.began_at,
                ended_at=act.at,
                missed_updates=self.missed_updates,
                restored_at=act.at,
            )
        )

    # --- afterwards

    def review(self, act: Act, cause: str) -> None:
        """What was the cause, and what was learnt (the note)."""
        self._transition("review", act, cause=cause)
        self.cause, self.reviewed_at = cause, act.at
        self.record(facts.IncidentReviewed(incident_id=self.id, cause=cause, reviewed_at=act.at))

    def open_steps(self) -> list[str]:
        """Codes of the steps that are still to be done."""
        return [step.code for step in self.checklist if step.done_at is None]

    def close(self, act: Act) -> None:
        """Close it. Raises ChecklistIncomplete, which names the steps that are missing, once the state would allow it."""
        self._ensure_allowed("close")
        missing = self.open_steps()
        if missing:
            raise ChecklistIncomplete(None, f"To be done: {', '.join(missing)}.")
        self._transition("close", act)
        self.closed_at = act.at
        self.record(facts.IncidentClosed(incident_id=self.id, level=self.level or 0, closed_at=act.at))

    def settle(self, now: datetime) -> None:
        """Say which updates were missed before `now`, each once and at its own due time, however late somebody looks."""
        while self.state in UNDER_WAY and self.next_update_at is not None and self.next_update_at < now:
            self.missed_updates += 1
            self.missed_in_a_row += 1
            self.record(
                facts.IncidentUpdateMissed(
                    incident_id=self.id,
                    level=self.level or 0,
                    due_at=self.next_update_at,
                    in_a_row=self.missed_in_a_row,
                )
            )
            self.next_update_at += self._interval

    @property
    def _interval(self) -> timedelta:
        return timedelta(minutes=self.update_minutes or 0)

    def _follow(self, rule: LevelRule, at: datetime) -> datetime:
        """Go by the rule of a level from `at` on; when the next update is due."""
        self.holds_surveys, self.update_minutes, self.missed_in_a_row = rule.hold_surveys, rule.update_minutes, 0
        self._hold_clocks(at, holds=rule.hold_clocks)
        self.next_update_at = at + self._interval
        return self.next_update_at

    def _hold_clocks(self, at: datetime, *, holds: bool) -> None:
        if holds != self.holds_clocks:
            self.holds_clocks, self.clocks_at = holds, at

    @staticmethod
    def _rule(policy: EmergencyPolicy, level: int) -> LevelRule:
        rule = policy.rule(level)
        if rule is None:
            raise Invalid("unknown-level", "The policy has no such level.")
        return rule


def _authorised(authority: int, *rules: LevelRule) -> None:
    needed = max(rule.authority for rule in rules)
    if authority < needed:
        raise Forbidden("authority-too-low", f"This needs access level {needed}.")


def _after(at: datetime, minutes: int | None) -> datetime | None:
    return None if minutes is None else at + timedelta(minutes=minutes)
