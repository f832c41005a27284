"""Who does it: people take complaints out of the queue and give them back (S59, S63)."""

from __future__ import annotations

from dataclasses import dataclass

from rapport_contracts.complaints.handling import ComplaintClaimed, ComplaintReleased
from rapport_kernel.history import Act

from rapport_complaints.cases.domain.life import HANDLED
from rapport_complaints.cases.domain.record import UNASSIGNED, ComplaintRecord
from rapport_complaints.cases.domain.refusals import AlreadyTaken, ConflictOfInterest, NotYours


@dataclass(kw_only=True)
class Handling(ComplaintRecord):
    """The part of a complaint's life that is about who answers for it."""

    def claim(self, act: Act) -> None:
        """The person who acts claims it; claiming what they have already changes nothing. Raises AlreadyTaken when somebody
        else has it, ConflictOfInterest for a person whom it is about or who handled it before an appeal was upheld."""
        self._ensure_allowed("claim")
        if self.may_not_handle(act.who):
            raise ConflictOfInterest
        if self.assignee not in {None, act.who}:
            raise AlreadyTaken
        if self.assignee == act.who and self.state in HANDLED:
            return
        self._transition("claim", act, assignee=act.who)
        self._take(act.who)
        self.record(ComplaintClaimed(**self._who, assignee=act.who, claimed_at=act.at))

    def release(self, act: Act, reason: str) -> None:
        """Who has it gives it back; what was done so far stays. Raises NotYours for everybody else."""
        self._ensure_allowed("release")
        if self.assignee != act.who:
            raise NotYours
        self._transition("release", act, assignee=act.who)
        self.assignee = None
        self.record(ComplaintReleased(**self._who, released_by=act.who, reason=reason, released_at=act.at))

    def seek(self) -> None:
        """Somebody is looked for who could be assigned. Raises NotAllowed like `assign`, AlreadyTaken when it has one."""
        self._ensure_allowed("assign")
        if self.assignee is not None:
            raise AlreadyTaken

    def find_nobody(self) -> None:
        """Nobody could be found: flagged until somebody has it."""
        self.flags = [*self.flags, UNASSIGNED] if UNASSIGNED not in self.flags else self.flags
