"""Tables and rows from the fields of an aggregate; what cannot be told is refused when the module is imported."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType
from uuid import UUID

import pytest
from kit_loan_store import loans
from kit_loans import Agreement, Condition, Loan, Reminder
from rapport_chassis.actor import Actor
from rapport_chassis.columns import table_of
from rapport_chassis.store import AggregateStore
from rapport_chassis.work import Work, WorkFactory
from rapport_kernel.aggregate import Aggregate
from rapport_kernel.ids import new_id
from sqlalchemy import BigInteger, Column, Integer, MetaData, SmallInteger, Table, Text, Uuid, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Ident = NewType("Ident", UUID)


class Plain(AggregateStore[Loan]):
    """Everything by name."""

    table = loans
    kind = Loan


def ddl(table: Table) -> str:
    return " ".join(str(CreateTable(table).compile(dialect=postgresql.dialect())).split())


def test_the_columns_are_the_fields() -> None:
    assert ddl(loans) == (
        "CREATE TABLE loans ( id UUID NOT NULL, version BIGINT NOT NULL, state TEXT NOT NULL, "
        "last_at TIMESTAMP WITH TIME ZONE NOT NULL, customer_id UUID NOT NULL, keyed_by UUID NOT NULL, "
        "due_at TIMESTAMP WITH TIME ZONE NOT NULL, devices TEXT[] DEFAULT '{}'::text[] NOT NULL, labels TEXT[] NOT NULL, "
        "deposit NUMERIC(14, 2), condition TEXT, reminders JSONB NOT NULL, limits JSONB NOT NULL, first JSONB, "
        "agreed JSONB NOT NULL, owner TEXT, "
        "missed_at TIMESTAMP WITH TIME ZONE, returned_at TIMESTAMP WITH TIME ZONE, times_reminded INTEGER NOT NULL, "
        "updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, "
        "PRIMARY KEY (id) )"
    )
    assert loans.c.deposit.comment == "what the customer left with us" and loans.comment is not None
    assert sorted(str(index.name) for index in loans.indexes) == ["loans_due", "loans_updated"]


def test_what_types_do_not_tell_is_named() -> None:
    @dataclass(kw_only=True)
    class Shelf(Aggregate):
        room: Annotated[Ident, "marked"]
        side: Literal["left", "right"]
        height: int | None = None

    metadata = MetaData()
    Table("rooms", metadata, Column("id", Uuid, primary_key=True))
    table = table_of(
        Shelf,
        "shelves",
        metadata,
        Column("side", unique=True, comment="seen from the door"),
        Column("height", SmallInteger),
        refers={"room": "rooms.id"},
        comment="Shelves.",
    )
    assert ddl(table) == (
        "CREATE TABLE shelves ( id UUID NOT NULL, version BIGINT NOT NULL, room UUID NOT NULL, side TEXT NOT NULL, "
        "height SMALLINT, updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, "
        "PRIMARY KEY (id), FOREIGN KEY(room) REFERENCES rooms (id), UNIQUE (side) )"
    )


@pytest.mark.parametrize(
    ("hint", "says"),
    [
        (Decimal, "which column is 'thing'"),
        (timedelta, "which column is 'thing'"),
        (int | str, "which column is 'thing'"),
        (list[Decimal], "which column is 'thing'"),
        (Any, "which column is 'thing'"),
        ("NoSuchType", "unknown at runtime"),
    ],
)
def test_a_field_whose_column_cannot_be_told_is_refused(hint: Any, says: str) -> None:
    kind: Any = dataclasses.make_dataclass("Odd", [("thing", hint)], bases=(Aggregate,), kw_only=True)
    with pytest.raises(TypeError, match=says):
        table_of(kind, "odd", MetaData(), comment="Odd.")


@pytest.mark.parametrize(
    ("more", "options", "says"),
    [
        ([], {"refers": {"wrong": "rooms.id"}}, "has no field wrong"),
        ([], {"elsewhere": {"wrong"}}, "has no field wrong"),
        ([Column("wrong", comment="no such field")], {}, "'wrong' is no field of Loan"),
    ],
)
def test_a_name_that_is_no_field_is_refused(more: list[Any], options: dict[str, Any], says: str) -> None:
    with pytest.raises(TypeError, match=says):
        table_of(Loan, "odd", MetaData(), Column("deposit", Integer), *more, comment="Odd.", **options)


async def test_rows_go_to_the_database_and_back(works: WorkFactory[Work]) -> None:
    reminder = Reminder(NOON, Decimal("1.50"), Condition.BROKEN)
    whole = Loan(
        id=new_id(),
        last_at=NOON,
        customer_id=new_id(),
        keyed_by=new_id(),
        due_at=NOON,
        devices=["phone", "tablet"],
        labels=frozenset({"a", "b"}),
        deposit=Decimal("12.30"),
        condition=Condition.GOOD,
        reminders=[reminder, reminder],
        limits={"days": 3},
        first=reminder,
        agreed=[Agreement(clause="a", until=NOON)],
        scratch=["not kept"],
    )
    bare = Loan(id=new_id(), last_at=NOON, customer_id=new_id(), keyed_by=new_id(), due_at=NOON)
    async with works(Actor.system("test")) as work:
        Plain(work).add_many([whole, bare])
    whole.scratch = []
    async with works(Actor.system("test")) as work:
        found = await Plain(work).get_many([whole.id, bare.id])
        assert found == {whole.id: whole, bare.id: bare}
        assert found[whole.id].condition is Condition.GOOD and found[whole.id].reminders[0].condition is Condition.BROKEN
        assert (await work.connection.execute(text("SELECT sum(times_reminded) FROM loans"))).scalar_one() == 2


async def test_what_was_only_read_is_not_written(works: WorkFactory[Work], statements: Any) -> None:
    loan = Loan(id=new_id(), last_at=NOON, customer_id=new_id(), keyed_by=new_id(), due_at=NOON, labels=frozenset("abc"))
    async with works(Actor.system("test")) as work:
        Plain(work).add(loan)
    with statements() as sent:
        async with works(Actor.system("test")) as work:
            await Plain(work).get(loan.id)
    assert not [each for each in sent if each.startswith("UPDATE")]


def test_a_column_that_the_class_does_not_have_is_refused_with_the_store() -> None:
    table = Table("odd", MetaData(), Column("id", Uuid, primary_key=True), Column("version", BigInteger), Column("x", Text))

    @dataclass(kw_only=True)
    class Odd(Aggregate):
        pass

    with pytest.raises(TypeError, match="Odd has nothing for the columns x of odd"):
        type("Odds", (AggregateStore,), {"table": table, "kind": Odd})
    own = {"to_row": lambda *_: {"x": "computed"}}
    store = type("Odds", (AggregateStore,), {"table": table, "kind": Odd, **own})
    assert store.from_row(store.__new__(store), {"id": UUID(int=1), "version": 3, "x": "y"}) == Odd(
        id=UUID(int=1), version=3
    )


def test_a_field_without_column_and_default_is_refused_with_the_store() -> None:
    table = Table("odd", MetaData(), Column("id", Uuid, primary_key=True), Column("version", BigInteger))

    @dataclass(kw_only=True)
    class Odd(Aggregate):
        x: str

    with pytest.raises(TypeError, match="odd has no column for x, without which there is no Odd"):
        type("Odds", (AggregateStore,), {"table": table, "kind": Odd})


def test_a_store_without_kind_needs_rows_of_its_own() -> None:
    store: Any = type("Odds", (AggregateStore,), {"table": loans})
    with pytest.raises(TypeError, match="needs `table` and `kind`"):
        store.to_row(store.__new__(store), None)
