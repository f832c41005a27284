"""Who handles a complaint: rules as data, the staff who could, and the choice with its reasons (S59, S63).

A rule says which team and skills a complaint needs. Of those who could take it, the one with the least load is chosen (open
complaints divided by capacity); if several have the same, the first by id, so that a choice can be repeated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pydantic import Field
from rapport_contracts.codes import NewCode

from rapport_complaints.cases.domain.data import StaffMember
from rapport_complaints.cases.domain.record import ComplaintRecord
from rapport_complaints.clocks.domain.policies import Data, Matching, Traits

ASSIGNMENT = "standard"
"""Code of the one set of rules that counts."""
CHOSEN = "chosen"
BUSIER = "busier"


class AssignmentRule(Matching):
    """The team (null: any) and the skills, all of them, that a matching complaint needs."""

    team: NewCode | None = None
    skills: list[NewCode] = Field(default_factory=list, max_length=20)


class AssignmentRules(Data):
    """The first matching rule counts; a complaint that no rule matches is assigned by people only."""

    name: str = Field(min_length=1, max_length=200)
    rules: list[AssignmentRule] = Field(max_length=200)

    def rule_for(self, traits: Traits) -> int | None:
        """The position of the rule that counts for such a complaint; None: no rule matches."""
        return next((place for place, rule in enumerate(self.rules) if rule.matches(traits)), None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of staff now: how many open complaints they have, and whether they are at work."""

    staff: str
    member: StaffMember
    open: int
    working: bool

    def why_not(self, rule: AssignmentRule, complaint: ComplaintRecord) -> str | None:
        """The first reason why they cannot take it, a code; None: they can."""
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
        """Open complaints divided by capacity, which must not be 0."""
        return Fraction(self.open, self.member.capacity)


@dataclass(frozen=True, slots=True)
class Considered:
    """The result for one candidate: `chosen`, `busier`, or why they cannot take it."""

    staff: str
    open: int
    capacity: int
    result: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Who was chosen by which rule, and why each of the others was not; `rule` is its position, None: no rule matched."""

    version: int
    rule: int | None
    considered: tuple[Considered, ...]

    @property
    def chosen(self) -> str | None:
        """Their id, if somebody was chosen."""
        return next((each.staff for each in self.considered if each.result == CHOSEN), None)

    @property
    def summary(self) -> list[str]:
        """Why nobody was chosen, in codes and counts."""
        if self.rule is None:
            return ["no-rule"]
        counts = sorted(Counter(each.result for each in self.considered).items())
        return [f"{count} {code}" for code, count in counts] or ["no-staff"]


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
