"""A recovery case (服务补救): from the confirmed failure to the customer's verdict (S65-S67)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from rapport_contracts.complaints import compensations
from rapport_contracts.complaints import recovery as facts
from rapport_contracts.complaints.vocabulary import RemedyKind
from rapport_contracts.vocabulary import Channel
from rapport_kernel.errors import Conflict, NotFound
from rapport_kernel.history import Act, AggregateWithHistory, Noted
from rapport_kernel.ids import new_id
from rapport_kernel.money import Money
from rapport_kernel.states import Move, StateTable
from rapport_kernel.versions import Version

from rapport_complaints.cases.domain.data import AuthorityPolicy, demand_authority, level_needed, may_award
from rapport_complaints.cases.domain.independence import demand_judge, may_handle, may_judge
from rapport_complaints.cases.domain.refusals import ConflictOfInterest
from rapport_complaints.recovery.domain.compensation import Award, Entry, Remedy, ReversalExceeds, check_remedies
from rapport_complaints.recovery.domain.policies import RecoveryPolicy

CLAIMABLE = ("approved", "offered")
"""The customer has not accepted it yet: it can lapse."""
PROMISED = (*CLAIMABLE, "accepted")
DONE = ("executed", "verified", "failed")
SET_ASIDE = ("rejected", "declined", "expired", "withdrawn")
"""The plan came to nothing; another one can be made."""
RECOVERY_LIFE = StateTable(
    "recovery",
    "identified",
    [
        *[Move("propose", state, "proposed") for state in ("identified", *SET_ASIDE, "failed")],
        Move("approve", "proposed", "approved"),  # guarded: authority, independence
        Move("reject", "proposed", "rejected"),
        Move("offer", "approved", "offered"),
        Move("offer", "offered", "offered"),
        Move("accept", "offered", "accepted"),
        Move("decline", "offered", "declined"),
        *[Move("expire", state, "expired", by="system") for state in CLAIMABLE],
        Move("execute", "accepted", "executed"),
        *[Move("execute", state, "executed") for state in CLAIMABLE],  # guarded: without money
        Move("verify", "executed", "verified"),
        Move("fail", "executed", "failed"),
        *[Move("withdraw", state, "withdrawn") for state in ("proposed", *PROMISED)],
        *[Move("reverse", state, "reversed") for state in DONE],  # guarded: the last of its money
        *[Move("reverse-part", state, state) for state in DONE],
        *[Move("close", state, "closed") for state in ("identified", *DONE, *SET_ASIDE)],
    ],
)


class AcceptanceMissing(Conflict):
    """Money is paid once the customer has accepted it."""

    code = "acceptance-missing"


class OfferLapsed(Conflict):
    """The time in which the customer could accept it is over."""

    code = "offer-lapsed"


@dataclass(frozen=True, slots=True)
class Answer:
    """A customer's answer to a survey: the invitation, the metric and its value."""

    invitation_id: UUID
    metric: str
    value: float


def may_take_part(case: RecoveryCase, act: Act) -> bool:
    """It is not about them."""
    return may_handle(act.who, subjects=case.subject_staff)


def may_judge_case(case: RecoveryCase, act: Act) -> bool:
    """They took no part in it. Who handles its complaint, and who has the authority, is seen when it is judged."""
    return may_judge(act.who, subjects=case.subject_staff, took_part=case.participants)


def in_time(case: RecoveryCase, act: Act) -> bool:
    """The offer has not lapsed."""
    return case.expires_at is None or act.at < case.expires_at


def may_execute(case: RecoveryCase, act: Act) -> bool:
    """It was accepted, or has not lapsed. Whether money was accepted is seen when it is paid."""
    return case.state not in CLAIMABLE or in_time(case, act)


_AMOUNT = {"amount": str, "currency": str}


