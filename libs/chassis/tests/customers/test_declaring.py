"""What is not spoken for is found: the guard of every service, fed bad cases."""

from __future__ import annotations

from dataclasses import replace

from rapport_chassis.customers import Part, undeclared_columns
from rapport_chassis.histories import history
from sqlalchemy import Column, LargeBinary, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from .conftest import CUSTOMERS, metadata


def test_a_service_that_speaks_for_all_of_its_tables_passes() -> None:
    assert undeclared_columns(metadata, CUSTOMERS) == []


def with_table(*columns: Column[object]) -> MetaData:
    more = MetaData()
    for table in metadata.tables.values():
        table.to_metadata(more)
    Table("notices", more, Column("id", Uuid, primary_key=True), Column("code", Text), *columns)
    return more


def test_a_customer_that_nobody_plugged_in_is_found() -> None:
    for column in ("customer_id", "absorbed_customer", "keyed_by", "subject", "said_by"):
        assert undeclared_columns(with_table(Column(column, Uuid)), CUSTOMERS) == [f"notices.{column}"]
    assert undeclared_columns(with_table(Column("candidates", ARRAY(Uuid))), CUSTOMERS) == ["notices.candidates"]


def test_a_ciphertext_or_a_digest_that_nobody_spoke_for_is_found() -> None:
    assert undeclared_columns(with_table(Column("words", LargeBinary)), CUSTOMERS) == ["notices.words"]
    assert undeclared_columns(with_table(Column("identifiers", JSONB)), CUSTOMERS) == ["notices.identifiers"]


def test_codes_and_other_ids_are_left_alone() -> None:
    assert undeclared_columns(with_table(Column("order_id", Uuid), Column("customer_kind", Text)), CUSTOMERS) == []


def test_a_table_that_is_taken_out_of_the_declaration_is_found() -> None:
    without = replace(CUSTOMERS, tables=CUSTOMERS.tables[1:])
    assert undeclared_columns(metadata, without) == ["orders.customer_id", "orders.digest", "orders.keyed_by", "orders.wish",
                                            "remarks.words"]  # fmt: skip


def test_a_declaration_of_what_is_not_there_is_found() -> None:
    assert undeclared_columns(metadata, replace(CUSTOMERS, retained={"letters.gone": "it was dropped"})) == ["letters.gone?"]


def test_parts_in_the_table_of_histories_are_there() -> None:
    owned, *others = CUSTOMERS.tables
    parts = [*owned.parts, Part(history, "subject_id", sealed=("note", "salt"))]
    assert undeclared_columns(metadata, replace(CUSTOMERS, tables=[replace(owned, parts=parts), *others])) == []
    assert undeclared_columns(metadata, replace(CUSTOMERS, retained={"history.gone": "it was dropped"})) == ["history.gone?"]
