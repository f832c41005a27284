"""What Interactions said about contacts: whom a complaint out of a contact may belong to, and where it arose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from rapport_chassis.database import to_json
from rapport_chassis.work import Work
from sqlalchemy import BigInteger, Column, Index, Table, Text, Uuid, text

from rapport_complaints.schema import metadata, moment

interactions = Table(
    "interactions",
    metadata,
    Column("interaction_id", Uuid, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("customer_id", Uuid),
    Column("touchpoint", Text),
    Column("channel", Text),
    Column("last_agent", Text),
    moment("started_at"),
    Index("interactions_customer", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
    Index("interactions_started", "started_at", postgresql_where=text("started_at IS NOT NULL")),
    Index("interactions_touchpoint", "touchpoint", "started_at", "interaction_id"),
    comment="Projection of what Interactions publishes; can be rebuilt from the topic.",
)


@dataclass(slots=True)
class KnownInteraction:
    """What is known of a contact; None is not known (yet). `sequence` is that of the newest event about it."""

    interaction_id: UUID
    sequence: int
    customer_id: UUID | None = None
    touchpoint: str | None = None
    channel: str | None = None
    last_agent: str | None = None
    started_at: datetime | None = None


class KnownInteractions:
    """The projection."""

    def __init__(self, work: Work) -> None:
        """Writes at once."""
        self._work = work

    async def hold(self, interaction_id: UUID) -> KnownInteraction:
        """What is known of one contact, held until the commit: news about it that comes meanwhile waits, and then finds
        the complaint that is being filed."""
        row = (await self._work.connection.execute(_HOLD, {"interaction_id": interaction_id})).mappings().one()
        return KnownInteraction(**row)

    async def put(self, known: Iterable[KnownInteraction]) -> None:
        """Take a set in with one statement; what is older than what is there changes nothing."""
        rows = [asdict(each) for each in sorted(known, key=lambda each: each.interaction_id)]
        await self._work.connection.execute(_PUT, {"rows": to_json(rows)})


_HOLD = text(
    """
    INSERT INTO interactions AS i (interaction_id, sequence) VALUES (:interaction_id, 0)
    ON CONFLICT (interaction_id) DO UPDATE SET sequence = i.sequence
    RETURNING interaction_id, sequence, customer_id, touchpoint, channel, last_agent, started_at
    """
)
_PUT = text(
    """
    INSERT INTO interactions AS i (interaction_id, sequence, customer_id, touchpoint, channel, last_agent, started_at)
    SELECT interaction_id, sequence, customer_id, touchpoint, channel, last_agent, started_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS k(
        interaction_id uuid, sequence bigint, customer_id uuid, touchpoint text, channel text, last_agent text,
        started_at timestamptz
    )
    ON CONFLICT (interaction_id) DO UPDATE SET
        sequence = excluded.sequence,
        customer_id = coalesce(excluded.customer_id, i.customer_id),
        touchpoint = coalesce(excluded.touchpoint, i.touchpoint),
        channel = coalesce(excluded.channel, i.channel),
        last_agent = coalesce(excluded.last_agent, i.last_agent),
        started_at = coalesce(excluded.started_at, i.started_at)
    WHERE excluded.sequence > i.sequence
    """
)
