"""Judges a run: what writers were told, what the database and the topics hold, what consumers did with it.

The rules are the invariants of a log that loses nothing: N1 no loss, N2 no ghost, N3 order per key, N4 effect once,
N5 conservation, N6 no offset past an unhandled record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from aiokafka import ConsumerRecord

Partition = tuple[str, int]
SHOWN = 5


@dataclass(frozen=True)
class Fact:
    """One event as its writer knows it: its id, the key of its aggregate, its place in the aggregate's life."""

    id: str
    key: str
    sequence: int


@dataclass(frozen=True)
class Published:
    """One record of a topic, read back."""

    topic: str
    partition: int
    offset: int
    id: str
    key: str
    sequence: int

    @classmethod
    def of(cls, record: ConsumerRecord) -> Published:
        """A record with CloudEvents attributes in `ce_` headers. Raises KeyError when it has none."""
        headers = {name: value.decode() for name, value in record.headers}
        key = record.key.decode() if record.key is not None else ""
        return cls(
            record.topic, record.partition, record.offset, headers["ce_id"], key, int(headers.get("ce_sequence", "0"))
        )


@dataclass(frozen=True)
class Counts:
    """What the consumer of one partition says it did with its records."""

    consumed: int
    applied: int = 0
    deduped: int = 0
    ignored: int = 0
    parked: int = 0


@dataclass(frozen=True)
class Violation:
    """One broken rule (`N1` ... `N6`) and what broke it."""

    rule: str
    about: str


@dataclass
class History:
    """Everything that was seen of one run; leave empty what the test did not look at.

    `acked`: facts that a writer was told are durable (HTTP 2xx). `committed`: facts that the database holds when all is
    over. `published`: the topics. `effects`: ids of events, once for each time that their effect is found in the
    consumer's database. `counts`: the consumer's own books. `committed_offsets`: next offset to read, as committed.
    `handled`: offsets that were applied, seen before, ignored or parked. `state` and `state_once`: the consumer's state, and
    the same after a run without a fault.
    """

    acked: list[Fact] = field(default_factory=list)
    committed: list[Fact] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    counts: dict[Partition, Counts] = field(default_factory=dict)
    committed_offsets: dict[Partition, int] = field(default_factory=dict)
    handled: set[tuple[str, int, int]] = field(default_factory=set)
    state: object = None
    state_once: object = None

    def judge(self) -> list[Violation]:
        """Every violation; an empty list is a clean run."""
        rules = (
            self._no_loss(),
            self._no_ghost(),
            self._order(),
            self._once(),
            self._conservation(),
            self._offsets(),
        )
        return [violation for rule in rules for violation in rule]

    def check(self) -> None:
        """Raises AssertionError that names the broken rules and some examples of each."""
        if violations := self.judge():
            totals = Counter(violation.rule for violation in violations)
            shown = [
                f"{rule} x{total}: " + "; ".join([each.about for each in violations if each.rule == rule][:SHOWN])
                for rule, total in sorted(totals.items())
            ]
            raise AssertionError("\n".join(shown))

    def _no_loss(self) -> Iterable[Violation]:
        """N1: what was acknowledged is committed, and what was committed is on the topic."""
        committed = {fact.id for fact in self.committed}
        on_topic = {record.id for record in self.published}
        for fact in self.acked:
            if fact.id not in committed:
                yield Violation("N1", f"acknowledged, not in the database: {fact.id}")
        for fact in self.committed:
            if fact.id not in on_topic:
                yield Violation("N1", f"committed, not on the topic: {fact.id}")

    def _no_ghost(self) -> Iterable[Violation]:
        """N2: nothing on the topic that was not committed as it stands there (id, key and sequence)."""
        committed = {fact.id: fact for fact in self.committed}
        for record in self.published:
            fact = committed.get(record.id)
            if fact is None:
                yield Violation("N2", f"on the topic, never committed: {record.id}")
            elif (fact.key, fact.sequence) != (record.key, record.sequence):
                yield Violation("N2", f"on the topic under another key or sequence: {record.id}")

    def _order(self) -> Iterable[Violation]:
        """N3: first deliveries of a key follow its sequence, and a key stays in one partition."""
        last: dict[tuple[str, str], int] = {}
        home: dict[tuple[str, str], int] = {}
        seen: set[tuple[str, str]] = set()
        for record in sorted(self.published, key=lambda each: (each.topic, each.partition, each.offset)):
            key = (record.topic, record.key)
            if home.setdefault(key, record.partition) != record.partition:
                yield Violation("N3", f"key {record.key} in partitions {home[key]} and {record.partition}")
            if (record.topic, record.id) in seen:
                continue  # a duplicate: delivery is at least once
            seen.add((record.topic, record.id))
            if record.sequence <= last.get(key, -1):
                yield Violation("N3", f"key {record.key}: sequence {record.sequence} after {last[key]}")
            last[key] = max(record.sequence, last.get(key, -1))

    def _once(self) -> Iterable[Violation]:
        """N4: no effect twice, and the state is that of a run without a fault."""
        for event, times in Counter(self.effects).items():
            if times > 1:
                yield Violation("N4", f"effect of {event} found {times} times")
        if self.state_once is not None and self.state != self.state_once:
            yield Violation("N4", "the state differs from that of a run without a fault")

    def _conservation(self) -> Iterable[Violation]:
        """N5: consumed = applied + deduped + ignored + parked, for each partition."""
        for (topic, number), count in self.counts.items():
            accounted = count.applied + count.deduped + count.ignored + count.parked
            if count.consumed != accounted:
                yield Violation("N5", f"{topic}/{number}: consumed {count.consumed}, accounted for {accounted}")

    def _offsets(self) -> Iterable[Violation]:
        """N6: every record before a committed offset was handled."""
        for record in self.published:
            committed = self.committed_offsets.get((record.topic, record.partition), 0)
            if record.offset < committed and (record.topic, record.partition, record.offset) not in self.handled:
                where = f"{record.topic}/{record.partition}@{record.offset}"
                yield Violation("N6", f"offset {committed} committed, {where} not handled")


def published(records: Iterable[ConsumerRecord]) -> list[Published]:
    """The records of a topic dump (`Topics.dump`) as the judge reads them."""
    return [Published.of(record) for record in records]
