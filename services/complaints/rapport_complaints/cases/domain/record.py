"""What is known of a complaint, its clocks and its history; `complaint` says what can happen to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from rapport_contracts.complaints.clocks import ComplaintUntargeted
from rapport_contracts.complaints.handling import ConflictOfInterestBlocked
from rapport_contracts.complaints.vocabulary import ClockKind, PauseReason
from rapport_contracts.event import Event
from rapport_kernel.business_time import BusinessCalendar, Pause
from rapport_kernel.history import Act, AggregateWithHistory, Noted, Sealed
from rapport_kernel.vocabularies import Vocabulary

from rapport_complaints.cases.domain.independence import may_handle
from rapport_complaints.cases.domain.life import WAITING
from rapport_complaints.cases.domain.possible import MAJOR
from rapport_complaints.clocks.domain.basis import Basis
from rapport_complaints.clocks.domain.clocks import Clock
from rapport_complaints.clocks.domain.policies import Traits
from rapport_complaints.taxonomies.domain import Classified

NO_TARGET = "no-target"
"""Flag of a complaint that no policy matches: nobody promised a time, and that is an alarm, not silence."""
VULNERABLE = "vulnerable"
KNOWS_VULNERABLE = 2
"""The access level from which on somebody is told that a customer is vulnerable."""
"""Flag of a complaint whose customer needs more care than others."""
UNASSIGNED = "unassigned"
"""Flag of a complaint that nobody could be found for: an alarm, until somebody has it."""
UNKNOWN_CATEGORY = "unknown-category"
"""Flag of a complaint whose category is not in use in the taxonomy that it was classified under (S56)."""
FLAGS = Vocabulary("complaint-flag", [NO_TARGET, VULNERABLE, MAJOR, UNASSIGNED, UNKNOWN_CATEGORY])
BOTH = (ClockKind.ACKNOWLEDGEMENT, ClockKind.RESOLUTION)
"""The clocks that run from the beginning of an episode."""
DEFAULT_GRACE_DAYS = 30
DEFAULT_ATTEMPTS = 3


@dataclass(kw_only=True)
class ComplaintRecord(AggregateWithHistory):
    """The facts of one complaint, with its clocks. Times in UTC; `keyed_by` is the subject whose key seals its texts: the
    customer, or the complaint itself until the customer is known. `deciders` took the present decision, `appealed_at` is
    when it was appealed against; `barred` handled it before an appeal was upheld; `ended_at`: marked a duplicate or
    transferred; `began_at`: when the present episode began, None for the first one. `category_version` and `cause_version`
    are those of the taxonomies, `source_category` is what the system it comes from calls the category, `cause_at` when the
    cause was found. Of the present episode: `refusals` of the customer, `waited_seconds` that are over,
    `escalation_steps` of the ladder that were taken; `escalation_level` 0: it is not escalated. `held_by` are emergencies
    for whose time its resolution clocks stand still. `amount` is what the present proposal costs; `pending_by` proposed one
    that waits for somebody with more authority."""

    noted: ClassVar = {"conflict-of-interest": Noted(staff=str)}

    number: str
    channel: str
    category: str
    received_at: datetime
    keyed_by: UUID
    problem: Sealed | None = None
    remedy_sought: Sealed | None = None
    contact: Sealed | None = None
    customer_id: UUID | None = None
    interaction_id: UUID | None = None
    touchpoint: str | None = None
    category_version: int | None = None
    source_category: str | None = None
    product: str | None = None
    severity: str | None = None
    complex: bool = False
    subject_staff: list[str] = field(default_factory=list)
    subject_unit: str | None = None
    vulnerability: Sealed | None = None
    handling: Sealed | None = None
    recurrence_of: UUID | None = None
    duplicate_of: UUID | None = None
    transferred_to: str | None = None
    source: str | None = None
    external_ref: str | None = None
    flags: list[str] = field(default_factory=list)
    episode: int = 1
    began_at: datetime | None = None
    policy: str | None = None
    policy_version: int | None = None
    reopen_grace_days: int = DEFAULT_GRACE_DAYS
    attempts_needed: int = DEFAULT_ATTEMPTS
    assignee: str | None = None
    handlers: list[str] = field(default_factory=list)
    deciders: list[str] = field(default_factory=list)
    barred: list[str] = field(default_factory=list)
    promised_until: datetime | None = None
    cause: str | None = None
    cause_version: int | None = None
    cause_at: datetime | None = None
    latent_risk: bool | None = None
    proposals: int = 0
    remedy: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    pending_remedy: str | None = None
    pending_amount: Decimal | None = None
    pending_currency: str | None = None
    pending_by: str | None = None
    pending_at: datetime | None = None
    attempts: int = 0
    grounds: list[str] = field(default_factory=list)
    appeals: int = 0
    follow_up_days: int | None = None
    outcome: str | None = None
    refusals: int = 0
    waiting_since: datetime | None = None
    waited_seconds: int = 0
    escalation_level: int = 0
    escalation_steps: list[str] = field(default_factory=list)
    held_by: list[UUID] = field(default_factory=list)
    acknowledged_at: datetime | None = None
    accepted_at: datetime | None = None
    first_resolved_at: datetime | None = None
    resolved_at: datetime | None = None
    not_upheld_at: datetime | None = None
    appealed_at: datetime | None = None
    feedback_at: datetime | None = None
    follow_up_at: datetime | None = None
    followed_up_at: datetime | None = None
    closed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    ended_at: datetime | None = None
    clocks: list[Clock] = field(default_factory=list)

    @property
    def running_clocks(self) -> list[Clock]:
        """Those that have not ended, paused ones too."""
        return [clock for clock in self.clocks if clock.running]

    @property
    def due_at(self) -> datetime | None:
        """The earliest due time of the clocks that run."""
        return min((clock.due_at for clock in self.running_clocks if clock.due_at is not None), default=None)

    @property
    def traits(self) -> Traits:
        """What policies look at."""
        return Traits(self.channel, self.category, self.severity, self.complex, MAJOR in self.flags)

    @property
    def is_vulnerable(self) -> bool:
        """Its customer needs more care than others."""
        return self.vulnerability is not None

    @property
    def clocks_from(self) -> datetime:
        """When the present episode began: at receipt, or when it was reopened."""
        return self.began_at or self.received_at

    def classify(self, found: Classified) -> None:
        """Put it into a category, as the taxonomy in force has it. One that is not in use is kept, and flagged."""
        self.category, self.category_version = found.code, found.version
        self.flags = [flag for flag in self.flags if flag != UNKNOWN_CATEGORY]
        if not found.known:
            self.flags = [*self.flags, UNKNOWN_CATEGORY]

    def settle(self, now: datetime) -> None:
        """Record the warnings and breaches of its clocks up to `now`, each at its own time."""
        for clock in self.running_clocks:
            self._say(clock.settle(now))

    def check_clocks(self, now: datetime) -> None:
        """The same for the timers of its clocks, which are set anew."""
        self.settle(now)
        for clock in self.running_clocks:
            clock.changed = True

    def follow_calendar(self, code: str, calendar: BusinessCalendar, version: int, at: datetime) -> None:
        """The calendar was edited: clocks that run under it are reckoned anew."""
        for clock in self.running_clocks:
            if clock.calendar == code:
                self._say(clock.reschedule(at, "calendar-changed", calendar, version))

    def _start_clocks(
        self,
        basis: Basis | None,
        at: datetime,
        kinds: Sequence[ClockKind] = BOTH,
    ) -> None:
        """Clocks of every policy that the complaint runs under now; it is pinned to the first. Without any: an alarm."""
        self.flags = [flag for flag in self.flags if flag != NO_TARGET] + ([NO_TARGET] if basis is None else [])
        if basis is None:
            self._emit(ComplaintUntargeted, untargeted_at=at)
            return
        self.policy, self.policy_version = basis.policy.code, basis.policy.version
        self.reopen_grace_days = basis.policy.body.reopen_grace_days
        self.attempts_needed = basis.policy.body.attempts_before_closing
        self.follow_up_days = basis.policy.body.follow_up_days
        for each in basis.all:
            self._start(each, at, kinds)

    def _start(self, basis: Basis, at: datetime, kinds: Sequence[ClockKind], waited: Sequence[Pause] = ()) -> None:
        for kind in kinds:
            if kind == ClockKind.ACKNOWLEDGEMENT and self.acknowledged_at is not None:
                continue
            pauses = waited if kind == ClockKind.RESOLUTION else ()
            self._add(*Clock.start(self.id, kind, self.episode, basis, at, pauses))

    def _add(self, clock: Clock, events: Sequence[Event]) -> None:
        self.clocks.append(clock)
        self._say(events)
        if self.held_by and clock.kind == ClockKind.RESOLUTION and clock.state == "running":
            self._say(clock.pause(clock.started_at, PauseReason.EMERGENCY))

    def _follow_assessment(self, basis: Basis | None, at: datetime) -> None:
        """What policies say about the complaint now that it is assessed: running clocks follow their own, one that had no
        target gets clocks, and so do policies that match only now. These have waited when the others did."""
        if basis is None:
            return
        if NO_TARGET in self.flags:
            self._start_clocks(basis, self.clocks_from)
        else:
            for clock in self.running_clocks:
                own = basis.of(clock)
                if own is not None:
                    self._say(clock.reschedule(at, "assessed", own.calendar, own.calendar_version, own.rule))
            self._start_beside(basis)
        for clock in self._running(ClockKind.RESOLUTION):
            if self.state in WAITING and clock.state == "running":
                self._say(clock.pause(at, self.state))

    def _start_beside(self, basis: Basis) -> None:
        """Clocks of what it did not run under so far; never for a complaint of another system, which has none."""
        known = {clock.policy for clock in self.clocks if clock.episode == self.episode}
        waited = max((clock.pauses for clock in self._running(ClockKind.RESOLUTION)), key=len, default=[])
        for each in basis.all:
            if self.policy is not None and each.policy.code not in known:
                self._start(each, self.clocks_from, BOTH, waited)

    def _running(self, kind: str) -> list[Clock]:
        return [clock for clock in self.running_clocks if clock.kind == kind]

    def _meet(self, kind: str, at: datetime) -> None:
        for clock in self._running(kind):
            self._say(clock.meet(at))

    def _stop_clocks(self, at: datetime) -> None:
        for clock in self.running_clocks:
            self._say(clock.stop(at))

    def _say(self, events: Sequence[Event]) -> None:
        for fact in events:
            self.record(fact)

    def _forget_pending(self) -> None:
        """No proposal waits any more."""
        self.pending_remedy = self.pending_amount = self.pending_currency = self.pending_by = self.pending_at = None

    # --- who may do it

    def may_not_handle(self, staff: str) -> bool:
        """Whether it is about this person, or they handled it before an appeal was upheld."""
        return not may_handle(staff, subjects=self.subject_staff, barred=self.barred)

    def _take(self, staff: str) -> None:
        """This person answers for it now."""
        self.assignee = staff
        self.handlers = list(dict.fromkeys([*self.handlers, staff]))
        self.flags = [flag for flag in self.flags if flag != UNASSIGNED]

    def block(self, act: Act, staff: str, move: str = "assign") -> None:
        """Somebody was kept from what would be a conflict of interest (回避). Raises NotAllowed like the move itself."""
        self._ensure_allowed(move)
        self._log_move("conflict-of-interest", self.state, act, staff=staff)
        self._emit(ConflictOfInterestBlocked, staff=staff, blocked_at=act.at)
