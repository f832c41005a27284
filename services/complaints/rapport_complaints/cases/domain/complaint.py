"""The complaint: one method for each thing that can happen to it (S48-S54). It decides, and records what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from rapport_contracts.complaints import cases as facts
from rapport_contracts.complaints.finding import InvestigationStarted
from rapport_contracts.complaints.vocabulary import ClockKind, ClosureOutcome, PauseReason, Severity
from rapport_contracts.vocabulary import Channel
from rapport_kernel.business_time import BusinessCalendar
from rapport_kernel.errors import Conflict, Invalid
from rapport_kernel.history import Act, Noted, Sealed

from rapport_complaints.cases.domain.decision import Approving
from rapport_complaints.cases.domain.endings import Ending
from rapport_complaints.cases.domain.handling import FindingOut, Handling
from rapport_complaints.cases.domain.independence import may_handle
from rapport_complaints.cases.domain.life import LIFE, PAUSES, TOLD
from rapport_complaints.cases.domain.major_track import MajorTrack
from rapport_complaints.cases.domain.record import ComplaintRecord
from rapport_complaints.cases.domain.refusals import ConflictOfInterest
from rapport_complaints.cases.domain.timing import Timing
from rapport_complaints.clocks.domain.basis import Basis


@dataclass(kw_only=True)
class Complaint(FindingOut, Approving, Ending, Handling, MajorTrack, Timing, life=LIFE):
    """One complaint. Every method takes the circumstances (`Act`), and raises NotAllowed when the state has no such move."""

    noted: ClassVar = {
        "receive": Noted(),
        "import": Noted(),
        "link": Noted(),
        "acknowledge": Noted(method=Channel),
        "assess": Noted(severity=Severity, category=str, complex=bool),
        "assign": Noted(assignee=str),
        "promise": Noted(due_at=datetime, method=Channel),
        "pause-for-customer": Noted(reason=PauseReason),
        "pause-for-third-party": Noted(reason=PauseReason),
    }

    # --- the beginning

    def receive(self, act: Act, basis: Basis | None, earlier: ComplaintRecord | None = None) -> None:
        """Take the complaint in and start its clocks at the time of receipt; without a policy, flag it. `earlier` is the
        complaint that it repeats."""
        self._log_move("receive", "", act)
        self._emit(facts.ComplaintReceived)
        if earlier is not None:
            self.recur(earlier)
        self._start_clocks(basis, self.received_at)

    def import_as_it_stands(self, act: Act) -> None:
        """A complaint of another system, in the state that it had there: no clock runs and nobody is asked about it."""
        self.outcome = ClosureOutcome.IMPORTED if self.state == "closed" else None
        if self.state == "not_upheld":
            self.not_upheld_at = act.at
        if self.state in {"appealed", "appeal_dismissed"}:
            self.appealed_at, self.appeals = act.at, 1
        if self.state in TOLD:
            self.feedback_at = act.at
        self._log_move("import", "", act)
        self._emit(facts.ComplaintImported)

    # --- taking it in hand

    def acknowledge(self, act: Act, method: str) -> None:
        """The customer was told that the complaint has arrived."""
        self._transition("acknowledge", act, method=method)
        self.acknowledged_at = act.at
        self._emit(facts.ComplaintAcknowledged, acknowledged_at=act.at)
        self._meet(ClockKind.ACKNOWLEDGEMENT, act.at)

    def assess(
        self,
        act: Act,
        *,
        severity: str,
        category: str,
        complex_: bool,
        subject_staff: Sequence[str],
        basis: Basis | None,
        subject_unit: str | None = None,
    ) -> None:
        """Judge severity and category. `basis` is what the pinned policies say about it now: running clocks follow them,
        and what matches only now begins. Raises ConflictOfInterest when the handler turns out to be a subject."""
        if self.assignee is not None and not may_handle(self.assignee, subjects=subject_staff):
            raise ConflictOfInterest
        self._transition("assess", act, severity=severity, category=category, complex=complex_)
        self.severity, self.category, self.complex = severity, category, complex_
        self.subject_staff = sorted({*self.subject_staff, *subject_staff})
        self.subject_unit = subject_unit or self.subject_unit
        self._emit(facts.ComplaintAssessed, severity=severity, category=category, assessed_at=act.at)
        self._follow_assessment(basis, act.at)

    def assign(self, act: Act, assignee: str) -> None:
        """Somebody answers for it now. Raises ConflictOfInterest for a person whom it is about, and for one who handled
        it before an appeal was upheld."""
        if self.may_not_handle(assignee):
            raise ConflictOfInterest
        self._transition("assign", act, assignee=assignee)
        self._take(assignee)
        self._emit(facts.ComplaintAssigned, assignee=assignee, assigned_at=act.at)

    def needs_care(self, vulnerability: Sealed) -> None:
        """The customer needs more care than others; why is a sealed code. That it is so stands in no flag that is kept: the
        flag `vulnerable` is made for those who may know."""
        self.vulnerability = vulnerability

    def promise(self, act: Act, due_at: datetime, method: str) -> None:
        """The customer was promised an answer by a time and in a way (S50). Raises Invalid for a time that has passed."""
        if due_at <= act.at:
            raise Invalid.at("due_at", "promise-in-the-past")
        self._transition("promise", act, due_at=due_at.isoformat(), method=method)
        self.promised_until = due_at
        self._emit(facts.CommitmentMade, due_at=due_at, method=method, made_at=act.at)

    # --- finding out

    def start_investigation(self, act: Act) -> None:
        """Facts are being gathered."""
        self._transition("start-investigation", act)
        self._emit(InvestigationStarted, started_at=act.at)

    def pause(self, act: Act, reason: str) -> None:
        """Wait for somebody else; the resolution clock stands still. Raises Invalid for an unknown reason."""
        if reason not in PAUSES:
            raise Invalid.at("reason", "unknown-pause-reason", known=list(PAUSES))
        self._transition(PAUSES[reason], act, reason=reason)
        self._emit(facts.ComplaintPaused, reason=reason, paused_at=act.at)
        self._stand_still(act.at, reason)

    def resume(self, act: Act, calendars: Mapping[str, BusinessCalendar]) -> None:
        """Go on; `calendars` are those of the clocks, by code."""
        self._transition("resume", act)
        self._emit(facts.ComplaintResumed, resumed_at=act.at)
        self._go_on(act.at, calendars)

    # --- whose it is

    def link(self, customer_id: UUID, act: Act) -> None:
        """The customer became known. Raises Conflict when there is one already."""
        if self.customer_id is not None:
            raise Conflict("has-customer")
        self.customer_id = customer_id
        self._log_system("link", act)
        self._emit(facts.ComplaintLinked, customer_id=customer_id, linked_at=act.at)
