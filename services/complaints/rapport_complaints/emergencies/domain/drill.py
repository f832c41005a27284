"""A drill (演练, S112): a plan is practised; the gaps it shows are recorded, owned and closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from rapport_contracts.complaints import drills as facts
from rapport_kernel.errors import Conflict, Invalid
from rapport_kernel.history import Act, AggregateWithHistory, Noted, any_open
from rapport_kernel.states import Move, StateTable

DRILL_LIFE = StateTable(
    "drill",
    "planned",
    [
        Move("hold", "planned", "held"),
        Move("cancel", "planned", "cancelled"),
        Move("record-gaps", "held", "gaps_recorded"),
        Move("record-gaps", "gaps_recorded", "gaps_recorded"),
        Move("close-gap", "gaps_recorded", "gaps_recorded"),
        Move("close", "gaps_recorded", "closed"),  # guarded: no gap is open
    ],
)


class GapsOpen(Conflict):
    """Gaps that the drill showed are still open."""

    code = "gaps-open"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was missing: a code, who closes the gap (an opaque staff id or a unit), and by when."""

    code: str
    owner: str
    due_at: datetime
    closed_at: datetime | None = None


def has_open_gap(drill: Drill) -> bool:
    """A gap is still to be closed."""
    return any_open(drill.gaps, "closed_at")


def has_no_open_gap(drill: Drill) -> bool:
    """Every gap was closed."""
    return not has_open_gap(drill)


@dataclass(kw_only=True)
class Drill(AggregateWithHistory, life=DRILL_LIFE):
    """One drill of one version of a plan. Times in UTC."""

    noted: ClassVar = {
        "plan": Noted(),
        "hold": Noted(participants=int),
        "record-gaps": Noted(gaps=list[str]),
        "close-gap": Noted(gap=str),
    }

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
        self._emit(facts.DrillPlanned, planned_at=act.at)

    def hold(self, act: Act, participants: int) -> None:
        """It was held."""
        self._transition("hold", act, participants=participants)
        self.participants, self.held_at = participants, act.at
        self._emit(facts.DrillHeld)

    def cancel(self, act: Act, reason: str) -> None:
        """It will not be held."""
        self._transition("cancel", act)
        self._emit(facts.DrillCancelled, reason=reason, cancelled_at=act.at)

    def record_gaps(self, act: Act, gaps: Sequence[Gap]) -> None:
        """The gaps it showed; an empty list records that there were none. Raises Invalid `gap-twice` for a code that is
        there already."""
        self._ensure_allowed("record-gaps")
        codes = [gap.code for gap in (*self.gaps, *gaps)]
        if len(set(codes)) != len(codes):
            raise Invalid.at("gaps", "gap-twice")
        recorded = [gap.code for gap in gaps]
        self._transition("record-gaps", act, gaps=recorded)
        self.gaps = [*self.gaps, *gaps]
        self._emit(facts.DrillGapsRecorded, gaps=recorded, recorded_at=act.at)

    def close_gap(self, act: Act, gap: str) -> None:
        """A gap was closed. Raises Invalid `unknown-gap`, Conflict `gap-closed`."""
        self._ensure_allowed("close-gap")
        found = next((each for each in self.gaps if each.code == gap), None)
        if found is None:
            raise Invalid.at("gap", "unknown-gap")
        if found.closed_at is not None:
            raise Conflict("gap-closed")
        self._transition("close-gap", act, gap=gap)
        self.gaps = [replace(each, closed_at=act.at) if each is found else each for each in self.gaps]
        in_time = act.at <= found.due_at
        self._emit(facts.DrillGapClosed, gap=gap, owner=found.owner, in_time=in_time, closed_at=act.at)

    def close(self, act: Act) -> None:
        """It is finished. Raises GapsOpen, which says how many are open, once the state would allow it."""
        self._ensure_allowed("close")
        missing = [gap.code for gap in self.gaps if gap.closed_at is None]
        if missing:
            raise GapsOpen(open=len(missing), all=len(self.gaps))
        self._transition("close", act)
        self.closed_at = act.at
        self._emit(facts.DrillClosed, gaps=len(self.gaps))
