"""The life of a follow-up case: contact, cause, action, confirmation; or unreachable after so many tries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from rapport_contracts.satisfaction.follow_ups import FollowUpClosed, FollowUpContacted, FollowUpEscalated, FollowUpOpened
from rapport_kernel.history import Act, AggregateWithHistory, Noted
from rapport_kernel.ids import new_id
from rapport_kernel.states import Move, StateTable

FOLLOW_UP_LIFE = StateTable(
    name="follow-up",
    initial="opened",
    moves=[
        Move("record-attempt", "opened", "contacted"),
        Move("give-up", "opened", "unreachable", by="system"),  # after the last missed attempt
        Move("record-attempt", "unreachable", "contacted"),
        Move("record-cause", "contacted", "cause_recorded"),
        Move("record-action", "cause_recorded", "action_taken"),
        Move("confirm", "action_taken", "customer_confirmed"),
        Move("refuse", "action_taken", "cause_recorded", by="system"),  # of a confirmation that says no
        Move("close", "customer_confirmed", "closed"),
        Move("close", "unreachable", "closed"),
    ],
)
NOT_KNOWN = "unknown"
NOTHING_DONE = "none"


def is_open(case: FollowUp) -> bool:
    """Somebody can still look after it."""
    return case.state != "closed"


@dataclass(kw_only=True)
class FollowUp(AggregateWithHistory, life=FOLLOW_UP_LIFE):
    """One unhappy answer and what is done about it by `due_at`. If that time passes before it is closed, it is escalated,
    whatever its state: `escalated_at`. `keyed_by` is the customer whose key seals the notes. Times in UTC."""

    noted: ClassVar = {
        "open": Noted(),
        "record-attempt": Noted(reached=bool),
        "record-cause": Noted(cause=str),
        "record-action": Noted(action=str),
        "assign": Noted(assignee=str),
    }

    invitation_id: UUID
    response_id: UUID
    customer_id: UUID
    keyed_by: UUID
    survey: str
    metric: str
    score: int
    opened_at: datetime
    due_at: datetime
    most_tries: int
    tries: int = 0
    cause: str | None = None
    action: str | None = None
    assignee: str | None = None
    contacted_at: datetime | None = None
    escalated_at: datetime | None = None
    closed_at: datetime | None = None

    @classmethod
    def opened(
        cls,
        act: Act,
        *,
        invitation_id: UUID,
        response_id: UUID,
        customer_id: UUID,
        survey: str,
        metric: str,
        score: int,
        due_at: datetime,
        most_tries: int,
        assignee: str | None,
    ) -> Self:
        """A new case; its first assignee is the last handler of the contact."""
        case = cls(
            id=new_id(),
            last_at=act.at,
            invitation_id=invitation_id,
            response_id=response_id,
            customer_id=customer_id,
            keyed_by=customer_id,
            survey=survey,
            metric=metric,
            score=score,
            opened_at=act.at,
            due_at=due_at,
            most_tries=most_tries,
            assignee=assignee,
        )
        case._log_move("open", "", act)
        case._emit(FollowUpOpened)
        return case

    @property
    def next_check_at(self) -> datetime | None:
        """The due time, until the case is closed or escalated."""
        return self.due_at if self.closed_at is None and self.escalated_at is None else None

    def settle(self, now: datetime) -> None:
        """Escalate it once its due time has come: at the due time, once."""
        if self.next_check_at is not None and self.due_at <= now:
            self.escalated_at = self.due_at
            self._emit(FollowUpEscalated)

    def record_attempt(self, act: Act, reached: bool) -> None:
        """Somebody tried to reach the customer. After as many misses as the rule allows, the customer is unreachable. Raises
        NotAllowed, also for a miss once the customer is unreachable."""
        self._ensure_allowed("record-attempt")
        if reached:
            self._transition("record-attempt", act, reached=True)
            self.tries, self.contacted_at = self.tries + 1, act.at
            self._emit(FollowUpContacted)
            return
        if self.state != "opened":
            raise self._not_allowed("record-attempt")
        self.settle(act.at)
        self.tries += 1
        self._log_move("record-attempt", self.state, act, reached=False)
        if self.tries >= self.most_tries:
            self._transition("give-up", act)

    def record_cause(self, act: Act, cause: str) -> None:
        """Why the customer is unhappy, as a code. Raises NotAllowed."""
        self._transition("record-cause", act, cause=cause)
        self.cause = cause

    def record_action(self, act: Act, action: str) -> None:
        """The action that was taken, as a code. Raises NotAllowed."""
        self._transition("record-action", act, action=action)
        self.action = action

    def confirm(self, act: Act, satisfied: bool) -> None:
        """Whether the customer is satisfied with the action; if not, another one is needed. Raises NotAllowed."""
        self._ensure_allowed("confirm")
        self._transition("confirm" if satisfied else "refuse", act)

    def assign(self, act: Act, assignee: str) -> None:
        """Give it to an agent. Raises NotAllowed once it is closed."""
        if not is_open(self):
            raise self._not_allowed("assign")
        self.settle(act.at)
        self._log_move("assign", self.state, act, assignee=assignee)
        self.assignee = assignee

    def close(self, act: Act) -> None:
        """Close the loop. Raises NotAllowed before the customer confirmed or could not be reached."""
        reached = self.state != "unreachable"
        self._transition("close", act)
        self.closed_at = act.at
        self._emit(FollowUpClosed, cause=self.cause or NOT_KNOWN, action=self.action or NOTHING_DONE, reached=reached)

    def forget_customer(self, act: Act) -> None:
        """The customer is erased: a case in which nobody was reached is closed, the others go on without a name."""
        if self.state == "opened":
            self._transition("give-up", act)
        if self.state == "unreachable":
            self.close(act)
