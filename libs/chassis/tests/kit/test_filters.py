"""Lists as their filters: on a real table, and what has no column is refused when the list is declared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import pytest
import pytest_asyncio
from kit_loan_store import BY_DUE_TIME, LoanFilters, Loans, loans
from kit_loans import Condition, Loan
from pydantic import ValidationError
from rapport_chassis.actor import Actor
from rapport_chassis.filters import BY_HAND, MOST_VALUES, Dated, Filters, Is, find, wheres
from rapport_chassis.lists import Paging
from rapport_chassis.work import Work, WorkFactory
from rapport_kernel.errors import Invalid
from rapport_kernel.ids import new_id
from sqlalchemy import text

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CUSTOMER = new_id()


def loan(day: int, **given: Any) -> Loan:
    first = Loan(id=new_id(), last_at=NOON, customer_id=new_id(), keyed_by=new_id(), due_at=NOON + timedelta(days=day))
    return replace(first, **given)


@pytest_asyncio.fixture(scope="module")
async def three(db: Any) -> AsyncIterator[None]:
    async with WorkFactory(db, Work, source="test")(Actor.system("test")) as work:
        work.store(Loans).add(loan(0, customer_id=CUSTOMER, devices=["phone", "cable"]))
        work.store(Loans).add(loan(1, condition=Condition.GOOD, state="returned", returned_at=NOON))
        work.store(Loans).add(loan(2, condition=Condition.BROKEN, missed_at=NOON))
    yield
    async with db.engine.begin() as connection:
        await connection.execute(text("DELETE FROM loans"))


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ({}, [0, 1, 2]),
        ({"state": ["returned"]}, [1]),
        ({"state": ["returned", "lent"]}, [0, 1, 2]),
        ({"condition": ["good"]}, [1]),
        ({"condition": ["good", "broken"]}, [1, 2]),
        ({"customer": CUSTOMER}, [0]),
        ({"device": ["cable"]}, [0]),
        ({"device": ["mouse", "phone"]}, [0]),
        ({"device": ["mouse"]}, []),
        ({"open": True}, [0, 2]),
        ({"open": False}, [1]),
        ({"missed": True}, [2]),
        ({"missed": False}, [0, 1]),
        ({"due_before": NOON + timedelta(days=2)}, [0]),
        ({"from": "2026-03-03"}, [1, 2]),
        ({"from": "2026-03-03T12:00:00Z", "to": "2026-03-04T12:00:00Z"}, [1]),
        ({"period": "2026-03-03"}, [1]),
        ({"to": "2026-03-03", "tz": "Pacific/Kiritimati"}, [0]),
    ],
)
async def test_each_filter_narrows(works: WorkFactory[Work], asked: dict[str, Any], days: list[int]) -> None:
    async with works(Actor.system("test")) as work:
        page = await find(work, loans, BY_DUE_TIME, LoanFilters(**asked), Paging())
    assert [(row.due_at - NOON).days for row in page.items] == days


@pytest.mark.usefixtures("three")
async def test_a_cursor_belongs_to_its_filters(works: WorkFactory[Work]) -> None:
    async with works(Actor.system("test")) as work:
        first = await find(work, loans, BY_DUE_TIME, LoanFilters(open=True), Paging(limit=1))
        rest = await find(work, loans, BY_DUE_TIME, LoanFilters(open=True), Paging(after=first.next))
        assert len(first.items) == len(rest.items) == 1 and rest.next is None
        with pytest.raises(Invalid, match="bad-cursor"):
            await find(work, loans, BY_DUE_TIME, LoanFilters(open=False), Paging(after=first.next))


@pytest.mark.usefixtures("three")
async def test_conditions_by_hand_come_beside(works: WorkFactory[Work]) -> None:
    class Mine(Filters):
        mine: Annotated[bool | None, BY_HAND] = None

    async with works(Actor.system("test")) as work:
        page = await find(work, loans, BY_DUE_TIME, Mine(mine=True), Paging(), loans.c.customer_id == CUSTOMER)
        assert [row.customer_id for row in page.items] == [CUSTOMER]
        assert Mine(mine=True).asked == {"mine": True}


def test_a_filter_without_a_column_is_refused() -> None:
    class Wrong(Filters):
        custmer: str | None = None
        owner_: Annotated[str | None, Is("ower")] = None

    class Undated(Dated):
        at = "lent_at"

    with pytest.raises(TypeError, match="Wrong: no column for custmer, owner_"):
        wheres(Wrong, loans)
    with pytest.raises(TypeError, match="Undated: no column for at"):
        wheres(Undated, loans)


async def test_given_is_asked_as_partial_indexes_say_it(works: WorkFactory[Work]) -> None:
    async with works(Actor.system("test")) as work:
        (condition,) = LoanFilters(returned=False).conditions(work, loans)
    assert str(condition) == "loans.returned_at IS NULL"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"state": ["lent", "nonsense"]}, "'lent', 'returned' or 'lost'"),
        ({"state": ["lent,returned"]}, "'lent', 'returned' or 'lost'"),
        ({"condition": ["good,broken"]}, "'good' or 'broken'"),
        ({"device": ["phone,cable"]}, "comma-joined"),
        ({"device": [f"d{number}" for number in range(MOST_VALUES + 1)]}, f"at most {MOST_VALUES} items"),
        ({"state": ["lent"] * (MOST_VALUES + 1)}, f"at most {MOST_VALUES} items"),
    ],
)
def test_values_that_are_unknown_joined_or_too_many_are_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        LoanFilters(**asked)
