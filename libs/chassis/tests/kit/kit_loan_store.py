"""The tables, stores and lists of the loans of the tests."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from kit_loans import LOAN_LIFE, Condition, Loan
from pydantic import BaseModel, Field
from rapport_chassis.columns import table_of
from rapport_chassis.filters import Changing, Dated, Is, Many, OneCode, OneOf, Where, contains, given, open_in
from rapport_chassis.histories import HistoryStore
from rapport_chassis.lists import Keyset
from rapport_chassis.telling import Untold
from rapport_chassis.versions import VersionedKind, versions_table
from rapport_contracts.fields import UtcTime
from sqlalchemy import Column, Index, Integer, MetaData, Numeric, text

metadata = MetaData()
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
BY_DUE_TIME = Keyset(
    {
        "due_at": loans.c.due_at,
        "owner": loans.c.owner,
        "deposit": loans.c.deposit,
        "times_reminded": loans.c.times_reminded,
        "id": loans.c.id,
    },
    loans.c.id,
    default="due_at",
)


class Loans(HistoryStore[Loan]):
    """Loans."""

    table = loans
    kind = Loan
    name = "loan"
    check_timer = "loan.due"


class LoanFilters(Changing, Dated):
    """What a list of loans can be narrowed down to."""

    at = "due_at"

    state: Annotated[Many[str] | None, OneOf(LOAN_LIFE.states)] = None
    open: Annotated[bool | None, open_in(LOAN_LIFE)] = Field(default=None, description="Not returned yet, or returned.")
    condition: Many[Condition] | None = None
    customer: Annotated[UUID | None, Is("customer_id")] = None
    device: Annotated[Many[OneCode] | None, contains("devices")] = None
    returned: Annotated[bool | None, given("returned_at")] = None
    missed: Annotated[bool | None, given("missed_at")] = None
    due_before: Annotated[UtcTime | None, Where(lambda c, at: c.returned_at.is_(None) & (c.due_at < at))] = None


class LoanPolicy(BaseModel):
    """How long something is lent."""

    days: int


class HouseRule(BaseModel):
    """A sentence that everybody goes by."""

    says: str


POLICIES = VersionedKind(
    versions_table("loan_policies", metadata, "Loans"), LoanPolicy, "loan-policy", only="standard", tells=Untold("x")
)
RULES = VersionedKind(
    versions_table("house_rules", metadata, "Rules", reason=True), HouseRule, "house-rule", tells=Untold("x")
)
