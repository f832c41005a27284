"""The complaint: one method for each thing that can happen to it (S48-S54). It decides, and records what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from rapport_contracts import complaints as facts
from rapport_contracts.vocabulary import ClockKind, ClosureOutcome
from rapport_kernel.business_time import BusinessCalendar
from rapport_kernel.errors import Conflict, Invalid

from rapport_complaints.domain.clocks import Basis
from rapport_complaints.domain.history import Act
from rapport_complaints.domain.life import LIFE, PAUSES
from rapport_complaints.domain.record import NO_TARGET, ComplaintRecord
from rapport_complaints.domain.refusals import AttemptsMissing, CloseGuard, ConflictOfInterest, ReopenTooLate


@dataclass(kw_only=True)
class Complaint(ComplaintRecord, life=LIFE):
    """One complaint. Every method takes the circumstances (`Act`), and raises NotAllowed when the state has no such move."""

    # --- the beginning

    def receive(self, act: Act, basis: Basis | None) -> None:
        """Take the complaint in and start its clocks at the time of receipt; without a policy, flag it."""
        self._note("receive", "", act)
        self.record(
            facts.ComplaintReceived(
                **self._who,
                number=self.number,
                interaction_id=self.interaction_id,
                channel=self.channel,
                category=self.category,
                received_at=self.received_at,
            )
        )
        self._start_clocks(basis, self.received_at)

    def take_over(self, act: Act) -> None:
        """A complaint of another system, in the state that it had there: no clock runs and nobody is asked about it."""
        self.outcome = ClosureOutcome.IMPORTED if self.state == "closed" else None
        self._note("import", "", act)
        self.record(
            facts.ComplaintImported(
                **self._who,
                number=self.number,
                channel=self.channel,
                category=self.category,
                state=self.state,
                received_at=self.received_at,
                closed_at=self.closed_at,
            )
        )

    # --- taking it in hand

    def acknowledge(self, act: Act, method: str) -> None:
        """The customer was told that the complaint has arrived."""
        self._do("acknowledge", act, method=method)
        self.acknowledged_at = act.at
        self.record(facts.ComplaintAcknowledged(**self._who, acknowledged_at=act.at))
        self._meet(ClockKind.ACKNOWLEDGEMENT, act.at)

    def assess(
        self, act: Act, *, severity: str, category: str, complex_: bool, subject_staff: Sequence[str], basis: Basis | None
    ) -> None:
        """Judge severity and category. `basis` is what the pinned policy says about it now: running clocks follow it, and
        a complaint that had no target gets one. Raises ConflictOfInterest when the handler turns out to be a subject."""
        if self.assignee is not None and self.assignee in subject_staff:
            raise ConflictOfInterest(None, "Assign the complaint to somebody else first.")
        self._do("assess", act, severity=severity, category=category, complex=complex_)
        self.severity, self.category, self.complex = severity, category, complex_
        self.subject_staff = sorted({*self.subject_staff, *subject_staff})
        self.record(facts.ComplaintAssessed(**self._who, severity=severity, category=category, assessed_at=act.at))
        if basis is not None and NO_TARGET in self.flags:
            self._start_clocks(basis, self.received_at)
        elif basis is not None:
            for clock in self.running_clocks:
                self._say(clock.reschedule(act.at, "assessed", basis.calendar, basis.calendar_version, basis.rule))

    def is_about(self, staff: str) -> bool:
        """Whether this person is among those whom the complaint is about."""
        return staff in self.subject_staff

    def block(self, act: Act, staff: str) -> None:
        """Somebody was kept from handling a complaint about himself (回避). Raises NotAllowed like `assign`."""
        self._may("assign")
        self._note("conflict-of-interest", self.state, act, staff=staff)
        self.record(facts.ConflictOfInterestBlocked(complaint_id=self.id, staff=staff, blocked_at=act.at))

    def assign(self, act: Act, assignee: str) -> None:
        """Somebody answers for it now. Raises ConflictOfInterest for a person whom it is about."""
        if self.is_about(assignee):
            raise ConflictOfInterest
        self._do("assign", act, assignee=assignee)
        self.assignee = assignee
        self.handlers = list(dict.fromkeys([*self.handlers, assignee]))
        self.record(facts.ComplaintAssigned(**self._who, assignee=assignee, assigned_at=act.at))

    def promise(self, act: Act, due_at: datetime, method: str) -> None:
        """The customer was promised an answer by a time and in a way (S50). Raises Invalid for a time that has passed."""
        if due_at <= act.at:
            raise Invalid("promise-in-the-past", "A promise is about the future.")
        self._do("promise", act, due_at=due_at.isoformat(), method=method)
        self.promised_until = due_at
        self.record(facts.CommitmentMade(**self._who, due_at=due_at, method=method, made_at=act.at))

    # --- finding out

    def start_investigation(self, act: Act) -> None:
        """Facts are being gathered."""
        self._do("start-investigation", act)
        self.record(facts.InvestigationStarted(**self._who, started_at=act.at))

    def record_step(self, act: Act, method: str) -> None:
        """One step of finding out (S51)."""
        self._do("record-step", act, method=method)
        self.record(facts.InvestigationStepRecorded(**self._who, method=method, recorded_at=act.at))

    def pause(self, act: Act, reason: str) -> None:
        """Wait for somebody else; the resolution clock stands still. Raises Invalid for an unknown reason."""
        if reason not in PAUSES:
            raise Invalid("unknown-pause-reason", "A complaint waits for the customer or for a third party.")
        self._do(PAUSES[reason], act, reason=reason)
        self.record(facts.ComplaintPaused(**self._who, reason=reason, paused_at=act.at))
        for clock in self._running(ClockKind.RESOLUTION):
            self._say(clock.pause(act.at, reason))

    def resume(self, act: Act, calendars: Mapping[str, BusinessCalendar]) -> None:
        """Go on; `calendars` are those of the clocks, by code."""
        self._do("resume", act)
        self.record(facts.ComplaintResumed(**self._who, resumed_at=act.at))
        for clock in self._running(ClockKind.RESOLUTION):
            self._say(clock.resume(act.at, calendars[clock.calendar]))

    def set_root_cause(self, act: Act, cause: str, *, latent_risk: bool) -> None:
        """Why it happened, and whether the risk remains (S52, S56)."""
        self._do("set-root-cause", act, cause=cause, latent_risk=latent_risk)
        self.cause, self.latent_risk = cause, latent_risk
        self.record(facts.RootCauseIdentified(**self._who, cause=cause, latent_risk=latent_risk, identified_at=act.at))

    # --- putting right

    def propose(self, act: Act, remedy: str) -> None:
        """Offer a remedy to the customer."""
        self._do("propose", act, remedy=remedy, proposal=self.proposals + 1)
        self.proposals += 1
        self.remedy, self.attempts = remedy, 0
        self.record(facts.ResolutionProposed(**self._who, proposal=self.proposals, remedy=remedy, proposed_at=act.at))

    def decide(self, act: Act, *, accepted: bool) -> None:
        """What the customer said to the proposal (S53). Acceptance stops the resolution clock."""
        self._do("accept" if accepted else "refuse", act, proposal=self.proposals)
        if accepted:
            self.accepted_at = act.at
            self.record(facts.ResolutionAccepted(**self._who, proposal=self.proposals, accepted_at=act.at))
            self._meet(ClockKind.RESOLUTION, act.at)
        else:
            self.record(facts.ResolutionRejected(**self._who, proposal=self.proposals, rejected_at=act.at))

    def record_attempt(self, act: Act, method: str) -> None:
        """The customer was asked for a decision and did not answer."""
        self._do("record-attempt", act, method=method, attempt=self.attempts + 1)
        self.attempts += 1

    def resolve(self, act: Act) -> None:
        """The accepted remedy was carried out. Once for each episode; the first time stays known after reopening."""
        self._do("resolve", act)
        self.resolved_at = act.at
        self.first_resolved_at = self.first_resolved_at or act.at
        self.record(facts.ComplaintResolved(**self._who, remedy=self.remedy or "", resolved_at=act.at))

    def give_feedback(self, act: Act, method: str) -> None:
        """Tell the customer the result, and thank him (S54). Without his decision only after enough attempts; the answer
        has then been given as far as it can be, and the resolution clock stops. Raises AttemptsMissing."""
        unanswered = self.state == "resolution_proposed"
        if unanswered and self.attempts < self.attempts_needed:
            raise AttemptsMissing(None, f"{self.attempts} of {self.attempts_needed} attempts are documented.")
        self._do("give-feedback", act, method=method)
        self.feedback_at = act.at
        self.record(facts.FeedbackGiven(**self._who, given_at=act.at))
        if unanswered:
            self._meet(ClockKind.RESOLUTION, act.at)

    # --- the end, and what comes after

    def what_keeps_it_open(self) -> list[str]:
        """What is missing before it may be closed; codes."""
        heard = self.accepted_at is not None or self.attempts >= self.attempts_needed
        needed = {
            "acknowledgement-sent": self.acknowledged_at is not None or self.external_ref is not None,  # there, before us
            "root-cause-set": self.cause is not None,
            "decision-communicated": self.feedback_at is not None,
            "customer-decision-or-attempts": heard,
        }
        return [name for name, there in needed.items() if not there]

    def close(self, act: Act) -> None:
        """Close it. Raises CloseGuard, which names what is missing, once the state would allow it."""
        self._may("close")
        missing = self.what_keeps_it_open()
        if missing:
            raise CloseGuard(None, f"Missing: {', '.join(missing)}.")
        self.outcome = ClosureOutcome.ACCEPTED if self.accepted_at is not None else ClosureOutcome.NO_RESPONSE
        self._do("close", act, outcome=self.outcome)
        self.closed_at = act.at
        self.record(
            facts.ComplaintClosed(
                **self._who,
                interaction_id=self.interaction_id,
                outcome=self.outcome,
                channel=self.channel,
                category=self.category,
                assignee=self.assignee,
                handlers=self.handlers,
                closed_at=act.at,
            )
        )

    def reopen(self, act: Act, basis: Basis | None) -> None:
        """The customer comes back inside the grace: a new episode with clocks of its own. Raises ReopenTooLate."""
        self._may("reopen")
        grace = timedelta(days=self.reopen_grace_days)
        if self.closed_at is None or act.at > self.closed_at + grace:  # without a closing time it was taken over long closed
            raise ReopenTooLate
        self._do("reopen", act, episode=self.episode + 1)
        self.episode += 1
        self.acknowledged_at = self.accepted_at = self.resolved_at = self.feedback_at = self.closed_at = None
        self.cause = self.latent_risk = self.outcome = None
        self.attempts = 0
        self.record(facts.ComplaintReopened(**self._who, episode=self.episode, reopened_at=act.at))
        self._start_clocks(basis, act.at)

    def withdraw(self, act: Act) -> None:
        """The customer takes it back; its clocks stop and nothing escalates any more."""
        self._do("withdraw", act)
        self.withdrawn_at, self.outcome = act.at, ClosureOutcome.WITHDRAWN
        self.record(facts.ComplaintWithdrawn(**self._who, withdrawn_at=act.at))
        for clock in self.running_clocks:
            self._say(clock.stop(act.at))

    def link(self, customer_id: UUID, act: Act) -> None:
        """The customer became known. Raises Conflict when there is one already."""
        if self.customer_id is not None:
            raise Conflict("has-customer", "This complaint has a customer already.")
        self.customer_id = customer_id
        self._mention("link", act)
        self.record(facts.ComplaintLinked(complaint_id=self.id, customer_id=customer_id, linked_at=act.at))
