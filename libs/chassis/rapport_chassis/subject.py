"""Subjects: a service is a list of them. What one has, listens to and does when others act is declared in one place.

    WIN_BACKS = Subject(
        "win-backs",
        routers=[router],
        lives=[WIN_BACK_LIFE],
        reactions={ComplaintReceived: [check_customers]},
        timers={"win-back.due": settling(WinBacks)},
        holdings=Holdings(tables=[Owned(win_backs, keyed_by="keyed_by")]),
    )

`Service` puts the subjects of a service together; a name that two of them use is refused. What depends on settings makes the
subject a function of them: `def figures(settings: Settings) -> Subject`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from uuid import UUID

from rapport_contracts.event import Event
from rapport_kernel.states import StateTable

from rapport_chassis.alarms import Alarm, Tally
from rapport_chassis.customers.declaring import Asking, Before, Customers, Hold, Owned, Part, Receipts
from rapport_chassis.listens import Listens
from rapport_chassis.loops import Loop
from rapport_chassis.projections import Projection
from rapport_chassis.rekeying import Keyed
from rapport_chassis.security.scopes import Scope
from rapport_chassis.staff import StaffRegister
from rapport_chassis.telling import Told
from rapport_chassis.timers import TimerTable
from rapport_chassis.web.router import Router
from rapport_chassis.work import Reactions, Work

T = TypeVar("T")
Recalls = Mapping[type[Event], Callable[[Any, Sequence[Any]], Awaitable[None]]]
"""`async def know_as_sent(work: Work, facts: Sequence[SurveyInvitationSent]) -> None`: changes tables, records no fact."""


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """What a subject keeps of customers; the fields mean what they do in `Customers`. `parts` are tables whose rows belong
    to a row of another subject's table: `{complaints: [Part(letters, "complaint_id", sealed=("body",))]}`."""

    tables: Sequence[Owned] = ()
    parts: Mapping[Any, Sequence[Part]] = field(default_factory=dict)
    retained: Mapping[str, str] = field(default_factory=dict)
    holds: Hold | None = None
    before_erasing: Before | None = None
    people: Any = None
    ask_to_forget: Asking | None = None
    parked: Sequence[str] = ()


@dataclass(frozen=True)
class Subject:
    """One subject of a service. `lives` are published under `/v1/state-machines`; `reactions` are what it does in the
    transaction in which a fact of the service is recorded (`Reactions`); `projections` are tables fed by events only;
    `told` is what it tells in the catalogue; `heard` is the right to hear events of a kind (`attachment`) as live updates,
    for things that no route shows one by one; `keyed` is what it keeps under versions of a key beside data keys; `staff` is
    the register of the staff, which one subject of a service may have; `recalls` are handlers of facts of the service's own
    that its log has and its tables have lost, for what must not be done again: called once, by a restore (`restored.py`).
    """

    name: str
    routers: Sequence[Router] = field(default=(), kw_only=True)
    lives: Sequence[StateTable] = field(default=(), kw_only=True)
    listens: Listens = field(default_factory=Listens, kw_only=True)
    reactions: Reactions = field(default_factory=dict, kw_only=True)
    timers: TimerTable[Any] = field(default_factory=dict, kw_only=True)
    loops: Sequence[Loop] = field(default=(), kw_only=True)
    projections: Sequence[Projection] = field(default=(), kw_only=True)
    alarms: Sequence[Alarm] = field(default=(), kw_only=True)
    tallies: Sequence[Tally] = field(default=(), kw_only=True)
    told: Sequence[Told] = field(default=(), kw_only=True)
    heard: Mapping[str, Scope] = field(default_factory=dict, kw_only=True)
    holdings: Holdings | None = field(default=None, kw_only=True)
    staff: StaffRegister | None = field(default=None, kw_only=True)
    keyed: Sequence[Keyed] = field(default=(), kw_only=True)
    recalls: Recalls = field(default_factory=dict, kw_only=True)


