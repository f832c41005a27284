"""The end of a complaint and what comes after: told, followed up, closed, reopened, and the ways out on the side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from rapport_contracts.complaints import cases as facts
from rapport_contracts.complaints import side_ways as ways
from rapport_contracts.complaints.vocabulary import ClockKind, ClosureOutcome, FollowUpResult
from rapport_contracts.vocabulary import Channel
from rapport_kernel.errors import Invalid
from rapport_kernel.history import Act, Noted

from rapport_complaints.cases.domain.escalating import Escalating
from rapport_complaints.cases.domain.possible import awaits_follow_up, may_be_told, may_reopen, missing
from rapport_complaints.cases.domain.record import ComplaintRecord
from rapport_complaints.cases.domain.refusals import AttemptsMissing, CloseGuard, DuplicateRefused, NoFollowUp, ReopenTooLate
from rapport_complaints.clocks.domain.basis import Basis


@dataclass(kw_only=True)
class Ending(Escalating):
    """The part of a complaint's life from the answer on."""

    noted: ClassVar = {
        "give-feedback": Noted(method=Channel),
        "complete-follow-up": Noted(result=FollowUpResult),
        "close": Noted(outcome=ClosureOutcome),
        "reopen": Noted(episode=int),
        "mark-duplicate": Noted(duplicate_of=UUID),
        "transfer": Noted(transferred_to=str),
    }

    # --- telling, and asking once more

    def give_feedback(self, act: Act, method: str, follow_up_at: datetime | None = None) -> None:
        """Tell the customer the result, and thank them (S54). Without a decision on a proposal only after enough
        attempts. They have the answer as far as they can have it: the resolution clock stops. They are asked once more at
        `follow_up_at`, else as long after as the policy says. Raises AttemptsMissing, Invalid for a day that has passed.
        """
        if not may_be_told(self):
            raise AttemptsMissing(attempts=self.attempts, needed=self.attempts_needed)
        if follow_up_at is not None and follow_up_at <= act.at:
            raise Invalid.at("follow_up_at", "follow-up-in-the-past")
        self._transition("give-feedback", act, method=method)
        self.feedback_at = act.at
        self._emit(facts.FeedbackGiven, given_at=act.at)
        self._meet(ClockKind.RESOLUTION, act.at)
        if follow_up_at is None and self.follow_up_days is not None:
            follow_up_at = act.at + timedelta(days=self.follow_up_days)
        if follow_up_at is not None:
            self.follow_up_at, self.followed_up_at = follow_up_at, None
            self._emit(ways.FollowUpScheduled, due_at=follow_up_at, scheduled_at=act.at)

    @property
    def awaits_follow_up(self) -> bool:
        """One was scheduled and has not been done."""
        return awaits_follow_up(self)

    def reach_follow_up(self, act: Act) -> None:
        """Its day has come. Raises NoFollowUp when there is none, or it was done already."""
        self._ensure_allowed("reach-follow-up")
        if self.follow_up_at is None or not self.awaits_follow_up:
            raise NoFollowUp
        self._transition("reach-follow-up", act)
        self._emit(ways.FollowUpReached, due_at=self.follow_up_at)

    def complete_follow_up(self, act: Act, result: str) -> None:
        """The customer was asked once more, on the day or before it. Raises NoFollowUp when none waits."""
        self._ensure_allowed("complete-follow-up")
        if not self.awaits_follow_up:
            raise NoFollowUp
        self._transition("complete-follow-up", act, result=result)
        self.followed_up_at = act.at
        self._emit(ways.FollowUpCompleted, result=result, completed_at=act.at)

    # --- closing

    def what_keeps_it_open(self) -> list[str]:
        """What is missing before it may be closed; codes."""
        return missing(self)

    def close(self, act: Act) -> None:
        """Close it. Raises CloseGuard, which names what is missing, once the state would allow it."""
        self._ensure_allowed("close")
        if kept_open := self.what_keeps_it_open():
            raise CloseGuard(missing=list(kept_open))
        self.outcome = self._outcome()
        self._transition("close", act, outcome=self.outcome)
        self.closed_at = act.at
        self._stop_clocks(act.at)
        self._emit(facts.ComplaintClosed, closed_at=act.at)
        self._come_down(act)

    def _outcome(self) -> ClosureOutcome:
        if self.not_upheld_at is not None:
            return ClosureOutcome.NOT_UPHELD
        if self.accepted_at is not None:
            return ClosureOutcome.ACCEPTED
        return ClosureOutcome.NO_RESPONSE if self.appealed_at is None else ClosureOutcome.APPEAL_DISMISSED

    def reopen(self, act: Act, basis: Basis | None) -> None:
        """The customer comes back inside the grace: a new episode with clocks of its own. Raises ReopenTooLate."""
        self._ensure_allowed("reopen")
        if not may_reopen(self, act):
            raise ReopenTooLate
        self._transition("reopen", act, episode=self.episode + 1)
        self.episode, self.began_at = self.episode + 1, act.at
        self.acknowledged_at = self.accepted_at = self.resolved_at = self.feedback_at = self.closed_at = None
        self.not_upheld_at = self.appealed_at = self.follow_up_at = self.followed_up_at = None
        self.cause = self.cause_version = self.cause_at = self.latent_risk = self.outcome = None
        self.grounds, self.deciders = [], []
        self.attempts = self.refusals = self.waited_seconds = 0
        self.escalation_steps = []
        self._emit(facts.ComplaintReopened, reopened_at=act.at)
        self._start_clocks(basis, act.at)

    # --- ways out on the side: clocks stop, and nothing escalates any more

    def withdraw(self, act: Act) -> None:
        """The customer takes it back."""
        self._transition("withdraw", act)
        self.withdrawn_at, self.outcome = act.at, ClosureOutcome.WITHDRAWN
        self._emit(facts.ComplaintWithdrawn, withdrawn_at=act.at)
        self._stop_clocks(act.at)
        self._come_down(act)

    def mark_duplicate(self, act: Act, original: ComplaintRecord, *, has_duplicates: bool) -> None:
        """It says what `original` says already, and is answered there. Raises Invalid for itself, DuplicateRefused when
        the original is a duplicate or was withdrawn, or when others are duplicates of this one (`has_duplicates`)."""
        self._ensure_allowed("mark-duplicate")
        if original.id == self.id:
            raise Invalid.at("duplicate_of", "duplicate-of-itself")
        if original.state == "duplicate":
            raise DuplicateRefused("duplicate-of-a-duplicate")
        if original.state == "withdrawn":
            raise DuplicateRefused("duplicate-of-a-withdrawn")
        if has_duplicates:
            raise DuplicateRefused("has-duplicates")
        self._transition("mark-duplicate", act, duplicate_of=str(original.id))
        self.duplicate_of = original.id
        self._end(act.at, ClosureOutcome.DUPLICATE)
        self._emit(ways.ComplaintMarkedDuplicate, duplicate_of=original.id, marked_at=act.at)
        self._stop_clocks(act.at)
        self._come_down(act)

    def transfer(self, act: Act, to: str) -> None:
        """Another organisation or department answers for it."""
        self._transition("transfer", act, transferred_to=to)
        self.transferred_to = to
        self._end(act.at, ClosureOutcome.TRANSFERRED)
        self._emit(ways.ComplaintTransferred, transferred_to=to, transferred_at=act.at)
        self._stop_clocks(act.at)
        self._come_down(act)

    def _end(self, at: datetime, outcome: ClosureOutcome) -> None:
        self.ended_at, self.outcome = at, outcome

    def recur(self, earlier: ComplaintRecord) -> None:
        """This new complaint is about the same as an earlier one (S55)."""
        self.recurrence_of = earlier.id
        self._emit(
            ways.ComplaintRecurred,
            recurrence_of=earlier.id,
            previous_closed_at=earlier.closed_at,
            recurred_at=self.received_at,
        )
