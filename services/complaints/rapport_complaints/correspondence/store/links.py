"""Links for customers."""

from __future__ import annotations

from rapport_chassis.store import AggregateStore
from rapport_kernel.errors import NotFound
from sqlalchemy import select

from rapport_complaints.correspondence.domain.links import CustomerLink
from rapport_complaints.correspondence.store import tables


class CustomerLinks(AggregateStore[CustomerLink]):
    """Links, found by id or by the hash of their token."""

    table = tables.customer_links
    kind = CustomerLink

    async def by_hash(self, token_hash: bytes, *, for_update: bool = False) -> CustomerLink:
        """The link of this token. Raises NotFound `link-unknown`."""
        c = tables.customer_links.c
        found = (await self.work.connection.execute(select(c.id).where(c.token_hash == token_hash))).scalar_one_or_none()
        if found is None:
            raise NotFound("link-unknown", "This link is not known.")
        return await self.get(found, for_update=for_update)