@dataclass(kw_only=True)
class RecoveryCase(AggregateWithHistory, life=RECOVERY_LIFE):
    """One case. `keyed_by` is the data subject whose key seals its notes. `participants` took part in it and may not judge
    it; `subject_staff` is whom it is about. Times in UTC."""

    noted: ClassVar = {
        "identify": Noted(failure=str),
        "propose": Noted(_AMOUNT, plan=int, remedies=list[RemedyKind]),
        "offer": Noted(plan=int, method=Channel),
        **{move: Noted(plan=int) for move in ("approve", "reject", "accept", "decline", "expire", "execute", "withdraw")},
        "verify": Noted(plan=int, by_survey=bool),
        "fail": Noted(plan=int, by_survey=bool),
        "reverse": Noted(plan=int, award=UUID, **_AMOUNT),
        "reverse-part": Noted(plan=int, award=UUID, **_AMOUNT),
        "close": Noted(outcome=RECOVERY_LIFE),
    }

    number: str
    failure: str
    category: str
    identified_at: datetime
    keyed_by: UUID
    unit: str | None = None
    customer_id: UUID | None = None
    complaint_id: UUID | None = None
    subject_staff: list[str] = field(default_factory=list)
    participants: list[str] = field(default_factory=list)
    plan: int = 0
    remedies: list[str] = field(default_factory=list)
    proposed_by: str | None = None
    authority_version: int | None = None
    policy_version: int | None = None
    approved_by: str | None = None
    proposed_at: datetime | None = None
    approved_at: datetime | None = None
    expires_at: datetime | None = None
    offered_at: datetime | None = None
    accepted_at: datetime | None = None
    executed_at: datetime | None = None
    asked: UUID | None = None
    metric: str | None = None
    value: float | None = None
    judged_at: datetime | None = None
    ended_at: datetime | None = None
    awards: list[Award] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list, repr=False, compare=False)

    @property
    def standing(self) -> list[Award]:
        """The awards that are promised or paid, of all plans."""
        return [award for award in self.awards if award.stands]

    @property
    def total(self) -> Money | None:
        """The sum that the present plan awards; None: nothing."""
        mine = [award.amount for award in self.awards if award.plan == self.plan]
        return None if not mine else Money(mine[0].currency, sum((each.amount for each in mine), Decimal(0)))

    @property
    def next_check_at(self) -> datetime | None:
        """When the offer lapses."""
        return self.expires_at if self.state in CLAIMABLE else None

    def identify(self, act: Act) -> None:
        """A failure of ours is confirmed. Raises ConflictOfInterest for staff whom it is about."""
        self._take_part(act)
        self._log_move("identify", "", act, failure=self.failure)
        self._emit(facts.RecoveryIdentified)

    def propose(self, act: Act, level: int, remedies: list[Remedy], authority: Version[AuthorityPolicy]) -> bool:
        """Plan the remedies. Returns whether the proposer's access level suffices to approve them alone, together with what
        stands awarded in this case. Raises ConflictOfInterest, AuthorityExceeded when nobody may, Invalid."""
        self._ensure_allowed("propose")
        total = check_remedies(remedies)
        at_stake = None if total is None else self._with_what_stands(total)
        if at_stake is not None and level_needed(authority.body, at_stake) is None:
            demand_authority(authority.body, level, at_stake)
        self._take_part(act)
        self.plan += 1
        self.remedies = [each.kind for each in remedies]
        self.proposed_by, self.proposed_at, self.authority_version = act.who, act.at, authority.version
        self.approved_by = self.approved_at = self.expires_at = self.offered_at = self.accepted_at = None
        self.executed_at = self.judged_at = self.asked = self.metric = self.value = None
        for each in remedies:
            if each.amount is not None:
                self._reserve(act, each.kind, each.amount)
        alone = at_stake is None or may_award(authority.body, level, at_stake)
        self._transition("propose", act, plan=self.plan, remedies=self.remedies, **_written(total))
        currency, amount = (None, None) if total is None else (total.currency, total.amount)
        self._emit(facts.RecoveryProposed, currency=currency, amount=amount, alone=alone)
        return alone

    def approve_alone(self, act: Act, policy: Version[RecoveryPolicy]) -> None:
        """The proposer has the authority to award it: nobody else is asked."""
        self._ensure_allowed("approve")
        self._approve(act, policy)

    def approve(
        self,
        act: Act,
        level: int,
        authority: Version[AuthorityPolicy],
        policy: Version[RecoveryPolicy],
        involved: Collection[str] = (),
    ) -> None:
        """Somebody with the authority for it agrees. `involved` are those who handle the complaint. Raises ApproverInvolved
        for everybody who took part in it (DOMAIN 3b, 24), AuthorityExceeded."""
        self._ensure_allowed("approve")
        demand_judge(act.who, subjects=self.subject_staff, took_part=[*self.participants, *involved])
        if self.total is not None:
            demand_authority(authority.body, level, self._with_what_stands(Money(self.total.currency, Decimal(0))))
        self.authority_version = authority.version
        self._approve(act, policy)

    def reject(self, act: Act, reason: str, involved: Collection[str] = ()) -> None:
        """The plan is not approved; its money is free again. Raises ApproverInvolved."""
        self._ensure_allowed("reject")
        demand_judge(act.who, subjects=self.subject_staff, took_part=[*self.participants, *involved])
        self._transition("reject", act, plan=self.plan)
        self._emit(facts.RecoveryRejected, reason=reason, rejected_at=act.at)
        self._release(act, "rejected")

    def offer(self, act: Act, method: str) -> None:
        """The customer was told what is done for them. Raises OfferLapsed."""
        self._ensure_allowed("offer")
        self._ensure_in_time(act)
        self._transition("offer", act, plan=self.plan, method=method)
        self.offered_at = self.offered_at or act.at
        self._emit(facts.RecoveryOffered, method=method, offered_at=act.at)

    def choose(self, act: Act, accepted: bool) -> None:
        """The customer accepts it or declines it. Raises OfferLapsed."""
        if accepted:
            self.accept(act)
        else:
            self.decline(act)

    def accept(self, act: Act) -> None:
        """The customer accepts it: it can no longer lapse. Raises OfferLapsed."""
        self._ensure_allowed("accept")
        self._ensure_in_time(act)
        self._transition("accept", act, plan=self.plan)
        self.accepted_at, self.expires_at = act.at, None
        self._emit(facts.RecoveryAccepted)

    def decline(self, act: Act) -> None:
        """The customer declines it; its money is free again."""
        self._set_aside("decline", act, facts.RecoveryDeclined, declined_at=act.at)

    def expire(self, act: Act) -> None:
        """Nobody accepted it in time; `act.at` is the end of that time."""
        self._set_aside("expire", act, facts.RecoveryExpired, expired_at=act.at)

    def withdraw(self, act: Act, reason: str) -> None:
        """The plan is taken back before it was done; its money is free again."""
        self._set_aside("withdraw", act, facts.RecoveryWithdrawn, reason=reason, withdrawn_at=act.at)

    def execute(self, act: Act) -> None:
        """It was done, and paid. Raises AcceptanceMissing for money that the customer has not accepted, OfferLapsed."""
        self._ensure_allowed("execute")
        if self.state in CLAIMABLE:
            self._ensure_in_time(act)
            if self.total is not None:
                raise AcceptanceMissing
        self._transition("execute", act, plan=self.plan)
        self.executed_at, self.expires_at = act.at, None
        self.participants = list(dict.fromkeys([*self.participants, act.who]))
        for place, award in enumerate(self.awards):
            if award.state == "approved":
                entry = Entry("payment", award.id, award.amount, act)
                self.awards[place] = replace(award.moved("pay"), payment=entry.id)
                self.entries.append(entry)
                self._emit(compensations.CompensationPaid, **_of(award), paid_at=act.at)
        self._emit(facts.RecoveryExecuted)

    def judge(self, act: Act, content: bool, answer: Answer | None = None) -> None:
        """The customer's verdict (S67): their answer to a survey, or what they said when asked in person. The latter cannot
        be reported by somebody who took part: raises ApproverInvolved."""
        move = "verify" if content else "fail"
        self._ensure_allowed(move)
        by_survey = answer is not None
        if answer is None:
            demand_judge(act.who, subjects=self.subject_staff, took_part=self.participants)
        else:
            self.asked, self.metric, self.value = answer.invitation_id, answer.metric, answer.value
        self._transition(move, act, plan=self.plan, by_survey=by_survey)
        self.judged_at = act.at
        if content:
            self._emit(facts.RecoveryVerified, by_survey=by_survey, invitation_id=self.asked, verified_at=act.at)
        else:
            self._emit(facts.RecoveryFailed, by_survey=by_survey, invitation_id=self.asked, failed_at=act.at)

    def reverse(self, act: Act, reason: str, award_id: UUID, amount: Money, left: Mapping[UUID, Money]) -> None:
        """`amount` of the payment of an award came back. `left` is the rest of each payment of the case, by the ledger. Once
        none is left, the case is reversed. Raises ReversalExceeds."""
        self._ensure_allowed("reverse-part")
        place = next((i for i, award in enumerate(self.awards) if award.id == award_id), None)
        if place is None:
            raise NotFound
        award = self.awards[place]
        if award.payment is None or not (amount.amount > 0 and amount <= left[award.payment]):
            raise ReversalExceeds
        self.entries.append(Entry("reversal", award.id, amount, act, reverses=award.payment))
        if amount == left[award.payment]:
            self.awards[place] = award.moved("reverse")
        move = "reverse-part" if self.standing else "reverse"
        self._transition(move, act, plan=award.plan, award=str(award.id), **_written(amount))
        came_back = {**_of(award), "amount": amount.amount, "state": self.awards[place].state}
        self._emit(compensations.CompensationReversed, **came_back, reason=reason, reversed_at=act.at)
        if move == "reverse":
            self.ended_at = act.at
            self._emit(facts.RecoveryReversed, reason=reason, reversed_at=act.at)

    def close(self, act: Act) -> None:
        """Nothing more is done; the state it is closed from is its outcome."""
        outcome = self.state
        self._transition("close", act, outcome=outcome)
        self.ended_at = act.at
        self._emit(facts.RecoveryClosed, outcome=outcome, closed_at=act.at)

    def _approve(self, act: Act, policy: Version[RecoveryPolicy]) -> None:
        self._transition("approve", act, plan=self.plan)
        self.approved_by, self.approved_at, self.policy_version = act.who, act.at, policy.version
        self.expires_at = act.recorded_at + timedelta(days=policy.body.claim_days)
        self._emit(facts.RecoveryApproved)
        for place, award in enumerate(self.awards):
            if award.state == "reserved":
                self.awards[place] = award.moved("approve")
                self._emit(compensations.CompensationAwarded, **_of(award), awarded_at=act.at)

    def _set_aside(self, move: str, act: Act, fact: type[facts.Recovery], **given: Any) -> None:
        self._transition(move, act, plan=self.plan)
        self.expires_at = None
        self._emit(fact, **given)
        self._release(act, self.state)

    def _reserve(self, act: Act, kind: str, amount: Money) -> None:
        award_id = new_id()
        entry = Entry("award", award_id, amount, act)
        self.awards.append(Award(award_id, self.plan, kind, amount, act.recorded_at, entry.id))
        self.entries.append(entry)

    def _release(self, act: Act, reason: str) -> None:
        for place, award in enumerate(self.awards):
            if award.state in {"reserved", "approved"}:
                self.entries.append(Entry("reversal", award.id, award.amount, act, reverses=award.entry))
                self.awards[place] = award.moved("release")
                self._emit(compensations.CompensationReleased, **_of(award), reason=reason, released_at=act.at)

    def _with_what_stands(self, more: Money) -> Money:
        """Several plans of one case are one act: splitting an award does not get around anybody's limit."""
        amounts = (each.amount for each in self.standing if each.amount.currency == more.currency)
        return sum(amounts, more)

    def _take_part(self, act: Act) -> None:
        if not may_take_part(self, act):
            raise ConflictOfInterest
        self.participants = list(dict.fromkeys([*self.participants, act.who]))

    def _ensure_in_time(self, act: Act) -> None:
        if not in_time(self, act):
            raise OfferLapsed


def _of(award: Award) -> dict[str, Any]:
    money = award.amount
    return {"compensation_id": award.id, "kind": award.kind, "currency": money.currency, "amount": money.amount}


def _written(money: Money | None) -> dict[str, str]:
    """For the history: plain text."""
    return {} if money is None else {"currency": money.currency, "amount": f"{money.amount:.2f}"}
