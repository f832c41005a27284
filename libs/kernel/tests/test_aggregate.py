"""Aggregates move along their life and remember facts."""

from dataclasses import dataclass

import pytest
from rapport_kernel.aggregate import Aggregate
from rapport_kernel.errors import NotAllowed
from rapport_kernel.ids import new_id
from rapport_kernel.states import Move, StateTable

LIFE = StateTable("thing", "open", [Move("close", "open", "closed")])


@dataclass(kw_only=True)
class Case(Aggregate, life=LIFE):
    title: str


def test_a_new_aggregate_is_in_the_initial_state_with_nothing_recorded() -> None:
    case = Case(id=new_id(), title="x")
    assert (case.state, case.version, case.recorded) == ("open", 0, [])
    assert case.possible_moves == ("close",)


def test_a_loaded_aggregate_keeps_its_state() -> None:
    assert Case(id=new_id(), title="x", state="closed", version=3).possible_moves == ()


def test_a_move_changes_the_state_and_a_refused_one_does_not() -> None:
    case = Case(id=new_id(), title="x")
    assert case.move("close") == "closed"
    with pytest.raises(NotAllowed):
        case.move("close")
    assert case.state == "closed"


def test_facts_are_remembered_in_order() -> None:
    case = Case(id=new_id(), title="x")
    case.record("first")
    case.record("second")
    assert case.recorded == ["first", "second"]
