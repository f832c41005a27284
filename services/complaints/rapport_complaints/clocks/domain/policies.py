"""SLA policies, calendars and policy packs: data with versions, edited over the API, in force from a date on (S50, S63).
Packs are policies that are shipped as files, to be installed where they are wanted.

The models are strict: what a policy does not know is refused, not ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from rapport_contracts.codes import NewCode
from rapport_contracts.complaints.vocabulary import ClockKind, Severity
from rapport_contracts.fields import WrongValue
from rapport_contracts.vocabulary import Channel
from rapport_kernel.business_time import BusinessCalendar, Hours, zone_of
from rapport_kernel.errors import Invalid
from rapport_kernel.versions import Version

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAIN = "main"
"""The track of the company's own policies: what grace and attempts a complaint has comes from there."""


class Data(BaseModel):
    """Base of what is stored as a version."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


class LimitUnit(StrEnum):
    """What a limit is counted in; a business day is the counted time of one ordinary day of the calendar."""

    BUSINESS_MINUTES = "business_minutes"
    BUSINESS_HOURS = "business_hours"
    BUSINESS_DAYS = "business_days"
    CALENDAR_DAYS = "calendar_days"


class Target(Data):
    """A limit: `amount` of `unit`."""

    amount: int = Field(ge=1, le=10_000)
    unit: LimitUnit

    def on(self, calendar: BusinessCalendar) -> tuple[BusinessCalendar, timedelta]:
        """The calendar it is counted in, and how much of that calendar's time it is."""
        match self.unit:
            case LimitUnit.CALENDAR_DAYS:
                return _always(calendar.zone), timedelta(days=self.amount)
            case LimitUnit.BUSINESS_DAYS:
                return calendar, calendar.day_length * self.amount
            case LimitUnit.BUSINESS_HOURS:
                return calendar, timedelta(hours=self.amount)
            case _:
                return calendar, timedelta(minutes=self.amount)


class Matching(Data):
    """Which complaints a rule is about. An empty list matches all; `complex` or `major` null matches both kinds."""

    channels: list[Channel] = Field(default_factory=list, max_length=50)
    categories: list[NewCode] = Field(default_factory=list, max_length=200)
    severities: list[Severity] = Field(default_factory=list, max_length=20)
    complex: bool | None = None
    major: bool | None = None

    def matches(self, traits: Traits) -> bool:
        """Whether this rule is about such a complaint. One not yet assessed matches no list of severities."""
        return (
            (not self.channels or traits.channel in self.channels)
            and (not self.categories or traits.category in self.categories)
            and (not self.severities or traits.severity in self.severities)
            and (self.complex is None or self.complex == traits.complex)
            and (self.major is None or self.major == traits.major)
        )


class Rule(Matching):
    """Limits for the complaints that match."""

    acknowledgement: Target
    resolution: Target
    update: Target | None = Field(
        default=None, description="Until a customer who said something is answered, after the first answer; null: no limit."
    )
    extension: Target | None = Field(
        default=None, description="By how much the resolution may be extended once, with approval; null: not at all."
    )
    warn_percent: int = Field(default=80, ge=1, le=99, description="Warn when this share of the limit is used up.")

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if self.extension is not None and self.extension.unit != self.resolution.unit:
            raise WrongValue("extension-unit")
        return self

    @property
    def limits(self) -> list[Target]:
        """Every limit there is, the longest that each can become."""
        more = self.extension.amount if self.extension is not None else 0
        longest = self.resolution.model_copy(update={"amount": self.resolution.amount + more})
        return [limit for limit in (self.acknowledgement, longest, self.update) if limit is not None]

    def limit(self, kind: str) -> Target | None:
        """The limit of one kind of clock; None: there is none."""
        match kind:
            case ClockKind.ACKNOWLEDGEMENT:
                return self.acknowledgement
            case ClockKind.UPDATE:
                return self.update
            case _:
                return self.resolution


class SlaPolicy(Data):
    """How long complaints may take. The first matching rule counts; of several policies of one `track` the one with the
    lowest `priority` that has one. Policies of different tracks run side by side, each with clocks of its own. What grace
    and attempts a complaint has is part of the policy that it began under: that of the track `main` where there is one."""

    name: str = Field(min_length=1, max_length=200)
    calendar: NewCode
    track: NewCode = Field(
        default=MAIN, description="To whom it is owed; of each track one policy counts.", examples=["main"]
    )
    priority: int = Field(default=100, ge=0, le=1000)
    retired: bool = Field(default=False, description="Matches nothing any more; what runs under older versions runs on.")
    rules: list[Rule] = Field(min_length=1, max_length=100)
    reopen_grace_days: int = Field(default=30, ge=0, le=3650, description="Calendar days after closing.")
    attempts_before_closing: int = Field(default=3, ge=1, le=20, description="Documented attempts without an answer.")
    follow_up_days: int | None = Field(
        default=None, ge=1, le=3650, description="Calendar days after the feedback to ask once more; null: not asked."
    )
    similar_days: int = Field(
        default=30, ge=1, le=3650, description="How far apart complaints about one touchpoint may be one matter."
    )

    @model_validator(mode="after")
    def _extensions_keep_their_unit(self) -> Self:
        units = {rule.resolution.unit for rule in self.rules}
        if len(units) > 1 and any(rule.extension is not None for rule in self.rules):
            raise WrongValue("resolution-units")
        return self

    def rule_for(self, traits: Traits) -> Rule | None:
        """The rule that counts for such a complaint."""
        return None if self.retired else next((rule for rule in self.rules if rule.matches(traits)), None)


