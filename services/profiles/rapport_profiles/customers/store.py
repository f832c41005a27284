"""Customers: their table, the sealed personal part, the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from pydantic import Field
from rapport_chassis.columns import table_of
from rapport_chassis.filters import Changing, Dated, Many
from rapport_chassis.histories import HistoryStore
from rapport_chassis.lists import Keyset
from rapport_chassis.vault import Box
from rapport_contracts.fields import Code
from rapport_contracts.profiles.vocabulary import CustomerKind, LifecycleStage
from sqlalchemy import Column, Index, Text

from rapport_profiles.customers.domain import Customer, PersonalPart
from rapport_profiles.schema import metadata

PLACE = "customers.personal"

customers = table_of(
    Customer,
    "customers",
    metadata,
    Column("personal", comment="sealed under the customer's own key"),
    Column("stage", Text, nullable=False),
    Index("customers_registered", "registered_at", "id"),
    Index("customers_stage", "stage", "registered_at", "id"),
    Index("customers_kind", "kind", "registered_at", "id"),
    elsewhere={"state"},
    comment="One row for each customer; nothing of it is readable but codes.",
)
BY_REGISTRATION = Keyset(
    {"registered_at": customers.c.registered_at, "kind": customers.c.kind}, customers.c.id, default="-registered_at"
)


class CustomerFilters(Changing, Dated):
    """Filters of the list of customers."""

    at = "registered_at"

    stage: Many[LifecycleStage] | None = Field(default=None, description="Only customers in these stages.")
    kind: Many[CustomerKind] | None = Field(default=None, description="Only customers of these kinds.")
    source: Many[Code] | None = Field(default=None, description="Only customers whom these systems brought.")


class Customers(HistoryStore[Customer]):
    """All customers; saving is one statement for any number of them."""

    table = customers
    kind = Customer
    name = "customer"

    def from_row(self, row: Mapping[str, Any]) -> Customer:
        """The column `stage` is the state of the customer's life."""
        customer = super().from_row(row)
        customer.state = row["stage"]
        return customer


def seal_personal(box: Box, customer_id: UUID, personal: PersonalPart) -> bytes | None:
    """The personal part as one sealed document; None when nothing is known."""
    document = personal.as_document()
    return box.seal(customer_id, PLACE, orjson.dumps(document).decode()) if document else None


def open_personal(box: Box, customer: Customer) -> PersonalPart:
    """The personal part in clear; empty when nothing is known or the customer was erased."""
    text = box.read(customer.id, PLACE, customer.personal)
    return PersonalPart.from_document(orjson.loads(text)) if text else PersonalPart()
