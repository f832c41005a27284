"""A drill (演练, S112): a plan is practised, what it showed to be missing is recorded, owned, and mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from rapport_contracts.complaints import incidents as facts
from rapport_kernel.errors import Conflict, Invalid
from rapport_kernel.history import Act, AggregateWithHistory

from rapport_complaints.emergencies.domain.emergency_lives import DRILL_LIFE


class GapsOpen(Conflict):
    """Gaps that the drill showed are not mended yet."""

    code = "gaps-open"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was missing: a code, who mends it (an opaque staff id or a unit), until when."""

    code: str
    owner: str
    due_at: datetime
    closed_at: datetime | None = None


@dataclass(kw_only=True)
class Drill(AggregateWithHistory, life=DRILL_LIFE):
    """One drill of one version of a plan. Every method raises NotAllowed when the state has no such move. Times in UTC."""

    number: str
    plan: str
    plan_version: int
    planned_for: datetime
    participants: int | None = None
    gaps: list[Gap] = field(default_factory=list)
    held_at: datetime | None = None
    closed_at: datetime | None = None

    def schedule(self, act: Act) -> None:
        """It will be held."""
        self._log_move("plan", "", act)
        self.record(
            facts.DrillPlanned(
                drill_id=self.id,
                number=self.number,
                plan=self.plan,
                plan_version=self.plan_version,
                planned_for=self.planned_for,
                planned_at=act.at,
            )
        )

    def hold(self, act: Act, participants: int) -> None:
        """It was held."""
        self._transition("hold", act, participants=participants)
        self.participants, self.held_at = participants, act.at
        self.record(
            facts.DrillHeld(
                drill_id=self.id,
                plan=self.plan,
                plan_version=self.plan_version,
                participants=participants,
                held_at=act.at,
            )
        )

    def cancel(self, act: Act, reason: str) -> None:
        """It will not be held."""
        self._transition("cancel", act)
        self.record(facts.DrillCancelled(drill_id=self.id, reason=reason, cancelled_at=act.at))

    def record_gaps(self, act: Act, gaps: Sequence[Gap]) -> None:
        """What was missing; none is an answer, too. Raises Invalid `gap-twice` for a code that is there already."""
        self._ensure_allowed("record-gaps")
        codes = [gap.code for gap in (*self.gaps, *gaps)]
        if len(set(codes)) != len(codes):
            raise Invalid("gap-twice", "Each gap of a drill has a code of its own.")
        self._transition("record-gaps", act, gaps=[gap.code for gap in gaps])
        self.gaps = [*self.gaps, *gaps]
        self.record(facts.DrillGapsRecorded(drill_id=self.id, gaps=[gap.code for gap in gaps], recorded_at=act.at))

    def close_gap(self, act: Act, code: str) -> None:
        """A gap was mended. Raises Invalid `unknown-gap`, Conflict `gap-closed`."""
        self._ensure_allowed("close-gap")
        gap = next((each for each in self.gaps if each.code == code), None)
        if gap is None:
            raise Invalid("unknown-gap", "The drill has no such gap.")
        if gap.closed_at is not None:
            raise Conflict("gap-closed", "This gap was closed already.")
        self._transition("close-gap", act, gap=code)
        self.gaps = [replace(each, closed_at=act.at) if each.code == code else each for each in self.gaps]
        self.record(
            facts.DrillGapClosed(drill_id=self.id, gap=code, owner=gap.owner, in_time=act.at <= gap.due_at, closed_at=act.at)
        )

    def close(self, act: Act) -> None:
        """Done with it. Raises GapsOpen, which names the gaps, once the state would allow it."""
        self._ensure_allowed("close")
        missing = [gap.code for gap in self.gaps if gap.closed_at is None]
        if missing:
            raise GapsOpen(None, f"To be mended: {len(missing)} of {len(self.gaps)} gaps.")
        self._transition("close", act)
        self.closed_at = act.at
        self.record(facts.DrillClosed(drill_id=self.id, gaps=len(self.gaps), closed_at=act.at))
