"""A repair (报修): from the request to the acceptance of the work (S62, S133); its limits in business time, the policy that
sets them, and the register of vendors (S106)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import Field, model_validator
from rapport_contracts.codes import NewCode
from rapport_contracts.complaints import repairs as facts
from rapport_contracts.fields import WrongValue
from rapport_kernel.business_time import BusinessCalendar, Countdown, Pause
from rapport_kernel.errors import Conflict, Invalid
from rapport_kernel.history import Act, AggregateWithHistory, Noted
from rapport_kernel.states import Move, StateTable
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.independence import demand_judge, may_judge
from rapport_complaints.clocks.domain.policies import Data, Target

RESPOND, COMPLETE = "respond", "complete"
"""Until it is accepted; until the work is done."""


class RepairRule(Data):
    """Limits for repairs of these categories; an empty list means all."""

    categories: list[NewCode] = Field(default_factory=list, max_length=200)
    respond: Target = Field(description="Until it is accepted.")
    complete: Target = Field(description="Until the work is done.")

    def matches(self, category: str) -> bool:
        """Whether the rule is for repairs of this category."""
        return not self.categories or category in self.categories


class RepairPolicy(Data):
    """How long repairs may take, in the time of a calendar. The first matching rule applies; the last one matches all, so
    that no repair is without limits. A figure about a vendor or category needs `minimum` repairs."""

    name: str = Field(min_length=1, max_length=200)
    calendar: NewCode
    rules: list[RepairRule] = Field(min_length=1, max_length=100)
    minimum: int = Field(default=10, ge=1, le=1_000_000)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.rules[-1].categories:
            raise WrongValue("last-rule")
        return self

    def rule_for(self, category: str) -> RepairRule:
        """The rule that applies to repairs of this category."""
        return next(rule for rule in self.rules if rule.matches(category))


class Vendor(Data):
    """A repair vendor (维修单位), known by an opaque code; for these categories, or for all when none is named."""

    categories: list[NewCode] = Field(default_factory=list, max_length=200)
    in_use: bool = True

    def repairs(self, category: str) -> bool:
        """Whether it can be assigned repairs of this category."""
        return self.in_use and (not self.categories or category in self.categories)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that runs from `started_at`. An edited calendar moves `due_at` while it runs; while the customer
    judges the work it stands still. Times in UTC."""

    kind: str
    target: Target
    started_at: datetime
    due_at: datetime
    breached_at: datetime | None = None
    ended_at: datetime | None = None
    in_time: bool | None = None
    pauses: tuple[Pause, ...] = ()

    @classmethod
    def start(cls, kind: str, target: Target, calendar: BusinessCalendar, at: datetime) -> Limit:
        """A limit that runs from `at`."""
        return cls(kind, target, at, _due(target, calendar, at, ()))

    @property
    def next_check_at(self) -> datetime | None:
        """The due time, unless it has ended or is breached."""
        return self.due_at if self.ended_at is None and self.breached_at is None else None

    def breaks(self, now: datetime) -> bool:
        """Whether it ran out before `now` and is not breached yet."""
        return self.next_check_at is not None and self.due_at < now

    def breached(self) -> Limit:
        """Breached, at its due time."""
        return replace(self, breached_at=self.due_at)

    def met(self, at: datetime) -> Limit:
        """Met at `at`; in time when that was not after its due time, whenever it was entered."""
        in_time = at <= self.due_at
        return replace(self, ended_at=at, in_time=in_time, breached_at=None if in_time else self.due_at)

    def rescheduled(self, calendar: BusinessCalendar) -> Limit:
        """Due by the calendar as it is now; a breach at the old due time no longer counts. A limit that has ended stays."""
        if self.ended_at is not None:
            return self
        due = _due(self.target, calendar, self.started_at, self.pauses)
        return self if due == self.due_at else replace(self, due_at=due, breached_at=None)

    def ended(self, at: datetime) -> Limit:
        """Ended without a verdict."""
        return self if self.ended_at is not None else replace(self, ended_at=at)

    def runs_on(self, at: datetime, calendar: BusinessCalendar) -> Limit:
        """The work was refused at `at`: the limit runs on, without the time since it was met."""
        pauses = (*self.pauses, Pause(self.ended_at or at, at, "judged-by-customer"))
        due = _due(self.target, calendar, self.started_at, pauses)
        return replace(self, ended_at=None, in_time=None, pauses=pauses, due_at=due)


