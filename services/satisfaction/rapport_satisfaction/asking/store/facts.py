"""Facts from events of other services: open complaints, emergencies, consents. The newest event counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from rapport_chassis.database import to_json
from rapport_chassis.work import Work
from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from rapport_satisfaction.schema import metadata, moment

complaints = Table(
    "complaints",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("customer_id", Uuid),
    Column("interaction_id", Uuid),
    Column("open", Boolean, nullable=False),
    Column("sequence", BigInteger, nullable=False, comment="of the newest event that is in here"),
    Index("complaints_open_customer", "customer_id", postgresql_where=text("open")),
    Index("complaints_open_interaction", "interaction_id", postgresql_where=text("open")),
    comment="Projection: which complaints are open, and whose.",
)
emergencies = Table(
    "emergencies",
    metadata,
    Column("incident_id", Uuid, primary_key=True),
    Column("touchpoints", ARRAY(Text), nullable=False, comment="empty: everywhere"),
    Column("holds", Boolean, nullable=False),
    moment("began_at", nullable=False),
    Column("sequence", BigInteger, nullable=False, comment="of the newest event that is in here"),
    Index("emergencies_holding", "incident_id", postgresql_where=text("holds")),
    comment="Projection: emergencies, and whether surveys are held for them.",
)
consents = Table(
    "consents",
    metadata,
    Column("said_by", Uuid, primary_key=True, comment="the customer as known at the time"),
    Column("channel", Text, primary_key=True, comment="`*`: any"),
    Column("customer_id", Uuid, nullable=False, comment="the same customer at present"),
    Column("granted", Boolean, nullable=False),
    moment("at", nullable=False),
    Column("sequence", BigInteger, nullable=False, server_default="0", comment="of the event, where two have the same time"),
    Index("consents_customer", "customer_id"),
    comment="Projection: the latest consent of each customer to being asked (purpose survey).",
)
ANY = "*"


@dataclass(frozen=True, slots=True)
class ComplaintFact:
    """What one event says about a complaint; None: it does not say."""

    complaint_id: UUID
    sequence: int
    open: bool | None = None
    customer_id: UUID | None = None
    interaction_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class EmergencyFact:
    """What one event says about an emergency; None: it does not say. Without touchpoints it is everywhere."""

    incident_id: UUID
    sequence: int
    touchpoints: Sequence[str]
    holds: bool | None = None
    began_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Emergency:
    """An emergency during which surveys are held."""

    touchpoints: Sequence[str]
    began_at: datetime

    def touches(self, touchpoint: str | None, occurred_at: datetime) -> bool:
        """Whether it covers a contact at this touchpoint at this time."""
        return occurred_at >= self.began_at and (not self.touchpoints or touchpoint in self.touchpoints)


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """Consent of a customer to being asked, given or withdrawn, for a channel or for any (`*`)."""

    customer_id: UUID
    channel: str
    granted: bool
    at: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class Consents:
    """The latest consent by customer and channel: when, and whether it was granted."""

    latest: Mapping[tuple[UUID, str], tuple[datetime, bool]]

    def refuses(self, customer: UUID | None, channel: str) -> bool:
        """Whether the latest consent that covers the channel was withdrawn. Without any, the customer may be asked."""
        found = [self.latest[customer, name] for name in (channel, ANY) if customer and (customer, name) in self.latest]
        return bool(found) and not max(found)[1]


class FactStore:
    """Sets in, sets out: one statement each."""

    def __init__(self, work: Work) -> None:
        """Open it with `work.store(FactStore)`."""
        self.work = work

    async def save_complaints(self, facts: Sequence[ComplaintFact]) -> None:
        """Store these facts; the newest by sequence counts."""
        folded: dict[UUID, ComplaintFact] = {}
        for fact in sorted(facts, key=lambda one: one.sequence):
            before = folded.get(fact.complaint_id, fact)
            folded[fact.complaint_id] = ComplaintFact(
                fact.complaint_id,
                fact.sequence,
                before.open if fact.open is None else fact.open,
                fact.customer_id or before.customer_id,
                fact.interaction_id or before.interaction_id,
            )
        rows = [asdict(folded[key]) for key in sorted(folded)]
        await self.work.connection.execute(_SAVE_COMPLAINTS, {"rows": to_json(rows)})

    async def save_emergencies(self, facts: Sequence[EmergencyFact]) -> None:
        """Store these facts; the newest by sequence counts, and anything it leaves open stays as it was."""
        folded: dict[UUID, EmergencyFact] = {}
        for fact in sorted(facts, key=lambda one: one.sequence):
            before = folded.get(fact.incident_id, fact)
            folded[fact.incident_id] = EmergencyFact(
                fact.incident_id,
                fact.sequence,
                fact.touchpoints,
                before.holds if fact.holds is None else fact.holds,
                fact.began_at or before.began_at,
            )
        rows = [asdict(folded[key]) for key in sorted(folded)]
        await self.work.connection.execute(_SAVE_EMERGENCIES, {"rows": to_json(rows)})

    async def emergencies(self) -> list[Emergency]:
        """The emergencies for which surveys are held at present: few."""
        rows = await self.work.connection.execute(_EMERGENCIES)
        return [Emergency(row.touchpoints, row.began_at) for row in rows]

    async def save_consents(self, facts: Sequence[ConsentFact]) -> None:
        """Store the latest consent of each customer for each channel; at the same time, the later event counts."""
        newest: dict[tuple[UUID, str], ConsentFact] = {}
        for fact in sorted(facts, key=lambda one: (one.at, one.sequence)):
            newest[fact.customer_id, fact.channel] = fact
        rows = [asdict(newest[key]) for key in sorted(newest)]
        await self.work.connection.execute(_SAVE_CONSENTS, {"rows": to_json(rows)})

    async def customers_of(self, complaints: Iterable[UUID]) -> set[UUID]:
        """The customers of these complaints, where they are known."""
        rows = await self.work.connection.execute(_CUSTOMERS, {"complaints": sorted(set(complaints))})
        return set(rows.scalars())

    async def with_open_complaint(self, customers: Iterable[UUID], interactions: Iterable[UUID]) -> set[UUID]:
        """The customers and interactions among these that have an open complaint."""
        values = {"customers": sorted(set(customers)), "interactions": sorted(set(interactions))}
        return set((await self.work.connection.execute(_OPEN, values)).scalars())

    async def consents(self, customers: Iterable[UUID]) -> Consents:
        """The latest consents of these customers and of those merged into them."""
        rows = await self.work.connection.execute(_CONSENTS, {"customers": sorted(set(customers))})
        return Consents({(row.customer_id, row.channel): (row.at, row.granted) for row in rows})


_SAVE_COMPLAINTS = text(
    """
    INSERT INTO complaints AS c (complaint_id, customer_id, interaction_id, open, sequence)
    SELECT complaint_id, customer_id, interaction_id, coalesce(open, true), sequence
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
         AS t(complaint_id uuid, customer_id uuid, interaction_id uuid, open boolean, sequence bigint)
    ON CONFLICT (complaint_id) DO UPDATE SET
        customer_id = coalesce(excluded.customer_id, c.customer_id),
        interaction_id = coalesce(excluded.interaction_id, c.interaction_id),
        open = (SELECT coalesce(t.open, c.open) FROM jsonb_to_recordset(CAST(:rows AS jsonb))
                AS t(complaint_id uuid, open boolean) WHERE t.complaint_id = c.complaint_id),
        sequence = excluded.sequence
    WHERE c.sequence < excluded.sequence
    """
)
_SAVE_EMERGENCIES = text(
    """
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb))
            AS t(incident_id uuid, sequence bigint, touchpoints text[], holds boolean, began_at timestamptz)
    ), changed AS (
        UPDATE emergencies e SET touchpoints = t.touchpoints, holds = coalesce(t.holds, e.holds),
            began_at = coalesce(t.began_at, e.began_at), sequence = t.sequence
        FROM given t WHERE t.incident_id = e.incident_id AND t.sequence > e.sequence
    )
    INSERT INTO emergencies (incident_id, touchpoints, holds, began_at, sequence)
    SELECT incident_id, touchpoints, coalesce(holds, false), coalesce(began_at, now()), sequence FROM given
    ON CONFLICT (incident_id) DO NOTHING
    """
)
_EMERGENCIES = text("SELECT touchpoints, began_at FROM emergencies WHERE holds")
_SAVE_CONSENTS = text(
    """
    INSERT INTO consents AS c (said_by, channel, customer_id, granted, at, sequence)
    SELECT customer_id, channel, customer_id, granted, at, sequence
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
         AS t(customer_id uuid, channel text, granted boolean, at timestamptz, sequence bigint)
    ON CONFLICT (said_by, channel) DO UPDATE
    SET granted = excluded.granted, at = excluded.at, sequence = excluded.sequence
    WHERE (c.at, c.sequence) < (excluded.at, excluded.sequence)
    """
)
_CUSTOMERS = text(
    "SELECT customer_id FROM complaints WHERE complaint_id = ANY(CAST(:complaints AS uuid[])) AND customer_id IS NOT NULL"
)
_OPEN = text(
    """
    SELECT customer_id FROM complaints WHERE open AND customer_id = ANY(CAST(:customers AS uuid[]))
    UNION SELECT interaction_id FROM complaints WHERE open AND interaction_id = ANY(CAST(:interactions AS uuid[]))
    """
)
_CONSENTS = text(
    """
    SELECT DISTINCT ON (customer_id, channel) customer_id, channel, granted, at FROM consents
    WHERE customer_id = ANY(CAST(:customers AS uuid[])) ORDER BY customer_id, channel, at DESC, granted
    """
)
