"""A repair (报修): from the request to the customer's acceptance of the work. It decides, and records what happened."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from rapport_contracts.complaints import repairs as facts
from rapport_kernel.business_time import BusinessCalendar
from rapport_kernel.errors import Conflict, Invalid
from rapport_kernel.history import Act, AggregateWithHistory
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.independence import demand_judge
from rapport_complaints.repairs.domain.repair_data import RepairPolicy, Vendor
from rapport_complaints.repairs.domain.repair_life import REPAIR_LIFE
from rapport_complaints.repairs.domain.repair_limits import COMPLETE, RESPOND, Limit


class VendorMissing(Conflict):
    """No vendor has this repair in hand; assign one first."""

    code = "vendor-missing"


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody was there: who (an opaque code), and with what outcome (a code)."""

    at: datetime
    worker: str
    outcome: str


@dataclass(kw_only=True)
class WorkOrder(AggregateWithHistory, life=REPAIR_LIFE):
    """One repair. `keyed_by` is the subject whose key seals its notes: the customer, or the repair itself. Every method
    takes the circumstances (`Act`), and raises NotAllowed when the state has no such move. Times in UTC."""

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
        """The earliest due time of the limits that run."""
        return min((limit.due_at for limit in self.limits if limit.ended_at is None), default=None)

    @property
    def next_look(self) -> datetime | None:
        """When something will have to be said about its limits."""
        return min((look for limit in self.limits if (look := limit.next_look) is not None), default=None)

    def request(self, act: Act, policy: Version[RepairPolicy], calendar: BusinessCalendar) -> None:
        """A customer wants something repaired: both limits run from the request, under this version of the policy."""
        rule = policy.body.rule_for(self.category)
        self.policy, self.policy_version, self.calendar = policy.code, policy.version, policy.body.calendar
        self.limits = [
            Limit.start(RESPOND, rule.respond, calendar, self.requested_at),
            Limit.start(COMPLETE, rule.complete, calendar, self.requested_at),
        ]
        self._log_move("request", "", act)
        self.record(
            facts.RepairRequested(
                **self._who,
                number=self.number,
                touchpoint=self.touchpoint,
                policy=self.policy,
                policy_version=self.policy_version,
                respond_due_at=self.limits[0].due_at,
                complete_due_at=self.limits[1].due_at,
                requested_at=self.requested_at,
            )
        )

    def accept(self, act: Act) -> None:
        """The company takes it on; ends the limit for responding."""
        self._step("accept", act)
        self.accepted_at = act.at
        in_time = self._meet(RESPOND, act.at)
        self.record(facts.RepairAccepted(**self._who, in_time=in_time, accepted_at=act.at))

    def assign_vendor(self, act: Act, code: str, vendor: Vendor) -> None:
        """Somebody else has it in hand now. Raises Invalid `vendor-does-not-fit`."""
        self._ensure_allowed("assign-vendor")
        if not vendor.repairs(self.category):
            raise Invalid("vendor-does-not-fit", "The vendor is out of use, or does not do repairs of this category.")
        self._step("assign-vendor", act, vendor=code)
        self.vendor = code
        self.record(facts.RepairVendorAssigned(**self._who, vendor=code, assigned_at=act.at))

    def schedule(self, act: Act, appointment_at: datetime) -> None:
        """An appointment with the customer. Raises VendorMissing, Invalid `appointment-in-the-past`."""
        self._ensure_allowed("schedule")
        if self.vendor is None:
            raise VendorMissing
        if appointment_at <= act.at:
            raise Invalid("appointment-in-the-past", "An appointment is about the future.")
        self._step("schedule", act, vendor=self.vendor, appointment_at=appointment_at.isoformat())
        self.appointment_at = appointment_at
        self.record(facts.RepairScheduled(**self._by, appointment_at=appointment_at, scheduled_at=act.at))

    def start(self, act: Act) -> None:
        """Work begins."""
        self._step("start", act)
        self.started_at = self.started_at or act.at
        self.record(facts.RepairStarted(**self._by, started_at=act.at))

    def record_visit(self, act: Act, worker: str, outcome: str) -> None:
        """Somebody was there."""
        self._step("record-visit", act, worker=worker, outcome=outcome, visit=len(self.visits) + 1)
        self.visits = [*self.visits, Visit(act.at, worker, outcome)]
        self.record(facts.RepairVisitRecorded(**self._by, visit=len(self.visits), outcome=outcome, visited_at=act.at))

    def complete(self, act: Act) -> None:
        """The work is done; the customer is to judge it. Ends the limit for completing."""
        self._step("complete", act)
        self.completed_at = act.at
        self.in_time = self._meet(COMPLETE, act.at)
        self.record(
            facts.RepairCompleted(
                **self._by,
                reworks=self.reworks,
                visits=len(self.visits),
                in_time=self.in_time,
                completed_at=act.at,
            )
        )

    def accept_result(self, act: Act, subjects: Collection[str]) -> None:
        """The customer is content. `subjects` are those whom the complaint is about that it belongs to. Raises
        ApproverInvolved for them, and for who was there to do the work."""
        self._ensure_allowed("accept-result")
        demand_judge(act.who, subjects=subjects, took_part=[visit.worker for visit in self.visits])
        self._step("accept-result", act)
        self.ended_at = act.at
        self.record(facts.RepairResultAccepted(**self._by, accepted_at=act.at))

    def refuse_result(self, act: Act, calendar: BusinessCalendar) -> None:
        """The customer is not content: it is done again, and the limit for completing runs on."""
        self._step("refuse-result", act)
        self.reworks += 1
        self.completed_at = self.in_time = self.appointment_at = None
        self.limits = [limit.runs_on(act.at, calendar) if limit.kind == COMPLETE else limit for limit in self.limits]
        due = next(limit.due_at for limit in self.limits if limit.kind == COMPLETE)
        self.record(facts.RepairResultRefused(**self._by, reworks=self.reworks, complete_due_at=due, refused_at=act.at))

    def cancel(self, act: Act, reason: str) -> None:
        """It will not be done; its limits end."""
        self._step("cancel", act)
        self.ended_at = act.at
        self.limits = [limit.ended(act.at) for limit in self.limits]
        self.record(facts.RepairCancelled(**self._who, reason=reason, cancelled_at=act.at))

    def link(self, act: Act, complaint_id: UUID) -> None:
        """It belongs to a complaint. Raises Conflict `has-complaint` when it belongs to one already."""
        if self.complaint_id is not None:
            raise Conflict("has-complaint", "This repair belongs to a complaint already.")
        self.complaint_id = complaint_id
        self._log_move("link", self.state, act, complaint_id=str(complaint_id))
        self.record(facts.RepairLinked(**self._who, linked_at=act.at))

    def settle(self, now: datetime) -> None:
        """Say which limits ran out before `now`, each once and at its own due time, however late somebody looks."""
        for place, limit in enumerate(self.limits):
            if limit.breaks(now):
                self.limits[place] = limit.breached()
                self.record(
                    facts.RepairLimitBreached(**self._who, limit=limit.kind, vendor=self.vendor, breached_at=limit.due_at)
                )

    def follow_calendar(self, calendar: BusinessCalendar, at: datetime) -> None:
        """The calendar was edited: limits that run are reckoned anew."""
        for place, limit in enumerate(self.limits):
            anew = limit.anew(calendar)
            if anew != limit:
                self.limits[place] = anew
                self.record(
                    facts.RepairLimitRescheduled(
                        **self._who,
                        limit=limit.kind,
                        previous_due_at=limit.due_at,
                        due_at=anew.due_at,
                        rescheduled_at=at,
                    )
                )
        self.settle(at)

    def _step(self, move: str, act: Act, **detail: Any) -> None:
        self._ensure_allowed(move)
        self.settle(act.at)
        self._transition(move, act, **detail)

    def _meet(self, kind: str, at: datetime) -> bool:
        self.limits = [limit.met(at) if limit.kind == kind else limit for limit in self.limits]
        return all(limit.in_time is True for limit in self.limits if limit.kind == kind)

    @property
    def _who(self) -> dict[str, Any]:
        return {
            "repair_id": self.id,
            "customer_id": self.customer_id,
            "complaint_id": self.complaint_id,
            "category": self.category,
        }

    @property
    def _by(self) -> dict[str, Any]:
        return {**self._who, "vendor": self.vendor}
