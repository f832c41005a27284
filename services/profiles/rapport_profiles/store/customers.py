"""Customers: rows, the sealed personal part, the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from rapport_chassis.store import AggregateStore
from rapport_chassis.vault import Box

from rapport_profiles.domain.customer import Customer, PersonalPart
from rapport_profiles.store import tables

PLACE = "customers.personal"


class Customers(AggregateStore[Customer]):
    """All customers; saving is one statement for any number of them."""

    table = tables.customers

    def to_row(self, aggregate: Customer) -> dict[str, Any]:
        """The columns."""
        return {
            "kind": str(aggregate.kind),
            "stage": str(aggregate.state),
            "source": aggregate.source,
            "registered_at": aggregate.registered_at,
            "personal": aggregate.personal,
            "filled": list(aggregate.filled),
        }

    def from_row(self, row: Mapping[str, Any]) -> Customer:
        """The customer."""
        return Customer(
            id=row["id"],
            state=row["stage"],
            kind=row["kind"],
            source=row["source"],
            registered_at=row["registered_at"],
            personal=row["personal"],
            filled=tuple(row["filled"]),
        )


def seal_personal(box: Box, customer_id: UUID, personal: PersonalPart) -> bytes | None:
    """The personal part as one sealed document; None when nothing is known."""
    document = personal.as_document()
    return box.seal(customer_id, PLACE, orjson.dumps(document).decode()) if document else None


def open_personal(box: Box, customer: Customer) -> PersonalPart:
    """The personal part in clear; empty when nothing is known or the customer was erased."""
    text = box.read(customer.id, PLACE, customer.personal)
    return PersonalPart.from_document(orjson.loads(text)) if text else PersonalPart()
