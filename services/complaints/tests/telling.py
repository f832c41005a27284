"""What a reader learns of a thing from its events alone: its state, and what comes once; held against the thing itself,
event by event at the moment at which it is recorded, and with the parts of it that have events and states of their own."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.life import ENDED
from rapport_complaints.clocks.domain.clocks import Clock
from rapport_complaints.recovery.domain.case import RecoveryCase
from rapport_contracts.event import Event
from rapport_kernel.errors import Refused
from rapport_kernel.history import Act, AggregateWithHistory
from rapport_testing.telling import state_after

from .making import MONDAY, act

PARTS = {"clock": "clock_id", "compensation": "compensation_id"}
"""Subjects that are parts of the thing that records their events, and the field that says which one."""
WALKS, STEPS = 60, 80
LONGEST_WAIT = 30 * 60
"""Minutes between two steps of a walk, at most."""


@dataclass
class Reader:
    """Somebody who knows nothing but the events. `state` is that of the thing, `parts` those of its parts by id;
    `seen` counts the types, `made` are the moves that really were made, each with the state before it."""

    state: str = ""
    parts: dict[UUID, str] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    made: set[tuple[str, str]] = field(default_factory=set)

    def read(self, fact: Event) -> bool:
        """Take one event in; whether it is about the thing itself. Raises AssertionError for one that was to come once."""
        self.seen[fact.event_type] += 1
        if type(fact).publication.often == "once":
            assert self.seen[fact.event_type] == 1, f"{fact.event_type} came again"
        part = PARTS.get(fact.event_type.split(".")[0])
        if part is None:
            self.state = state_after(fact) or self.state
            return True
        part_id = getattr(fact, part)
        self.parts[part_id] = state_after(fact) or self.parts.get(part_id, "")
        return False


class Watched(list[object]):
    """Takes the place of what a thing records: each event is read at once, and has to tell the state at that moment."""

    def __init__(self, thing: AggregateWithHistory, reader: Reader) -> None:
        """`thing` has begun; what it recorded until now is read here."""
        super().__init__()
        self.thing, self.reader = thing, reader
        for fact in thing.recorded:
            self.append(fact)
        thing.recorded = self

    def append(self, fact: object) -> None:
        assert isinstance(fact, Event)
        if self.reader.read(fact):
            told, real = self.reader.state, self.thing.state
            assert told == real, f"after {fact.event_type} a reader thinks '{told}', and it is '{real}'"
        super().append(fact)


def parts_of(thing: AggregateWithHistory) -> dict[UUID, str]:
    """The states of its clocks or compensations, as far as events of their own say them."""
    if isinstance(thing, Complaint):
        return {clock.id: clock.state for clock in thing.clocks if not _stopped(clock, thing)}
    if isinstance(thing, RecoveryCase):
        return {award.id: award.state for award in thing.awards if award.state != "reserved"}  # `recovery.proposed` says it
    return {}


def compare(thing: AggregateWithHistory, reader: Reader) -> None:
    """A reader knows the state of the thing and of its parts. Raises AssertionError."""
    real = {thing.id: thing.state, **parts_of(thing)}
    told = {thing.id: reader.state} | {part: reader.parts.get(part, "") for part in real if part != thing.id}
    assert told == real, f"a reader thinks {sorted(told.items())}, and it is {sorted(real.items())}"


def _stopped(clock: Clock, complaint: Complaint) -> bool:
    """It has no event of its own: the complaint ended, if only in an earlier episode, or is a major one no longer."""
    ended = complaint.state in ENDED or clock.episode < complaint.episode
    return clock.state == "stopped" and (ended or clock.policy == "major")


@dataclass(frozen=True)
class Road:
    """How a thing of one kind begins, and everything that can happen to it. `begins_in` is its state where another event
    says that it began."""

    begin: Callable[[], Any]
    moves: dict[str, Callable[[Any, Act], object]]
    beside: dict[str, Callable[[Any, Act], object]] = field(default_factory=dict)
    begins_in: str = ""

    def walk(self, seed: int) -> Reader:
        """Let things happen in an order that `seed` chooses. Raises AssertionError as soon as a reader would be mistaken."""
        chance, now, thing = random.Random(seed), MONDAY, self.begin()
        reader = Reader(self.begins_in, parts_of(thing) if self.begins_in else {})
        Watched(thing, reader)
        for _ in range(STEPS):
            now += timedelta(minutes=chance.randrange(LONGEST_WAIT))
            possible = {name: 2 - 1.7 * self._ends(thing, name) for name in thing.possible_moves} | dict.fromkeys(
                self.beside, 1.0
            )
            if not possible:
                break
            (name,) = chance.choices(list(possible), list(possible.values()))
            before, how = thing.state, act(now, reason="because")
            with suppress(Refused):
                (self.moves | self.beside)[name](thing, replace(how, by=f"person:clerk-{chance.randrange(2)}"))
                reader.made.add((before, name))
            compare(thing, reader)
        return reader

    def walks(self, count: int = WALKS) -> Reader:
        """So many of them: what all their readers saw."""
        found = Reader()
        for seed in range(count):
            one = self.walk(seed)
            found.seen += one.seen
            found.made |= one.made
        return found

    def _ends(self, thing: Any, move: str) -> bool:
        """A move after which nothing comes: seldom made, for long walks."""
        return thing.life.target(thing.state, move) in thing.life.final
