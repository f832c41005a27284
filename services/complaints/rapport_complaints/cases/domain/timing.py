"""What happens to clocks beside the moves of a complaint: waiting, contacts from and to the customer, extensions (S50, S66).

The update clock runs while the customer waits: it begins when they contact us after their first answer, and
is met when we next contact them. So it never fires when we contacted them last, and never before the first answer is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from rapport_contracts.complaints.vocabulary import ClockKind, PauseReason
from rapport_kernel.business_time import BusinessCalendar
from rapport_kernel.errors import Invalid, NotFound
from rapport_kernel.history import Act, Noted

from rapport_complaints.cases.domain.independence import demand_judge
from rapport_complaints.cases.domain.life import ENDED, TOLD, WAITING
from rapport_complaints.cases.domain.record import ComplaintRecord
from rapport_complaints.cases.domain.refusals import NoExtension
from rapport_complaints.clocks.domain.basis import Basis
from rapport_complaints.clocks.domain.clocks import Clock
from rapport_complaints.clocks.domain.policies import LimitUnit


@dataclass(kw_only=True)
class Timing(ComplaintRecord):
    """The part of a complaint that is about its clocks."""

    noted: ClassVar = {
        "hold": Noted(incident_id=UUID),
        "let-go": Noted(incident_id=UUID),
        "extend": Noted(clock_id=UUID, policy=str, extended_by=int, unit=LimitUnit, requested_by=str),
    }

    def clock(self, clock_id: UUID) -> Clock:
        """One of its clocks. Raises NotFound."""
        found = next((each for each in self.clocks if each.id == clock_id), None)
        if found is None:
            raise NotFound
        return found

    # --- waiting

    def _stand_still(self, at: datetime, reason: str) -> None:
        """The complaint waits. While it waits for a third party, the customer still waits to be told."""
        self.waiting_since = at
        kinds = {ClockKind.RESOLUTION}
        if reason == PauseReason.AWAITING_CUSTOMER:
            kinds.add(ClockKind.UPDATE)
        for clock in self.running_clocks:
            if clock.kind in kinds and clock.state == "running":
                self._say(clock.pause(at, reason))

    def _go_on(self, at: datetime, calendars: Mapping[str, BusinessCalendar]) -> None:
        if self.waiting_since is not None:
            self.waited_seconds += int((at - self.waiting_since).total_seconds())
            self.waiting_since = None
        for clock in self.running_clocks:
            if clock.state == "paused" and not (self.held_by and clock.kind == ClockKind.RESOLUTION):
                self._say(clock.resume(at, calendars[clock.calendar]))

    # --- emergencies

    def hold(self, act: Act, incident_id: UUID) -> None:
        """An emergency keeps us from answering: resolution clocks stand still from `act.at`, or from what was said about
        one of them last. Doing it twice is doing it once."""
        if incident_id in self.held_by:
            return
        self.held_by = [*self.held_by, incident_id]
        self._log_system("hold", act, incident_id=str(incident_id))
        for clock in self._running(ClockKind.RESOLUTION):
            if clock.state == "running":
                self._say(clock.pause(max(act.at, clock.last_said), PauseReason.EMERGENCY))

    def release_from_incident(self, act: Act, incident_id: UUID, calendars: Mapping[str, BusinessCalendar]) -> None:
        """The emergency is over, or the complaint does not belong to it: the clocks run again, unless another one holds
        them or the complaint waits for somebody. `calendars` are those of the clocks, by code."""
        if incident_id not in self.held_by:
            return
        self.held_by = [each for each in self.held_by if each != incident_id]
        self._log_system("let-go", act, incident_id=str(incident_id))
        if self.held_by or self.state in WAITING:
            return
        for clock in self._running(ClockKind.RESOLUTION):
            if clock.state == "paused":
                self._say(clock.resume(max(act.at, clock.last_said), calendars[clock.calendar]))

    # --- words

    def begin_waiting(self, at: datetime, basis: Basis | None, answered_at: datetime | None = None) -> None:
        """The customer said something at `at` and waits for an answer. `answered_at` is the last time we contacted them:
        what they said before that is answered. Of several things they say the oldest counts. `basis`: the policies that
        the complaint is pinned to."""
        waits = self.acknowledged_at is not None and self.state not in (*ENDED, *TOLD)
        if basis is None or not waits or (answered_at is not None and answered_at >= at):
            return
        for each in basis.all:
            if each.rule.update is None:
                continue
            running = [clock for clock in self._running(ClockKind.UPDATE) if clock.policy == each.policy.code]
            for clock in running:
                if clock.state == "paused":
                    self._say(clock.resume(at, each.calendar))
            if not running:
                self._add(*Clock.start(self.id, ClockKind.UPDATE, self.episode, each, at))

    def end_waiting(
        self,
        at: datetime,
        heard_at: datetime | None = None,
        calendars: Mapping[str, BusinessCalendar] | None = None,
    ) -> None:
        """The customer was told something at `at`: they wait no longer. If they have said something since (`heard_at`; what
        we said was entered late), they wait for an answer to that; `calendars` are those of the clocks, by code."""
        for clock in self.waited_for(at):
            self._say(clock.meet(at))
            if heard_at is not None and heard_at > at and calendars is not None:
                self._add(*clock.again(heard_at, calendars[clock.calendar]))

    def waited_for(self, at: datetime) -> list[Clock]:
        """The update clocks that something said at `at` meets."""
        return [clock for clock in self._running(ClockKind.UPDATE) if clock.started_at <= at]

    # --- extensions

    def extend(self, act: Act, clock: Clock, basis: Basis | None, *, by: int | None, requested_by: str) -> None:
        """Whoever acts approves that a resolution clock gets more time, once, as much as its policy allows (`basis`), all
        of it by default. Raises NotAllowed, NoExtension, AlreadyExtended, TooLateToExtend, Invalid `beyond-allowance`, and
        ApproverInvolved for who asked for it, handles or handled the complaint, or is its subject."""
        own = basis.of(clock) if basis is not None else None
        allowed = own.rule.extension if own is not None and clock.kind == ClockKind.RESOLUTION else None
        if own is None or allowed is None:
            raise NoExtension
        demand_judge(act.who, subjects=self.subject_staff, took_part=[requested_by, *self.handlers])
        amount = by or allowed.amount
        if amount > allowed.amount:
            raise Invalid.at("by", "beyond-allowance", most=allowed.amount)
        events = clock.extend(act, amount, requested_by, own.calendar)
        self._log_move(
            "extend",
            self.state,
            act,
            clock_id=str(clock.id),
            policy=clock.policy,
            extended_by=amount,
            unit=clock.target.unit.value,
            requested_by=requested_by,
        )
        self._say(events)
