"""Deciding a complaint: the proposal and what the customer says to it, not upheld, appealed (S53, S55). A proposal that
costs more than whoever proposes it may promise waits for somebody else with the authority (S59).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rapport_contracts.complaints import cases as facts
from rapport_contracts.complaints import proposals
from rapport_contracts.complaints import side_ways as ways
from rapport_contracts.complaints.vocabulary import Appellant, ClockKind, RejectionGround, RemedyKind
from rapport_contracts.vocabulary import Channel
from rapport_kernel.errors import Invalid
from rapport_kernel.history import Act, Noted
from rapport_kernel.money import Money

from rapport_complaints.cases.domain.independence import demand_judge, may_judge
from rapport_complaints.cases.domain.life import TOLD
from rapport_complaints.cases.domain.possible import awaits_decision
from rapport_complaints.cases.domain.record import ComplaintRecord
from rapport_complaints.cases.domain.refusals import (
    AlreadyAppealed,
    ConflictOfInterest,
    NoProposalWaits,
    NothingToAppeal,
    NothingToDecide,
)
from rapport_complaints.clocks.domain.basis import Basis

_AMOUNT = {"amount": str, "currency": str}


def in_words(amount: Money | None) -> dict[str, str]:
    """An amount as the history says it."""
    return {} if amount is None else {"amount": f"{amount.amount:.2f}", "currency": amount.currency}


@dataclass(kw_only=True)
class Deciding(ComplaintRecord):
    """The part of a complaint's life between what was found out and what the customer is told."""

    noted: ClassVar = {
        "propose": Noted(_AMOUNT, remedy=RemedyKind, proposal=int),
        "approve-proposal": Noted(_AMOUNT, remedy=RemedyKind, proposal=int),
        "ask-approval": Noted(_AMOUNT, remedy=RemedyKind, level_needed=int),
        "refuse-proposal": Noted(_AMOUNT, remedy=RemedyKind),
        "accept": Noted({"proposal": int}),
        "refuse": Noted(proposal=int),
        "record-attempt": Noted(method=Channel, attempt=int),
        "reject": Noted(grounds=list[RejectionGround]),
        "appeal": Noted(appellant=Appellant, appeal=int),
        "uphold-appeal": Noted(appeal=int, assignee=str),
        "dismiss-appeal": Noted(appeal=int),
    }

    # --- putting right

    def propose(self, act: Act, remedy: str, amount: Money | None = None) -> None:
        """Offer a remedy to the customer; who may promise what it costs was asked before (`authority`). Raises
        ConflictOfInterest for a person whom it is about, or who is barred."""
        self._ensure_allowed("propose")
        if self.may_not_handle(act.who):
            raise ConflictOfInterest
        self._offer("propose", act, remedy, amount)

    def _offer(self, move: str, act: Act, remedy: str, amount: Money | None, *more_deciders: str) -> None:
        self._transition(move, act, remedy=remedy, proposal=self.proposals + 1, **in_words(amount))
        self.proposals += 1
        self.remedy = remedy
        self.amount, self.currency = (amount.amount, amount.currency) if amount is not None else (None, None)
        self._forget_pending()
        self._decided_anew(act, *more_deciders)
        self._emit(facts.ResolutionProposed, proposal=self.proposals, remedy=remedy, proposed_at=act.at)

    def decide(self, act: Act, *, accepted: bool) -> None:
        """What the customer said to the proposal (S53), or to the decision not to uphold their complaint. Acceptance stops
        the resolution clock. Raises NothingToDecide when there is nothing that they could still accept."""
        move = "accept" if accepted else "refuse"
        self._ensure_allowed(move)
        if not awaits_decision(self):
            raise NothingToDecide
        if self.state in TOLD:
            self._accept_decision(act)
            return
        self._transition(move, act, proposal=self.proposals)
        if accepted:
            self.accepted_at = act.at
            self._emit(facts.ResolutionAccepted, proposal=self.proposals, accepted_at=act.at)
            self._meet(ClockKind.RESOLUTION, act.at)
        else:
            self._refuse(act)

    def _refuse(self, act: Act) -> None:
        self.refusals += 1
        self._emit(facts.ResolutionRejected, proposal=self.proposals, rejected_at=act.at)

    def record_attempt(self, act: Act, method: str) -> None:
        """The customer was asked for a decision and did not answer."""
        self._transition("record-attempt", act, method=method, attempt=self.attempts + 1)
        self.attempts += 1

    def resolve(self, act: Act) -> None:
        """The accepted remedy was carried out. Once for each episode; the first time stays known after reopening."""
        self._transition("resolve", act)
        self.resolved_at = act.at
        self.first_resolved_at = self.first_resolved_at or act.at
        self._emit(facts.ComplaintResolved, remedy=self.remedy or "", resolved_at=act.at)

    # --- not upheld

    def reject(self, act: Act, grounds: Sequence[str]) -> None:
        """The complaint is not upheld. The resolution clock runs until the customer has been told (`give_feedback`).
        Raises ConflictOfInterest as `propose` does, Invalid without a ground."""
        if not grounds:
            raise Invalid.at("grounds", "grounds-missing")
        self._ensure_allowed("reject")
        if self.may_not_handle(act.who):
            raise ConflictOfInterest
        self._transition("reject", act, grounds=sorted(set(grounds)))
        self.grounds, self.not_upheld_at = sorted(set(grounds)), act.at
        self._forget_pending()
        self._decided_anew(act)
        self._emit(ways.ComplaintRejected, rejected_at=act.at)

    def _accept_decision(self, act: Act) -> None:
        self._transition("accept", act)
        self.accepted_at = act.at
        self._emit(ways.DecisionAccepted, accepted_at=act.at)

    def _decided_anew(self, act: Act, *others: str) -> None:
        self.attempts, self.appealed_at = 0, None
        self.deciders = list(dict.fromkeys([*self.deciders, *others, act.who]))

    # --- the appeal

    def appeal(self, act: Act, appellant: str, basis: Basis | None) -> None:
        """The proposal, or what the customer was told, is appealed against; once for each decision. An answer that was
        given before counts no more: where no resolution clock runs, `basis` starts one from now.

        Raises AlreadyAppealed, and NothingToAppeal when the customer accepted.
        """
        self._ensure_allowed("appeal")
        if self.appealed_at is not None:
            raise AlreadyAppealed
        if self.accepted_at is not None:
            raise NothingToAppeal
        offered = self.state == "resolution_proposed"
        self._transition("appeal", act, appellant=appellant, appeal=self.appeals + 1)
        self.appeals += 1
        self.appealed_at = act.at
        self.attempts = 0
        self.feedback_at = self.follow_up_at = self.followed_up_at = None
        if offered:
            self._refuse(act)
        self._emit(ways.AppealFiled, appeal=self.appeals, appellant=appellant, filed_at=act.at)
        if not self._running(ClockKind.RESOLUTION):
            self._start_clocks(basis, act.at, [ClockKind.RESOLUTION])

    def partial_in_appeal(self, judge: str, assignee: str | None) -> str | None:
        """Who of the two has a conflict of interest: a judge who decided, handled or caused it, or an assignee who is to
        take it up after an upheld appeal and did; None: nobody."""
        took_part = {*self.deciders, *self.handlers, *self.barred}
        both = (judge,) if assignee is None else (judge, assignee)
        return next((one for one in both if not may_judge(one, subjects=self.subject_staff, took_part=took_part)), None)

    def uphold_appeal(self, act: Act, assignee: str) -> None:
        """The appeal is right: `assignee`, who had no part in it so far, finds out anew. Those who had are barred from
        handling it. Raises ConflictOfInterest."""
        self._ensure_allowed("uphold-appeal")
        if self.partial_in_appeal(act.who, assignee) is not None:
            raise ConflictOfInterest
        self._transition("uphold-appeal", act, appeal=self.appeals, assignee=assignee)
        self.barred = sorted({*self.barred, *self.handlers, *self.deciders})
        self.deciders, self.grounds = [], []
        self.not_upheld_at = None
        self._take(assignee)
        self._emit(ways.AppealUpheld, appeal=self.appeals, upheld_at=act.at)
        self._emit(facts.ComplaintAssigned, assignee=assignee, assigned_at=act.at)

    def dismiss_appeal(self, act: Act) -> None:
        """The decision stands; the customer has to be told, and may still accept a proposal. Raises ConflictOfInterest."""
        self._ensure_allowed("dismiss-appeal")
        if self.partial_in_appeal(act.who, None) is not None:
            raise ConflictOfInterest
        self._transition("dismiss-appeal", act, appeal=self.appeals)
        self._emit(ways.AppealDismissed, appeal=self.appeals, dismissed_at=act.at)