def _due(target: Target, calendar: BusinessCalendar, start: datetime, pauses: tuple[Pause, ...]) -> datetime:
    counted_in, duration = target.on(calendar)
    return Countdown(counted_in, start, duration, pauses).due() or start


IN_HAND = ("accepted", "scheduled", "in_progress", "rework")
REPAIR_LIFE = StateTable(
    "repair",
    "requested",
    [
        Move("accept", "requested", "accepted"),
        *[Move("assign-vendor", state, state) for state in ("accepted", "scheduled", "rework")],
        Move("schedule", "accepted", "scheduled"),  # guarded: a vendor is assigned
        Move("schedule", "scheduled", "scheduled"),
        Move("schedule", "rework", "scheduled"),
        Move("start", "scheduled", "in_progress"),
        Move("record-visit", "in_progress", "in_progress"),
        Move("complete", "in_progress", "done"),
        Move("accept-result", "done", "accepted_by_customer"),
        Move("refuse-result", "done", "rework"),
        *[Move("cancel", state, "cancelled") for state in ("requested", *IN_HAND)],
    ],
)


class VendorMissing(Conflict):
    """No vendor is assigned to this repair; assign one first."""

    code = "vendor-missing"


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit: the worker (an opaque code) and the outcome (a code)."""

    at: datetime
    worker: str
    outcome: str


def has_vendor(repair: Repair) -> bool:
    """A vendor is assigned."""
    return repair.vendor is not None


def did_no_work(repair: Repair, act: Act) -> bool:
    """They did none of the work. Whether its complaint is about them is seen when the result is accepted."""
    visits: list[Any] = list(repair.visits)
    workers = [visit["worker"] if isinstance(visit, Mapping) else visit.worker for visit in visits]
    return may_judge(act.who, subjects=(), took_part=workers)


def has_no_complaint(repair: Repair) -> bool:
    """It belongs to no complaint."""
    return repair.complaint_id is None


@dataclass(kw_only=True)
class Repair(AggregateWithHistory, life=REPAIR_LIFE):
    """One repair. `keyed_by` is the data subject whose key seals its notes: the customer, or the repair itself. Times in
    UTC."""

    noted: ClassVar = {
        "request": Noted(),
        "assign-vendor": Noted(vendor=str),
        "schedule": Noted(vendor=str, appointment_at=datetime),
        "record-visit": Noted(worker=str, outcome=str, visit=int),
        "link": Noted(complaint_id=UUID),
    }

    number: str
    category: str
    requested_at: datetime
    keyed_by: UUID
    customer_id: UUID | None = None
    complaint_id: UUID | None = None
    touchpoint: str | None = None
    policy: str = ""
    policy_version: int = 0
    calendar: str = ""
    vendor: str | None = None
    appointment_at: datetime | None = None
    reworks: int = 0
    visits: list[Visit] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    accepted_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    in_time: bool | None = None
    ended_at: datetime | None = None

    @property
    def due_at(self) -> datetime | None:
        """The earliest due time of its running limits."""
        return min((limit.due_at for limit in self.limits if limit.ended_at is None), default=None)

    @property
    def next_check_at(self) -> datetime | None:
        """The due time of the next running limit that is not breached yet."""
        return min((at for limit in self.limits if (at := limit.next_check_at) is not None), default=None)

    def settle(self, now: datetime) -> None:
        """Limits are breached once their due time has passed."""
        for place, limit in enumerate(self.limits):
            if limit.breaks(now):
                self.limits[place] = limit.breached()
                self._emit(facts.RepairLimitBreached, limit=limit.kind, breached_at=limit.due_at)

    def request(self, act: Act, policy: Version[RepairPolicy], calendar: BusinessCalendar) -> None:
        """A customer requests a repair: both limits run from the request, under this version of the policy."""
        rule = policy.body.rule_for(self.category)
        self.policy, self.policy_version, self.calendar = policy.code, policy.version, policy.body.calendar
        respond = Limit.start(RESPOND, rule.respond, calendar, self.requested_at)
        complete = Limit.start(COMPLETE, rule.complete, calendar, self.requested_at)
        self.limits = [respond, complete]
        self._log_move("request", "", act)
        self._emit(facts.RepairRequested, respond_due_at=respond.due_at, complete_due_at=complete.due_at)

    def accept(self, act: Act) -> None:
        """The company accepts it; ends the limit for responding."""
        self._transition("accept", act)
        self.accepted_at = act.at
        self._emit(facts.RepairAccepted, in_time=self._meet(RESPOND, act.at))

    def assign_vendor(self, act: Act, code: str, vendor: Vendor) -> None:
        """A vendor, or another one, gets it. Raises Invalid `vendor-does-not-fit`."""
        self._ensure_allowed("assign-vendor")
        if not vendor.repairs(self.category):
            raise Invalid.at("vendor", "vendor-does-not-fit")
        self._transition("assign-vendor", act, vendor=code)
        self.vendor = code
        self._emit(facts.RepairVendorAssigned, assigned_at=act.at)

    def schedule(self, act: Act, appointment_at: datetime) -> None:
        """An appointment with the customer. Raises VendorMissing, Invalid `appointment-in-the-past`."""
        self._ensure_allowed("schedule")
        if not has_vendor(self):
            raise VendorMissing
        if appointment_at <= act.at:
            raise Invalid.at("appointment_at", "appointment-in-the-past")
        self._transition("schedule", act, vendor=self.vendor, appointment_at=appointment_at.isoformat())
        self.appointment_at = appointment_at
        self._emit(facts.RepairScheduled, scheduled_at=act.at)

    def start(self, act: Act) -> None:
        """Work begins."""
        self._transition("start", act)
        self.started_at = self.started_at or act.at
        self._emit(facts.RepairStarted, started_at=act.at)

    def record_visit(self, act: Act, worker: str, outcome: str) -> None:
        """A worker was there."""
        self._transition("record-visit", act, worker=worker, outcome=outcome, visit=len(self.visits) + 1)
        self.visits = [*self.visits, Visit(act.at, worker, outcome)]
        self._emit(facts.RepairVisitRecorded, visit=len(self.visits), outcome=outcome, visited_at=act.at)

    def complete(self, act: Act) -> None:
        """The work is done, for the customer to judge. Ends the limit for completing."""
        self._transition("complete", act)
        self.completed_at = act.at
        self.in_time = self._meet(COMPLETE, act.at)
        self._emit(facts.RepairCompleted, visits=len(self.visits))

    def accept_result(self, act: Act, subjects: Collection[str]) -> None:
        """The customer is content. `subjects` are the subjects of its complaint. Raises ApproverInvolved for them, and for
        everybody who did the work."""
        self._ensure_allowed("accept-result")
        demand_judge(act.who, subjects=subjects, took_part=[visit.worker for visit in self.visits])
        self._transition("accept-result", act)
        self.ended_at = act.at
        self._emit(facts.RepairResultAccepted, accepted_at=act.at)

    def refuse_result(self, act: Act, calendar: BusinessCalendar) -> None:
        """The customer is not content: it is done again, and the limit for completing runs on."""
        self._transition("refuse-result", act)
        self.reworks += 1
        self.completed_at = self.in_time = self.appointment_at = None
        self.limits = [limit.runs_on(act.at, calendar) if limit.kind == COMPLETE else limit for limit in self.limits]
        due = next(limit.due_at for limit in self.limits if limit.kind == COMPLETE)
        self._emit(facts.RepairResultRefused, complete_due_at=due, refused_at=act.at)

    def cancel(self, act: Act, reason: str) -> None:
        """It will not be done; its limits end."""
        self._transition("cancel", act)
        self.ended_at = act.at
        self.limits = [limit.ended(act.at) for limit in self.limits]
        self._emit(facts.RepairCancelled, reason=reason, cancelled_at=act.at)

    def link(self, act: Act, complaint_id: UUID) -> None:
        """It belongs to a complaint. Raises Conflict `has-complaint` when it already belongs to one."""
        if not has_no_complaint(self):
            raise Conflict("has-complaint")
        self.complaint_id = complaint_id
        self._log_move("link", self.state, act, complaint_id=str(complaint_id))
        self._emit(facts.RepairLinked, linked_at=act.at)

    def follow_calendar(self, calendar: BusinessCalendar, at: datetime) -> None:
        """The calendar was edited: due times of running limits are worked out again."""
        for place, limit in enumerate(self.limits):
            moved = limit.rescheduled(calendar)
            if moved != limit:
                self.limits[place] = moved
                dues = {"previous_due_at": limit.due_at, "due_at": moved.due_at}
                self._emit(facts.RepairLimitRescheduled, limit=limit.kind, **dues, rescheduled_at=at)
        self.settle(at)

    def _meet(self, kind: str, at: datetime) -> bool:
        self.limits = [limit.met(at) if limit.kind == kind else limit for limit in self.limits]
        return all(limit.in_time is True for limit in self.limits if limit.kind == kind)
