"""The tables and stores of the loans of the tests."""

from __future__ import annotations

from kit_loans import Loan
from rapport_chassis.columns import table_of
from sqlalchemy import Column, Index, Integer, MetaData, Numeric, Table, text

metadata = MetaData()
customers = Table("borrowers", metadata, Column("id", Integer, primary_key=True))
loans = table_of(
    Loan,
    "loans",
    metadata,
    Column("deposit", Numeric(14, 2), comment="what the customer left with us"),
    Column("devices", server_default=text("'{}'::text[]")),
    Column("times_reminded", Integer, nullable=False, comment="for lists"),
    Index("loans_due", "due_at", "id", postgresql_where=text("returned_at IS NULL")),
    elsewhere={"scratch"},
    comment="One row for each device that is lent.",
)
