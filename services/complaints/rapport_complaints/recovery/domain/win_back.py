"""A win-back (挽回, S64): a customer whom we may lose, the reason, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from rapport_contracts.complaints import win_backs as facts
from rapport_contracts.complaints.vocabulary import WinBackOutcome
from rapport_kernel.history import Act, AggregateWithHistory
from rapport_kernel.versions import Version

from rapport_complaints.recovery.domain.win_back_data import WinBackPolicy
from rapport_complaints.recovery.domain.win_back_life import WIN_BACK_LIFE


@dataclass(frozen=True, slots=True)
class AtRisk:
    """A customer for whom a reason holds now: how often it showed, and in which complaint last."""

    customer_id: UUID
    reason: str
    occasions: int
    complaint_id: UUID | None


@dataclass(kw_only=True)
class WinBackTask(AggregateWithHistory, life=WIN_BACK_LIFE):
    """One reason of one customer. `keyed_by` is the subject whose key seals its notes. Every method takes the circumstances
    (`Act`), and raises NotAllowed when the state has no such move. Times in UTC."""

    customer_id: UUID
    keyed_by: UUID
    reason: str
    occasions: int
    policy: str
    policy_version: int
    requested_at: datetime
    due_at: datetime
    complaint_id: UUID | None = None
    owner: str | None = None
    outcome: str | None = None
    started_at: datetime | None = None
    missed_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def next_look(self) -> datetime | None:
        """When it will be overdue, if nothing else happens."""
        return self.due_at if self.closed_at is None and self.missed_at is None else None

    def settle(self, now: datetime) -> None:
        """Say that it is overdue, once and at its due time, however late somebody looks."""
        if self.next_look is not None and self.due_at < now:
            self.missed_at = self.due_at
            self.record(facts.WinBackMissed(**self._who, owner=self.owner, missed_at=self.due_at))

    @classmethod
    def request(cls, task_id: UUID, found: AtRisk, policy: Version[WinBackPolicy], act: Act) -> WinBackTask:
        """Somebody should win the customer back."""
        task = cls(
            id=task_id,
            last_at=act.at,
            customer_id=found.customer_id,
            keyed_by=found.customer_id,
            reason=found.reason,
            occasions=found.occasions,
            policy=policy.code,
            policy_version=policy.version,
            requested_at=act.at,
            due_at=act.at + timedelta(days=policy.body.due_days),
            complaint_id=found.complaint_id,
        )
        task._log_move("request", "", act, reason=found.reason, occasions=found.occasions)
        task.record(
            facts.WinBackRequested(
                **task._who,
                complaint_id=task.complaint_id,
                occasions=task.occasions,
                policy=task.policy,
                policy_version=task.policy_version,
                due_at=task.due_at,
                requested_at=task.requested_at,
            )
        )
        return task

    def start(self, act: Act, owner: str) -> None:
        """Somebody takes it on, or goes on with it."""
        self._ensure_allowed("start")
        self.settle(act.at)
        self._transition("start", act, owner=owner)
        self.owner, self.started_at = owner, self.started_at or act.at
        self.record(facts.WinBackStarted(**self._who, owner=owner, started_at=act.at))

    def close(self, act: Act, outcome: WinBackOutcome) -> None:
        """It is over, one way or another."""
        self._ensure_allowed("close")
        self.settle(act.at)
        self._transition("close", act, outcome=outcome.value)
        self.outcome, self.closed_at = outcome.value, act.at
        if act.at <= self.due_at:
            self.missed_at = None
        self.record(facts.WinBackClosed(**self._who, outcome=outcome, in_time=act.at <= self.due_at, closed_at=act.at))

    @property
    def _who(self) -> dict[str, Any]:
        return {"win_back_id": self.id, "customer_id": self.customer_id, "reason": self.reason}