WallTime = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:00"])]


class Opening(Data):
    """Hours on the wall clock; when `closes` is not later than `opens`, it is on the next day."""

    opens: WallTime
    closes: WallTime


class CalendarData(Data):
    """When the organisation works: hours of each weekday (`mon` ... `sun`), holidays and make-up working days (调休) with
    their names. `complete_until`: the last day for which the holidays are known for sure."""

    name: str = Field(min_length=1, max_length=200)
    zone: str = Field(max_length=64, examples=["Asia/Shanghai"])
    week: dict[str, Annotated[list[Opening], Field(max_length=10)]] = Field(max_length=7)
    holidays: dict[date, Annotated[str, Field(max_length=100)]] = Field(default_factory=dict, max_length=5000)
    make_up_days: dict[date, Annotated[str, Field(max_length=100)]] = Field(default_factory=dict, max_length=5000)
    make_up_hours: list[Opening] = Field(default_factory=list, max_length=10)
    complete_until: date | None = None

    def in_rows(self) -> Mapping[str, Any]:
        """The same as `calendar.published` has it: rows where here are tables by day."""

        def days(named: Mapping[date, str]) -> list[dict[str, Any]]:
            return [{"day": day, "name": name} for day, name in sorted(named.items())]

        return {
            **self.model_dump(),
            "week": [{"weekday": d, **each.model_dump()} for d in DAYS for each in self.week.get(d, ())],
            "holidays": days(self.holidays),
            "make_up_days": days(self.make_up_days),
        }

    def build(self, before: BusinessCalendar | None = None, effective_from: datetime | None = None) -> BusinessCalendar:
        """The calendar itself; days before `effective_from` follow `before`. Raises Invalid for what cannot be one."""
        unknown = set(self.week) - set(DAYS)
        if unknown:
            raise Invalid.at("week", "unknown-weekday", known=DAYS)
        zone = zone_of(self.zone)
        return BusinessCalendar(
            zone,
            {DAYS.index(day): _hours(openings) for day, openings in self.week.items()},
            holidays=self.holidays,
            make_up_days=self.make_up_days,
            make_up_hours=_hours(self.make_up_hours),
            since=effective_from.astimezone(zone).date() if before is not None and effective_from is not None else None,
            before=before,
        )


@dataclass(frozen=True, slots=True)
class Traits:
    """What a rule looks at."""

    channel: str
    category: str
    severity: str | None = None
    complex: bool = False
    major: bool = False


Choice = tuple[Version[SlaPolicy], Rule]
"""A policy, and the rule in it that counts."""


def choose_all(policies: Sequence[Version[SlaPolicy]], traits: Traits) -> list[Choice]:
    """Of the policies in force those that count for such a complaint, one of each track; that of the track `main` first."""
    found: dict[str, Choice] = {}
    for policy in sorted(policies, key=lambda each: (each.body.track != MAIN, each.body.priority, each.code)):
        rule = policy.body.rule_for(traits)
        if rule is not None:
            found.setdefault(policy.body.track, (policy, rule))
    return list(found.values())


def choose(policies: Sequence[Version[SlaPolicy]], traits: Traits) -> Choice | None:
    """The first of them: what such a complaint is pinned to; None: it has no target."""
    return next(iter(choose_all(policies, traits)), None)


def calendar_of(versions: Sequence[Version[CalendarData]]) -> BusinessCalendar:
    """One calendar out of all versions, each from its date on. Computing the years of a calendar costs milliseconds, so
    calendars of the same content are made once."""
    ordered = sorted(versions, key=lambda each: each.version)
    return _built(tuple((each.body.model_dump_json(), each.effective_from) for each in ordered))


@lru_cache(maxsize=64)
def _always(zone: tzinfo) -> BusinessCalendar:
    """Made once for a zone: the years of a calendar are reckoned once for each calendar."""
    return BusinessCalendar.always(zone)


@lru_cache(maxsize=64)
def _built(bodies: tuple[tuple[str, datetime], ...]) -> BusinessCalendar:
    calendar: BusinessCalendar | None = None
    for body, effective_from in bodies:
        calendar = CalendarData.model_validate_json(body).build(calendar, effective_from)
    if calendar is None:
        raise Invalid("calendar-missing")
    return calendar


def _hours(openings: list[Opening]) -> tuple[Hours, ...]:
    return tuple(Hours(time.fromisoformat(each.opens), time.fromisoformat(each.closes)) for each in openings)


class PolicyPack(Data):
    """One pack. Installed, its policy is a version of the SLA policy of the same code, and can be edited like any other."""

    code: str = Field(pattern="^[a-z][a-z0-9-]{0,62}$")
    edition: int = Field(ge=1, description="Of the file; a newer one changes nothing that is installed.")
    title: str = Field(min_length=1, max_length=200)
    description: str = Field(min_length=1, max_length=2000, description="What it asks, and which of its numbers are ours.")
    sources: list[str] = Field(min_length=1, max_length=20, description="Where it comes from.")
    policy: SlaPolicy
