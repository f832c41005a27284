"""The major track of a complaint (S60): declared by rule or by hand, with stricter clocks, lowered by somebody else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from rapport_contracts.complaints.major import ComplaintDeclaredMajor, ComplaintLoweredFromMajor
from rapport_contracts.complaints.vocabulary import ClockKind
from rapport_kernel.history import Act, Noted

from rapport_complaints.cases.domain.life import OPEN, TOLD, WAITING
from rapport_complaints.cases.domain.possible import MAJOR
from rapport_complaints.cases.domain.record import BOTH, ComplaintRecord
from rapport_complaints.cases.domain.refusals import AlreadyMajor
from rapport_complaints.clocks.domain.basis import Basis

BY_RULE = "by-rule"
"""The reason in the fact of what a rule declared; the case has the rule."""


@dataclass(kw_only=True)
class MajorTrack(ComplaintRecord):
    """The part of a complaint that is about being a major one."""

    noted: ClassVar = {
        "mark-major": Noted(case_id=UUID, rule=str | None, policy_version=int),
        "lower-major": Noted(case_id=UUID),
        "complete-major-step": Noted(case_id=UUID, step=str),
    }

    @property
    def is_major(self) -> bool:
        """It is on the major track now."""
        return MAJOR in self.flags

    def may_become_major(self) -> bool:
        """Rules look at it: it is open, its customer does not know the decision yet, and it is none."""
        return self.state in OPEN and self.state not in TOLD and not self.is_major

    def mark_major(
        self, act: Act, case_id: UUID, basis: Basis | None, *, version: int, told: Collection[str], rule: str | None = None
    ) -> None:
        """It is a major complaint from now on: clocks of `basis` run beside the others, from now, until it is answered.
        Raises AlreadyMajor."""
        self._ensure_allowed("mark-major")
        if self.is_major:
            raise AlreadyMajor
        detail = {"case_id": str(case_id), "rule": rule, "policy_version": version}
        if rule is None:
            self._transition("mark-major", act, **detail)
        else:
            self._log_system("mark-major", act, **detail)
        self.flags = [*self.flags, MAJOR]
        self._emit(  # a rule may tell that the customer is vulnerable, so none is named outside
            ComplaintDeclaredMajor,
            case_id=case_id,
            rule=None,
            reason=act.reason if rule is None else BY_RULE,
            declared_by=act.who if rule is None else None,
            policy_version=version,
            told=list(told),
            declared_at=act.at,
        )
        if basis is not None and self.accepted_at is None and self.feedback_at is None:
            self._start_stricter(basis, act)

    def lower_major(self, act: Act, case_id: UUID, policies: Collection[str]) -> None:
        """It is an ordinary one again: its clocks under `policies` stop. Raises NotAllowed when it is over."""
        self._ensure_allowed("mark-major")
        self._log_move("lower-major", self.state, act, case_id=str(case_id))
        self.flags = [flag for flag in self.flags if flag != MAJOR]
        for clock in self.running_clocks:
            if clock.policy in policies:
                self._say(clock.stop(act.at))
        self._emit(
            ComplaintLoweredFromMajor, case_id=case_id, reason=act.reason or "", lowered_by=act.who, lowered_at=act.at
        )

    def complete_major_step(self, act: Act, case_id: UUID, step: str) -> None:
        """Write into the history that a step of the checklist was done."""
        self._log_move("complete-major-step", self.state, act, case_id=str(case_id), step=step)

    def _start_stricter(self, basis: Basis, act: Act) -> None:
        known = {clock.policy for clock in self.running_clocks}
        for each in basis.all:
            if each.policy.code not in known:
                self._start(each, act.at, BOTH)
        if self.state in WAITING:
            for clock in self._running(ClockKind.RESOLUTION):
                if clock.state == "running":
                    self._say(clock.pause(act.at, self.state))
