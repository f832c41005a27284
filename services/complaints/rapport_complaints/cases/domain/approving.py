"""Proposals that cost more than who proposes them may promise: they wait for somebody else with the authority (S59)."""

from __future__ import annotations

from dataclasses import dataclass

from rapport_contracts.complaints import proposals as facts
from rapport_kernel.history import Act
from rapport_kernel.money import Money

from rapport_complaints.cases.domain.decision import Deciding, in_words
from rapport_complaints.cases.domain.independence import demand_judge
from rapport_complaints.cases.domain.refusals import ConflictOfInterest, NoProposalWaits


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
        self.record(
            facts.ProposalApprovalRequested(
                **self._who,
                remedy=remedy,
                amount=amount.amount,
                currency=amount.currency,
                requested_by=act.who,
                level_needed=level_needed,
                requested_at=act.at,
            )
        )

    def approve_proposal(self, act: Act) -> None:
        """The customer is offered it. Whoever approves has the authority; raises NoProposalWaits, and ApproverInvolved for
        who proposed it, whom the complaint is about, and who is barred."""
        amount, by = self._judged(act, "approve-proposal")
        remedy = self.pending_remedy or ""
        self.record(
            facts.ProposalApproved(
                **self._who,
                amount=amount.amount,
                currency=amount.currency,
                requested_by=by,
                approved_by=act.who,
                approved_at=act.at,
            )
        )
        self._offer("approve-proposal", act, remedy, amount, by)

    def refuse_proposal(self, act: Act, reason: str) -> None:
        """Something else has to be proposed. Raises as above."""
        amount, by = self._judged(act, "refuse-proposal")
        self._transition("refuse-proposal", act, remedy=self.pending_remedy, **in_words(amount))
        self._forget_pending()
        self.record(
            facts.ProposalRefused(
                **self._who,
                amount=amount.amount,
                currency=amount.currency,
                requested_by=by,
                refused_by=act.who,
                reason=reason,
                refused_at=act.at,
            )
        )

    def _judged(self, act: Act, move: str) -> tuple[Money, str]:
        self._ensure_allowed(move)
        amount, by = self.pending, self.pending_by
        if amount is None or by is None:
            raise NoProposalWaits
        demand_judge(act.who, subjects=[*self.subject_staff, *self.barred], took_part=[by])
        return amount, by