def joined(name: str, parts: Iterable[Subject]) -> Subject:
    """All subjects of a service as one, in their order, which is also that of reactions to one fact. Raises ValueError for a
    name that is declared twice: of a subject, life, consumer group, timer, loop, projection, alarm, tally, keyed table
    or kind that is told or heard; and for two registers of the staff."""
    subjects = list(parts)
    once("subject", [each.name for each in subjects])
    listens = Listens(
        each=_union("handler of an event", [each.listens.each for each in subjects]),
        batches=[batch for each in subjects for batch in each.listens.batches],
        raw_topics=[raw for each in subjects for raw in each.listens.raw_topics],
    )
    listens.subscriptions(name)
    reactions: dict[Any, list[Any]] = {}
    for each in subjects:
        for fact, reacting in each.reactions.items():
            reactions.setdefault(fact, []).extend(reacting)
    made = Subject(
        name,
        routers=[router for each in subjects for router in each.routers],
        lives=[life for each in subjects for life in each.lives],
        listens=listens,
        reactions=reactions,
        timers=_union("timer", [each.timers for each in subjects]),
        loops=[loop for each in subjects for loop in each.loops],
        projections=[projection for each in subjects for projection in each.projections],
        alarms=[alarm for each in subjects for alarm in each.alarms],
        tallies=[tally for each in subjects for tally in each.tallies],
        told=[kind for each in subjects for kind in each.told],
        staff=_the_one("the register of the staff", [each.staff for each in subjects]),
        heard=_union("kind that is heard", [each.heard for each in subjects]),
        keyed=[keyed for each in subjects for keyed in each.keyed],
        recalls=_union("handler of a fact that is recalled", [each.recalls for each in subjects]),
    )
    once("life", [life.name for life in made.lives])
    once("loop", [loop.name for loop in made.loops])
    once("projection", [projection.name for projection in made.projections])
    once("alarm", [alarm.metric for alarm in made.alarms])
    once("tally", [tally.metric for tally in made.tallies])
    once("table under a key", [f"{keyed.key} {keyed.table}" for keyed in made.keyed])
    once("kind that is told", [kind.name for kind in made.told])
    return made


def customers_of(subjects: Iterable[Subject], receipts: Receipts | None) -> Customers | None:
    """What all subjects keep of customers, as one declaration; None when none of them keeps anything. Raises ValueError for
    holdings without receipts, parts of a table that nobody owns, tables and `people` declared twice."""
    kept = [each.holdings for each in subjects if each.holdings is not None]
    if not kept:
        return None
    if receipts is None:
        raise ValueError("a service that keeps something of customers says how it confirms merges, splits and erasures")
    tables = [owned for each in kept for owned in each.tables]
    once("table of customers", [owned.table.name for owned in tables])
    further: dict[Any, list[Part]] = {}
    for each in kept:
        for table, parts in each.parts.items():
            further.setdefault(table, []).extend(parts)
    if unknown := sorted(table.name for table in further.keys() - {owned.table for owned in tables}):
        raise ValueError(f"parts of {', '.join(unknown)}, which no subject declares")
    people = _the_one("which table has a row for each customer", [each.people for each in kept])
    return Customers(
        receipts=receipts,
        tables=[replace(owned, parts=[*owned.parts, *further.get(owned.table, [])]) for owned in tables],
        retained=_union("column that stays", [each.retained for each in kept]),
        holds=_hold_together([each.holds for each in kept if each.holds is not None]),
        before_erasing=_one_after_another([each.before_erasing for each in kept if each.before_erasing is not None]),
        people=people,
        ask_to_forget=_the_one("how customers are forgotten", [each.ask_to_forget for each in kept]),
        parked=[topic for each in kept for topic in each.parked],
    )


def once(what: str, names: Sequence[str]) -> None:
    """Raises ValueError for a name that comes twice."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what} declared twice: {', '.join(twice)}")


def _the_one(what: str, given: Sequence[T | None]) -> T | None:
    found = [each for each in given if each is not None]
    if len(found) > 1:
        raise ValueError(f"two subjects say {what}")
    return found[0] if found else None


def _union(what: str, tables: Sequence[Mapping[Any, T]]) -> dict[Any, T]:
    once(what, [getattr(name, "__name__", str(name)) for table in tables for name in table])
    return {name: value for table in tables for name, value in table.items()}


def _hold_together(holds: Sequence[Hold]) -> Hold | None:
    async def all_holds(work: Work, customers: list[UUID]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for each in holds:
            found |= await each(work, customers)
        return found

    return all_holds if holds else None


def _one_after_another(befores: Sequence[Before]) -> Before | None:
    async def all_befores(work: Work, customers: list[UUID]) -> None:
        for each in befores:
            await each(work, customers)

    return all_befores if befores else None
