"""Links for customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from rapport_chassis.store import AggregateStore
from rapport_kernel.errors import NotFound
from sqlalchemy import select

from rapport_complaints.correspondence.domain.links import CustomerLink
from rapport_complaints.correspondence.store import tables

_FIELDS = [each.name for each in fields(CustomerLink) if each.name not in {"id", "version", "recorded"}]


class CustomerLinks(AggregateStore[CustomerLink]):
    """Links, found by id or by the hash of their token."""

    table = tables.customer_links

    def to_row(self, aggregate: CustomerLink) -> dict[str, Any]:
        """The columns."""
        return {name: getattr(aggregate, name) for name in _FIELDS}

    def from_row(self, row: Mapping[str, Any]) -> CustomerLink:
        """One link."""
        return CustomerLink(id=row["id"], **{name: row[name] for name in _FIELDS})

    async def by_hash(self, token_hash: bytes, *, for_update: bool = False) -> CustomerLink:
        """The link of this token. Raises NotFound `link-unknown`."""
        c = tables.customer_links.c
        found = (await self.work.connection.execute(select(c.id).where(c.token_hash == token_hash))).scalar_one_or_none()
        if found is None:
            raise NotFound("link-unknown", "This link is not known.")
        return await self.get(found, for_update=for_update)
