"""The checker finds each planted violation, and only that one."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from rapport_testing.history import Counts, Fact, History, Published

TOPIC = "rapport.complaints"


def clean() -> History:
    """Two keys of three facts each, in two partitions; the second key's first record was delivered twice."""
    facts = [Fact(f"{key}{n}", key, n) for key in "ab" for n in (1, 2, 3)]
    records = [Published(TOPIC, 0, offset, fact.id, "a", fact.sequence) for offset, fact in enumerate(facts[:3])]
    again = [facts[3], facts[3], facts[4], facts[5]]
    records += [Published(TOPIC, 1, offset, fact.id, "b", fact.sequence) for offset, fact in enumerate(again)]
    return History(
        acked=facts[:5],
        committed=facts,
        published=records,
        effects=[fact.id for fact in facts],
        counts={(TOPIC, 0): Counts(3, applied=3), (TOPIC, 1): Counts(4, applied=3, deduped=1)},
        committed_offsets={(TOPIC, 0): 3, (TOPIC, 1): 4},
        handled={(TOPIC, record.partition, record.offset) for record in records},
        state={"open": 2},
        state_once={"open": 2},
    )


def lose_a_record(history: History) -> None:
    history.published = [record for record in history.published if record.id != "a2"]


def lose_an_acknowledged_fact(history: History) -> None:
    history.committed = [fact for fact in history.committed if fact.id != "a3"]
    history.published = [record for record in history.published if record.id != "a3"]


def publish_a_ghost(history: History) -> None:
    history.published.append(Published(TOPIC, 0, 3, "rolled-back", "a", 4))
    history.handled.add((TOPIC, 0, 3))


def change_what_was_committed(history: History) -> None:
    history.published[2] = replace(history.published[2], sequence=9)


def turn_two_records_round(history: History) -> None:
    first, second = history.published[1], history.published[2]
    history.published[1:3] = [replace(second, offset=1), replace(first, offset=2)]


def move_a_key_to_another_partition(history: History) -> None:
    history.published[2] = replace(history.published[2], partition=1, offset=9)


def apply_twice(history: History) -> None:
    history.effects.append("b1")


def change_the_state(history: History) -> None:
    history.state = {"open": 3}


def forget_a_record_in_the_books(history: History) -> None:
    history.counts[(TOPIC, 1)] = Counts(4, applied=3)


def commit_past_an_unhandled_record(history: History) -> None:
    history.handled.discard((TOPIC, 1, 2))


def test_a_clean_run_with_a_duplicate_delivery_is_accepted() -> None:
    clean().check()


@pytest.mark.parametrize(
    ("plant", "rule"),
    [
        (lose_a_record, "N1"),
        (lose_an_acknowledged_fact, "N1"),
        (publish_a_ghost, "N2"),
        (change_what_was_committed, "N2"),
        (turn_two_records_round, "N3"),
        (move_a_key_to_another_partition, "N3"),
        (apply_twice, "N4"),
        (change_the_state, "N4"),
        (forget_a_record_in_the_books, "N5"),
        (commit_past_an_unhandled_record, "N6"),
    ],
)
def test_a_planted_violation_is_found(plant: Callable[[History], None], rule: str) -> None:
    history = clean()
    plant(history)
    assert {violation.rule for violation in history.judge()} == {rule}
    with pytest.raises(AssertionError, match=rule):
        history.check()
