"""What an entry of a history notes is declared, documented by move, and refused when it is anything else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from kit_loan_store import Loans
from kit_loans import Loan
from rapport_chassis.actor import Actor
from rapport_chassis.verifying import verify_history
from rapport_chassis.web.histories import move_view_of
from rapport_chassis.work import Work, WorkFactory
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id
from rapport_testing.detail_guard import WrongDetail

SYSTEM = Actor.system("test")


def act(work: Work) -> Act:
    return Act(at=work.now, recorded_at=work.now, by=str(work.actor))


async def lent(works: WorkFactory[Work]) -> UUID:
    async with works(SYSTEM) as work:
        return work.store(Loans).add(Loan.lend(new_id(), act(work))).id


async def noted(works: WorkFactory[Work], loan_id: UUID, move: str, detail: dict[str, Any]) -> None:
    async with works(SYSTEM) as work:
        loan = await work.store(Loans).get(loan_id, for_update=True)
        loan._log_move(move, loan.state, act(work), **detail)


@pytest.mark.parametrize(
    ("move", "detail", "told"),
    [
        ("prolong", {}, "'prolong' notes nothing"),
        ("prolong", {"days": 1, "why": "asked"}, "'prolong' notes days, why"),
        ("looked-at", {"days": 1}, "'looked-at' notes days"),
        ("paint", {}, "'paint' notes nothing"),
    ],
)
async def test_an_entry_that_its_kind_does_not_know_is_not_written(
    works: WorkFactory[Work], move: str, detail: dict[str, Any], told: str
) -> None:
    loan_id = await lent(works)
    with pytest.raises(TypeError, match=f"Loan does not say that {told}"):
        await noted(works, loan_id, move, detail)
    async with works(SYSTEM) as work:
        assert (await verify_history(work, Loans, loan_id)).rows == 1


@pytest.mark.parametrize(
    ("move", "detail"),
    [
        ("prolong", {"days": "three"}),
        ("take-back", {"condition": "eaten"}),
        ("inspect", {"parts": 2, "by": 7}),
    ],
)
async def test_a_detail_that_is_not_as_documented_fails_the_test_that_writes_it(
    works: WorkFactory[Work], move: str, detail: dict[str, Any]
) -> None:
    loan_id = await lent(works)
    with pytest.raises(WrongDetail, match=f"'{move}' of Loan notes"):
        await noted(works, loan_id, move, detail)


def test_details_are_documented_for_each_move() -> None:
    shown = move_view_of(Loan).model_json_schema(mode="serialization")["properties"]
    assert shown["move"]["x-extensible-enum"] == ["prolong", "take-back", "write-off", "lend", "inspect", "looked-at"]
    assert (shown["move"]["x-vocabulary"], shown["to_state"]["x-vocabulary"]) == ("loan-action", "loan-state")
    by_move = shown["detail"]["x-by-move"]
    assert set(by_move) == {"prolong", "take-back", "lend", "inspect"}
    assert by_move["take-back"]["properties"]["condition"]["x-vocabulary"] == "condition"
    nobody = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert by_move["inspect"] == {
        "type": "object",
        "properties": {"parts": {"type": "integer"}, "by": nobody},
        "required": ["parts"],
    }
