"""Closing the loop with an unhappy customer (闭环跟进): contact, cause, action, confirmation; or unreachable after n."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from rapport_contracts.satisfaction.follow_ups import FollowUpClosed, FollowUpContacted, FollowUpEscalated, FollowUpOpened
from rapport_kernel.aggregate import Aggregate
from rapport_kernel.errors import NotAllowed
from rapport_kernel.ids import new_id
from rapport_kernel.states import Move, StateTable

LIFE = StateTable(
    initial="opened",
    moves=[
        Move("contact", "opened", "contacted"),
        Move("miss", "opened", "opened"),
        Move("give_up", "opened", "unreachable"),
        Move("contact", "unreachable", "contacted"),
        Move("record_cause", "contacted", "cause_recorded"),
        Move("take_action", "cause_recorded", "action_taken"),
        Move("confirm", "action_taken", "customer_confirmed"),
        Move("refuse", "action_taken", "cause_recorded"),
        Move("close", "customer_confirmed", "closed"),
        Move("close", "unreachable", "closed"),
    ],
)
NOT_KNOWN = "unknown"
NOTHING_DONE = "none"


@dataclass(kw_only=True)
class FollowUp(Aggregate, life=LIFE):
    """One unhappy answer and what is done about it by `due_at`. Late is late, whatever state it is in: `escalated_at`."""

    invitation_id: UUID
    response_id: UUID
    customer_id: UUID
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
        *,
        invitation_id: UUID,
        response_id: UUID,
        customer_id: UUID,
        survey: str,
        metric: str,
        score: int,
        now: datetime,
        due_at: datetime,
        most_tries: int,
        assignee: str | None,
    ) -> Self:
        """A new case; the last handler of the contact is its first assignee."""
        case = cls(
            id=new_id(),
            invitation_id=invitation_id,
            response_id=response_id,
            customer_id=customer_id,
            survey=survey,
            metric=metric,
            score=score,
            opened_at=now,
            due_at=due_at,
            most_tries=most_tries,
            assignee=assignee,
        )
        case.record(
            FollowUpOpened(
                follow_up_id=case.id, invitation_id=invitation_id, customer_id=customer_id, due_at=due_at, opened_at=now
            )
        )
        return case

    def attempt(self, now: datetime, *, reached: bool) -> None:
        """The customer was tried. Missed as often as the rule allows, he is unreachable. Raises NotAllowed."""
        if reached:
            self.move("contact")
            self.tries, self.contacted_at = self.tries + 1, now
            self.record(FollowUpContacted(follow_up_id=self.id, customer_id=self.customer_id, contacted_at=now))
            return
        self.move("miss")
        self.tries += 1
        if self.tries >= self.most_tries:
            self.move("give_up")

    def record_cause(self, cause: str) -> None:
        """Why he is unhappy, as a code. Raises NotAllowed."""
        self.move("record_cause")
        self.cause = cause

    def take_action(self, action: str) -> None:
        """What was done about it, as a code. Raises NotAllowed."""
        self.move("take_action")
        self.action = action

    def assign(self, assignee: str) -> None:
        """Give it to somebody. Raises NotAllowed once it is closed."""
        if self.state == "closed":
            raise NotAllowed(self.state, "assign", self.allowed)
        self.assignee = assignee

    def ask_customer(self, *, satisfied: bool) -> None:
        """What the customer says to it; not satisfied: another action is needed. Raises NotAllowed."""
        self.move("confirm" if satisfied else "refuse")

    def close(self, now: datetime) -> None:
        """The loop is closed. Raises NotAllowed before the customer confirmed or could not be reached."""
        reached = self.state != "unreachable"
        self.move("close")
        self.closed_at = now
        self.record(
            FollowUpClosed(
                follow_up_id=self.id,
                customer_id=self.customer_id,
                cause=self.cause or NOT_KNOWN,
                action=self.action or NOTHING_DONE,
                reached=reached,
                closed_at=now,
            )
        )

    def forget(self, now: datetime) -> None:
        """The customer was forgotten. Whom nobody has reached yet, nobody can call any more; what is under way goes on."""
        if self.state == "opened":
            self.move("give_up")
        if self.state == "unreachable":
            self.close(now)

    def escalate(self) -> bool:
        """Its due time has passed and it is not closed. The time of the escalation is the due time. Once only."""
        if self.closed_at is not None or self.escalated_at is not None:
            return False
        self.escalated_at = self.due_at
        self.record(FollowUpEscalated(follow_up_id=self.id, customer_id=self.customer_id, escalated_at=self.due_at))
        return True
