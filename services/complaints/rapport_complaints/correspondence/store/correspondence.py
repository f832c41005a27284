"""Letters and attachments as aggregates."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.store import AggregateStore
from sqlalchemy import select

from rapport_complaints.correspondence.domain.attachments import Attachment
from rapport_complaints.correspondence.domain.letters import Letter
from rapport_complaints.correspondence.store import tables


class Letters(AggregateStore[Letter]):
    """Letters."""

    table = tables.letters
    kind = Letter


class Attachments(AggregateStore[Attachment]):
    """Files."""

    table = tables.attachments
    kind = Attachment

    async def with_checksum(self, complaint_id: UUID, sha256: bytes) -> Attachment | None:
        """The file of these bytes, if the complaint has it. Whoever adds one holds the complaint."""
        c = tables.attachments.c
        query = select(c.id).where(c.complaint_id == complaint_id, c.sha256 == sha256)
        found = (await self.work.connection.execute(query)).scalar_one_or_none()
        return None if found is None else await self.get(found)