@dataclass(kw_only=True)
class Approving(Deciding):
    """The part of a complaint that is about waiting proposals; the customer has not heard of them."""

    @property
    def pending(self) -> Money | None:
        """What the proposal costs that waits; None: none does."""
        if self.pending_amount is None or self.pending_currency is None:
            return None
        return Money(self.pending_currency, self.pending_amount)

    def ask_approval(self, act: Act, remedy: str, amount: Money, level_needed: int) -> None:
        """A proposal waits for somebody of that access level; it takes the place of one that waited. Raises
        ConflictOfInterest as `propose` does."""
        self._ensure_allowed("ask-approval")
        if self.may_not_handle(act.who):
            raise ConflictOfInterest
        self._transition("ask-approval", act, remedy=remedy, level_needed=level_needed, **in_words(amount))
        self.pending_remedy, self.pending_by, self.pending_at = remedy, act.who, act.at
        self.pending_amount, self.pending_currency = amount.amount, amount.currency
        self._emit(
            proposals.ProposalApprovalRequested,
            remedy=remedy,
            amount=amount.amount,
            currency=amount.currency,
            requested_by=act.who,
            level_needed=level_needed,
            requested_at=act.at,
        )

    def approve_proposal(self, act: Act) -> None:
        """The customer is offered it. Whoever approves has the authority; raises NoProposalWaits, and ApproverInvolved for
        who proposed it, whom the complaint is about, and who is barred."""
        amount, by = self._judged(act, "approve-proposal")
        remedy = self.pending_remedy or ""
        self._emit(
            proposals.ProposalApproved,
            amount=amount.amount,
            currency=amount.currency,
            requested_by=by,
            approved_by=act.who,
            approved_at=act.at,
        )
        self._offer("approve-proposal", act, remedy, amount, by)

    def refuse_proposal(self, act: Act, reason: str) -> None:
        """Something else has to be proposed. Raises as above."""
        amount, by = self._judged(act, "refuse-proposal")
        self._transition("refuse-proposal", act, remedy=self.pending_remedy, **in_words(amount))
        self._forget_pending()
        self._emit(
            proposals.ProposalRefused,
            amount=amount.amount,
            currency=amount.currency,
            requested_by=by,
            refused_by=act.who,
            reason=reason,
            refused_at=act.at,
        )

    def _judged(self, act: Act, move: str) -> tuple[Money, str]:
        self._ensure_allowed(move)
        amount, by = self.pending, self.pending_by
        if amount is None or by is None:
            raise NoProposalWaits
        demand_judge(act.who, subjects=[*self.subject_staff, *self.barred], took_part=[by])
        return amount, by
