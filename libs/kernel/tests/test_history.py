"""An aggregate with a history logs every move, says what time made true, and records facts by the names of its fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from rapport_kernel.chain import Head, Link, beginning, check, seal
from rapport_kernel.errors import NotAllowed
from rapport_kernel.history import Act, AggregateWithHistory, entry_content
from rapport_kernel.ids import new_id
from rapport_kernel.states import Move, StateTable

LIFE = StateTable(
    "thing", "requested", [Move("start", "requested", "started"), Move("expire", "started", "expired", by="system")]
)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Fact:
    """Looks like a class of the contracts, which the kernel does not know."""

    model_fields: ClassVar[dict[str, Any]] = {"loan_id": ..., "owner": ..., "in_time": ..., "at": ...}
    key_field: ClassVar[str] = "loan_id"

    def __init__(self, **given: Any) -> None:
        self.given = given


@dataclass(kw_only=True)
class Loan(AggregateWithHistory, life=LIFE):
    due_at: datetime
    owner: str | None = None
    overdue_at: datetime | None = None

    @property
    def in_time(self) -> bool:
        return self.overdue_at is None

    @property
    def next_check_at(self) -> datetime | None:
        return None if self.overdue_at else self.due_at

    def settle(self, now: datetime) -> None:
        if self.next_check_at is not None and self.next_check_at < now:
            self.overdue_at = self.due_at

    def start(self, act: Act, owner: str) -> None:
        self._transition("start", act, owner=owner)
        self.owner = owner
        self._emit(Fact, at=act.at)

    def found(self, act: Act) -> None:
        self._log_system("found", act)


def loan(**given: Any) -> Loan:
    return Loan(id=new_id(), last_at=NOON, **{"due_at": NOON, **given})


def act(hours: int = 1, **given: Any) -> Act:
    return Act(at=NOON + timedelta(hours=hours), recorded_at=NOON + timedelta(days=1), by="person:agent-7", **given)


def test_a_transition_settles_moves_and_logs() -> None:
    one, made = loan(), act(reason="asked")
    one.start(made, "agent-7")
    assert (one.state, one.overdue_at, one.last_at) == ("started", NOON, made.at)
    (entry,) = one.unsaved_history
    assert (entry.move, entry.source, entry.target, entry.act) == ("start", "requested", "started", made)
    assert entry.detail == {"owner": "agent-7"} and made.who == "agent-7"


def test_a_refused_transition_changes_nothing_not_even_what_time_made_true() -> None:
    one = loan(state="started")
    with pytest.raises(NotAllowed):
        one.start(act(), "agent-7")
    assert (one.overdue_at, one.unsaved_history, one.recorded) == (None, [], [])


def test_what_the_system_finds_out_leaves_room_for_what_people_did_before() -> None:
    one = loan()
    one.found(act(5))
    assert one.last_at == NOON and one.unsaved_history[0].source == one.unsaved_history[0].target == "requested"


def test_notes_are_sealed_under_the_key_of_the_field_or_under_its_own() -> None:
    @dataclass(kw_only=True)
    class Keyed(AggregateWithHistory):
        keyed_by: UUID

    one, key = loan(), new_id()
    assert one.note_key == one.id
    assert Keyed(id=new_id(), last_at=NOON, keyed_by=key).note_key == key
    assert Keyed(id=new_id(), last_at=NOON, keyed_by=key).next_check_at is None


def test_a_fact_reads_what_is_not_given_from_fields_and_properties() -> None:
    one = loan(owner="agent-7")
    one._emit(Fact, at=NOON)
    one._emit(Fact, at=NOON, in_time=False, loan_id=UUID(int=1))
    first, second = (fact.given for fact in one.recorded)  # type: ignore[attr-defined]
    assert first == {"loan_id": one.id, "owner": "agent-7", "in_time": True, "at": NOON}
    assert second == {"loan_id": UUID(int=1), "owner": "agent-7", "in_time": False, "at": NOON}


def test_the_key_of_a_fact_about_something_else_is_the_field_of_that_name() -> None:
    @dataclass(kw_only=True)
    class Reminder(AggregateWithHistory):
        loan_id: UUID

    about = new_id()
    one = Reminder(id=new_id(), last_at=NOON, loan_id=about)
    one._emit(Fact, owner=None, in_time=True, at=NOON)
    assert one.recorded[0].given["loan_id"] == about  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "needs at"),
        ({"at": NOON, "wrong": 1}, "no field wrong"),
        ({"at": NOON, "due_at": NOON}, "no field due_at"),
    ],
)
def test_a_fact_that_is_not_whole_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(TypeError, match=says):
        loan()._emit(Fact, **given)


def test_a_method_is_no_field_of_a_fact() -> None:
    fact: Any = type("Started", (Fact,), {"model_fields": {"loan_id": ..., "start": ...}})
    with pytest.raises(TypeError, match="needs start"):
        loan()._emit(fact)


def test_the_content_of_a_row_is_what_a_chain_can_hold() -> None:
    subject = new_id()
    row = {
        "id": new_id(), "kind": "loan", "subject_id": subject, "move": "start", "source": "a", "target": "b", "at": NOON,
        "recorded_at": NOON, "actor": "person:a", "reason": None, "detail": {"n": 1}, "digest": b"\x01",
    }  # fmt: skip
    link = seal(beginning(subject), entry_content(row))
    assert link.content["note"] == "01" and link.content["at"] == "2026-03-02T12:00:00.000000Z"
    assert check(subject, [link], Head(1, link.hash)) is None
    moved = Link(1, link.hash, entry_content({**row, "kind": "debt"}))
    assert check(subject, [moved], Head(1, link.hash)) is not None


def test_moves_of_the_system_are_not_called_by_people() -> None:
    assert LIFE.called == ("start",) and LIFE.allowed("started") == ("expire",)
    with pytest.raises(ValueError, match="by people and by the system: end"):
        StateTable("thing", "a", [Move("end", "a", "b"), Move("end", "b", "a", by="system")])
