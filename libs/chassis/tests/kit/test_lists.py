"""Orders by several keys, counts, and what changed since: on a real table, with nulls."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from kit_loan_store import BY_DUE_TIME, LoanFilters, Loans, loans
from kit_loans import Loan, Reminder
from rapport_chassis.actor import Actor
from rapport_chassis.filters import find
from rapport_chassis.lists import MOST_COUNTED, Keyset, Page, Paging
from rapport_chassis.work import Work, WorkFactory
from rapport_kernel.errors import Invalid
from rapport_kernel.ids import new_id
from sqlalchemy import text

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROBOT = Actor.system("test")
KEYS = ["due_at", "owner", "deposit", "times_reminded", "updated_at"]
SIGNED = [f"{sign}{key}" for key in KEYS for sign in ("", "-")]
PAIRS = [[one, two] for one, two in permutations(SIGNED, 2) if one.strip("-") != two.strip("-")]


def some_loan(chance: random.Random) -> Loan:
    """Of few different values each, so that many rows are alike, and often without one."""
    return Loan(
        id=new_id(),
        last_at=NOON,
        customer_id=new_id(),
        keyed_by=new_id(),
        due_at=NOON + timedelta(days=chance.randrange(3)),
        owner=chance.choice([None, "ann", "bob"]),
        deposit=chance.choice([None, Decimal("1.50"), Decimal("20.00")]),
        reminders=[Reminder(NOON, Decimal(1))] * chance.randrange(3),
    )


@pytest_asyncio.fixture(scope="module")
async def many(db: Any) -> AsyncIterator[list[Any]]:
    """61 loans, as rows."""
    chance = random.Random(7)
    async with WorkFactory(db, Work, source="test")(ROBOT) as work:
        work.store(Loans).add_many(some_loan(chance) for _ in range(61))
    async with db.engine.begin() as connection:
        yield list((await connection.execute(loans.select())).all())
    async with db.engine.begin() as connection:
        await connection.execute(text("DELETE FROM loans"))


def expected(rows: list[Any], sort: list[str]) -> list[UUID]:
    """Null is greater than every value; what is alike is in the order of the ids, in the direction of the last key."""
    ordered = sorted(rows, key=lambda row: row.id, reverse=sort[-1].startswith("-"))
    for key in reversed(sort):
        name = key.removeprefix("-")

        def place(row: Any, name: str = name) -> tuple[bool, Any]:
            value = getattr(row, name)
            return (value is None, 0 if value is None else value)

        ordered.sort(key=place, reverse=key.startswith("-"))
    return [row.id for row in ordered]


async def walk(work: Work, sort: list[str], limit: int, filters: LoanFilters | None = None) -> list[Any]:
    found: list[Any] = []
    after = None
    while True:
        page = await find(work, loans, BY_DUE_TIME, filters or LoanFilters(), Paging(limit=limit, after=after, sort=sort))
        found += page.items
        after = page.next
        if after is None:
            return found


@pytest.mark.parametrize("first", SIGNED)
async def test_walking_by_any_two_keys_gives_each_row_once_and_in_order(
    works: WorkFactory[Work], many: list[Any], first: str
) -> None:
    async with works(ROBOT) as work:
        for sort in [[first], *(pair for pair in PAIRS if pair[0] == first), [first, "id"]]:
            walked = [row.id for row in await walk(work, sort, limit=9)]
            assert walked == expected(many, sort), sort


async def test_a_key_that_decides_alone_ends_the_order(works: WorkFactory[Work], many: list[Any]) -> None:
    async with works(ROBOT) as work:
        walked = [row.id for row in await walk(work, ["id", "-owner"], limit=20)]
    assert walked == sorted(row.id for row in many)
    assert "ORDER BY loans.id ASC\n" in str(BY_DUE_TIME.select(loans.select(), Paging(sort=["id", "-owner"])))


async def test_one_direction_without_nulls_is_one_comparison_of_rows() -> None:
    first = BY_DUE_TIME.page(
        [_Row(NOON, 2)] * 2, Paging(limit=1, sort=["-due_at", "-times_reminded"]), None, lambda row: row
    )
    paging = Paging(sort=["-due_at", "-times_reminded"], after=first.next)
    assert "(loans.due_at, loans.times_reminded, loans.id) < (" in str(BY_DUE_TIME.select(loans.select(), paging))


class _Row:
    def __init__(self, due_at: datetime, reminded: int) -> None:
        self._key0, self._key1, self._key2 = due_at, reminded, new_id()


@pytest.mark.parametrize("sort", [["words"], ["due_at", "words"], ["due_at", "-due_at"], ["due_at,owner"]])
async def test_an_order_that_is_none_is_refused_with_those_that_are(works: WorkFactory[Work], sort: list[str]) -> None:
    async with works(ROBOT) as work:
        with pytest.raises(Invalid) as refused:
            await BY_DUE_TIME.find(work, loans.select(), Paging.model_construct(sort=sort, limit=5, after=None, count=False))
    assert refused.value.code == "bad-sort"
    assert refused.value.params["known"] == ["deposit", "due_at", "id", "owner", "times_reminded", "updated_at"]


async def test_a_cursor_belongs_to_all_keys_of_its_order(works: WorkFactory[Work], many: list[Any]) -> None:
    assert many
    async with works(ROBOT) as work:
        page = await find(work, loans, BY_DUE_TIME, LoanFilters(), Paging(limit=3, sort=["due_at", "owner"]))
        with pytest.raises(Invalid, match="bad-cursor"):
            await find(work, loans, BY_DUE_TIME, LoanFilters(), Paging(after=page.next, sort=["due_at", "-owner"]))
        with pytest.raises(Invalid, match="bad-cursor"):
            await find(work, loans, BY_DUE_TIME, LoanFilters(), Paging(after=page.next, sort=["due_at"]))


def test_the_document_says_what_a_list_can_be_sorted_by() -> None:
    sort = BY_DUE_TIME.parameters.model_json_schema()["properties"]["sort"]
    [array] = [each for each in sort["anyOf"] if each["type"] == "array"]
    assert array["items"]["enum"][:4] == ["deposit", "-deposit", "due_at", "-due_at"]
    assert "-updated_at" in array["items"]["enum"] and "By default `due_at`" in sort["description"]


async def test_counting_is_asked_for_and_stops_early(
    works: WorkFactory[Work], many: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def counted(most: int, filters: LoanFilters | None = None, **paging: Any) -> Page[Any]:
        monkeypatch.setattr("rapport_chassis.lists.MOST_COUNTED", most)
        async with works(ROBOT) as work:
            return await find(work, loans, BY_DUE_TIME, filters or LoanFilters(), Paging(limit=2, **paging))

    page = await counted(MOST_COUNTED)
    assert (page.count, page.count_capped) == (None, False)
    page = await counted(61, count=True)
    assert (len(page.items), page.count, page.count_capped) == (2, 61, False)
    later = await counted(60, count=True, after=page.next)
    assert (later.count, later.count_capped, later.map(str).count) == (60, True, 60)
    ann = sum(row.due_at == NOON for row in many)
    assert (await counted(60, LoanFilters(due_before=NOON + timedelta(hours=1)), count=True)).count == ann


async def test_what_changed_comes_in_the_order_of_its_change(works: WorkFactory[Work], many: list[Any]) -> None:
    changed = random.Random(3).sample([row.id for row in many], 5)
    for each in changed:
        async with works(ROBOT) as work:
            loan = await work.store(Loans).get(each, for_update=True)
            before, loan.labels = loan.updated_at, frozenset({"seen"})
            await work.flush()
            assert before is not None and loan.updated_at is not None and loan.updated_at > before
    async with works(ROBOT) as work:
        last = await work.connection.scalar(
            loans.select().where(loans.c.id == changed[0]).with_only_columns(loans.c.updated_at)
        )
        page = await find(work, loans, BY_DUE_TIME, LoanFilters(changed_since=last), Paging(limit=3))
        rest = await find(work, loans, BY_DUE_TIME, LoanFilters(changed_since=last), Paging(after=page.next))
    assert [row.id for row in [*page.items, *rest.items]] == changed
    async with works(ROBOT) as work:
        await work.connection.execute(loans.update().where(loans.c.id == changed[1]).values(owner="zoe"))  # not by the store
        found = await walk(work, [], 9, LoanFilters(changed_since=last))
    assert [row.id for row in found] == [changed[0], *changed[2:], changed[1]]


def test_the_default_order_must_be_one_of_the_orders() -> None:
    with pytest.raises(ValueError, match="no order"):
        Keyset({"due_at": loans.c.due_at}, loans.c.id, default="rank")
