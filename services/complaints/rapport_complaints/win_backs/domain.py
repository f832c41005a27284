"""A win-back (挽回, S64): a customer whom we may lose, the reason, and what became of it; and the policy that says when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Self
from uuid import UUID

from pydantic import Field, model_validator
from rapport_contracts.complaints import win_backs as facts
from rapport_contracts.complaints.vocabulary import WinBackOutcome, WinBackReason
from rapport_contracts.fields import WrongValue
from rapport_contracts.satisfaction.vocabulary import Band
from rapport_kernel.history import Act, AggregateWithHistory, Noted
from rapport_kernel.ids import new_id
from rapport_kernel.states import Move, StateTable
from rapport_kernel.versions import Version

from rapport_complaints.clocks.domain.policies import Data

WIN_BACK_LIFE = StateTable(
    "win-back",
    "requested",
    [
        Move("start", "requested", "in_progress"),
        Move("start", "in_progress", "in_progress"),  # a new owner takes over
        Move("close", "requested", "closed"),
        Move("close", "in_progress", "closed"),
    ],
)


class WinBackRule(Data):
    """A reason. It holds when it occurred at least `count` times within the last `days`. After a request none is made for
    the same customer and reason for `quiet_days`, and the occasions that led to it never count again."""

    reason: WinBackReason
    count: int = Field(default=1, ge=1, le=1000)
    days: int = Field(default=90, ge=1, le=1_100)
    quiet_days: int = Field(default=90, ge=1, le=1_100)


class WinBackPolicy(Data):
    """When we may lose a customer; a reason without a rule never holds. `low_bands` are the scores that count as low. A
    win-back is due `due_days` times 24 hours after its request. `minimum`: customers that a figure about silence needs."""

    name: str = Field(min_length=1, max_length=200)
    rules: list[WinBackRule] = Field(max_length=len(WinBackReason))
    low_bands: list[Band] = Field(
        default_factory=lambda: [Band.DETRACTOR, Band.DISSATISFIED, Band.HARD], min_length=1, max_length=len(Band)
    )
    due_days: int = Field(default=3, ge=1, le=366)
    minimum: int = Field(default=10, ge=1, le=1_000_000)

    @model_validator(mode="after")
    def _once(self) -> Self:
        if len({rule.reason for rule in self.rules}) != len(self.rules):
            raise WrongValue("reason-twice")
        return self


@dataclass(frozen=True, slots=True)
class AtRisk:
    """A customer for whom a reason holds now: how often it occurred, and in which complaint last."""

    customer_id: UUID
    reason: str
    occasions: int
    complaint_id: UUID | None


@dataclass(kw_only=True)
class WinBack(AggregateWithHistory, life=WIN_BACK_LIFE):
    """One reason of one customer. `keyed_by` is the data subject whose key seals its notes. Times in UTC."""

    noted: ClassVar = {
        "request": Noted(reason=WinBackReason, occasions=int),
        "start": Noted(owner=str),
        "close": Noted(outcome=WinBackOutcome),
    }

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
    outcome: WinBackOutcome | None = None
    started_at: datetime | None = None
    missed_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def next_check_at(self) -> datetime | None:
        """The due time, until it is closed or overdue."""
        return self.due_at if self.closed_at is None and self.missed_at is None else None

    def settle(self, now: datetime) -> None:
        """It is overdue once its due time has passed."""
        if self.next_check_at is not None and self.due_at < now:
            self.missed_at = self.due_at
            self._emit(facts.WinBackMissed)

    @classmethod
    def request(cls, found: AtRisk, policy: Version[WinBackPolicy], act: Act) -> WinBack:
        """A new one, due by the policy."""
        win_back = cls(
            id=new_id(),
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
        win_back._log_move("request", "", act, reason=found.reason, occasions=found.occasions)
        win_back._emit(facts.WinBackRequested)
        return win_back

    def start(self, act: Act, owner: str) -> None:
        """Somebody takes it on, or takes it over."""
        self._transition("start", act, owner=owner)
        self.owner, self.started_at = owner, self.started_at or act.at
        self._emit(facts.WinBackStarted, started_at=act.at)

    def close(self, act: Act, outcome: WinBackOutcome) -> None:
        """It is over. Entered late but done in time is in time."""
        self._transition("close", act, outcome=outcome.value)
        self.outcome, self.closed_at = outcome, act.at
        if act.at <= self.due_at:
            self.missed_at = None
        self._emit(facts.WinBackClosed, in_time=self.missed_at is None)
