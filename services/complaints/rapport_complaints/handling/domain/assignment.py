"""Who should handle a complaint: rules as data, the staff who could, and the choice with its reasons (S59, S63).

A rule says which team and skills a complaint needs. Of those who could, the one with the least load is chosen: open
complaints by capacity; of equals the one whose id comes first, so that a choice can be repeated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pydantic import Field
from rapport_contracts.fields import Code

from rapport_complaints.cases.domain.record import ComplaintRecord
from rapport_complaints.clocks.domain.policies import Data, Matching, Traits

ASSIGNMENT = "standard"
"""Code of the one set of rules that counts."""
CHOSEN = "chosen"
BUSIER = "busier"


class StaffMember(Data):
    """Somebody who handles complaints; known by an opaque id, never by name."""

    team: Code
    skills: list[Code] = Field(default_factory=list, max_length=100)
    capacity: int = Field(ge=0, le=1000, description="Open complaints at most.")
    calendar: Code = Field(description="When he works.")
    active: bool = Field(default=True, description="False: gets nothing any more; what he has stays until assigned anew.")


class AssignmentRule(Matching):
    """Which team (null: any) and which skills, all of them, a complaint needs that matches."""

    team: Code | None = None
    skills: list[Code] = Field(default_factory=list, max_length=20)


class AssignmentRules(Data):
    """The first matching rule counts; a complaint that none matches is assigned by people only."""

    name: str = Field(min_length=1, max_length=200)
    rules: list[AssignmentRule] = Field(max_length=200)

    def rule_for(self, traits: Traits) -> int | None:
        """The position of the rule that counts for such a complaint."""
        return next((place for place, rule in enumerate(self.rules) if rule.matches(traits)), None)


ANYBODY = AssignmentRules(name="Anybody who is at work and has time", rules=[AssignmentRule()])
"""What is shipped: until teams and skills are said, only load and working hours count."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of the staff as he is now: how many open complaints he has, and whether he is at work."""

    staff: str
    member: StaffMember
    open: int
    working: bool

    def why_not(self, rule: AssignmentRule, complaint: ComplaintRecord) -> str | None:
        """The first reason that keeps him from it, a code; None: he could."""
        reasons = {
            "inactive": not self.member.active,
            "conflict-of-interest": complaint.may_not_handle(self.staff),
            "other-team": rule.team is not None and rule.team != self.member.team,
            "skill-missing": not set(rule.skills) <= set(self.member.skills),
            "outside-working-hours": not self.working,
            "at-capacity": self.open >= self.member.capacity,
        }
        return next((code for code, so in reasons.items() if so), None)

    @property
    def load(self) -> Fraction:
        """Open complaints by capacity, of somebody who has one."""
        return Fraction(self.open, self.member.capacity)


@dataclass(frozen=True, slots=True)
class Considered:
    """What became of one candidate: `chosen`, `busier`, or what kept him from it."""

    staff: str
    open: int
    capacity: int
    result: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Who was chosen under which rule, and why each other one was not; `rule` is its position, None: none matched."""

    version: int
    rule: int | None
    considered: tuple[Considered, ...]

    @property
    def chosen(self) -> str | None:
        """The one, if there is one."""
        return next((each.staff for each in self.considered if each.result == CHOSEN), None)

    @property
    def summary(self) -> str:
        """Why there is nobody, in codes and counts."""
        if self.rule is None:
            return "No assignment rule matches this complaint."
        counts = sorted(Counter(each.result for each in self.considered).items())
        return f"Nobody can take it: {', '.join(f'{count} {code}' for code, count in counts) or 'there is no staff'}."


def choose_staff(
    rules: AssignmentRules, version: int, complaint: ComplaintRecord, candidates: Sequence[Candidate]
) -> Choice:
    """The choice among all of the staff, in the order of their ids."""
    place = rules.rule_for(complaint.traits)
    if place is None:
        return Choice(version, None, ())
    kept = {each.staff: each.why_not(rules.rules[place], complaint) for each in candidates}
    able = [each for each in candidates if kept[each.staff] is None]
    best = min(able, key=lambda each: (each.load, each.staff)).staff if able else None
    considered = (
        Considered(
            each.staff,
            each.open,
            each.member.capacity,
            kept[each.staff] or (CHOSEN if each.staff == best else BUSIER),
        )
        for each in sorted(candidates, key=lambda each: each.staff)
    )
    return Choice(version, place, tuple(considered))
