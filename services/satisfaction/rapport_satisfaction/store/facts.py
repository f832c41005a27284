"""What other services told us and a decision needs: open complaints and consents. The newest word counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from rapport_chassis.database import to_json
from rapport_chassis.work import Work
from sqlalchemy import text

ANY = "*"


@dataclass(frozen=True, slots=True)
class ComplaintFact:
    """What one event says about a complaint; None is what it does not say."""

    complaint_id: UUID
    sequence: int
    open: bool | None = None
    customer_id: UUID | None = None
    interaction_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class EmergencyFact:
    """What one event says about an emergency; None is what it does not say. No touchpoint named: it is everywhere."""

    incident_id: UUID
    sequence: int
    touchpoints: Sequence[str]
    holds: bool | None = None
    began_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Emergency:
    """An emergency for which surveys are held."""

    touchpoints: Sequence[str]
    began_at: datetime

    def touches(self, touchpoint: str | None, occurred_at: datetime) -> bool:
        """Whether a contact at this touchpoint, at this time, fell into it."""
        return occurred_at >= self.began_at and (not self.touchpoints or touchpoint in self.touchpoints)


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """The word of a customer about being asked, for a channel or for any (`*`)."""

    customer_id: UUID
    channel: str
    granted: bool
    at: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class Consents:
    """When each customer last said what about each channel: (customer, channel) to (time, granted)."""

    words: Mapping[tuple[UUID, str], tuple[datetime, bool]]

    def refuses(self, customer: UUID | None, channel: str) -> bool:
        """Whether the last word that covers the channel is no. Who said nothing may be asked."""
        said = [self.words[customer, name] for name in (channel, ANY) if customer and (customer, name) in self.words]
        return bool(said) and not max(said)[1]


class FactStore:
    """Sets in, sets out: one statement each."""

    def __init__(self, work: Work) -> None:
        """Use `work.facts`."""
        self.work = work

    async def take_complaints(self, told: Sequence[ComplaintFact]) -> None:
        """Write down what was told, the newest by sequence counts."""
        folded: dict[UUID, ComplaintFact] = {}
        for fact in sorted(told, key=lambda one: one.sequence):
            before = folded.get(fact.complaint_id, fact)
            folded[fact.complaint_id] = ComplaintFact(
                fact.complaint_id,
                fact.sequence,
                before.open if fact.open is None else fact.open,
                fact.customer_id or before.customer_id,
                fact.interaction_id or before.interaction_id,
            )
        rows = [asdict(folded[key]) for key in sorted(folded)]
        await self.work.connection.execute(_TAKE_COMPLAINTS, {"rows": to_json(rows)})

    async def take_emergencies(self, told: Sequence[EmergencyFact]) -> None:
        """Write down what was told, the newest by sequence counts; what it does not say stays as it was."""
        folded: dict[UUID, EmergencyFact] = {}
        for fact in sorted(told, key=lambda one: one.sequence):
            before = folded.get(fact.incident_id, fact)
            folded[fact.incident_id] = EmergencyFact(
                fact.incident_id,
                fact.sequence,
                fact.touchpoints,
                before.holds if fact.holds is None else fact.holds,
                fact.began_at or before.began_at,
            )
        rows = [asdict(folded[key]) for key in sorted(folded)]
        await self.work.connection.execute(_TAKE_EMERGENCIES, {"rows": to_json(rows)})

    async def emergencies(self) -> list[Emergency]:
        """Those for which surveys are held at present: few."""
        rows = await self.work.connection.execute(_EMERGENCIES)
        return [Emergency(row.touchpoints, row.began_at) for row in rows]

    async def take_consents(self, told: Sequence[ConsentFact]) -> None:
        """Write down the last word of each customer for each channel; of two of the same time the later one said."""
        newest: dict[tuple[UUID, str], ConsentFact] = {}
        for fact in sorted(told, key=lambda one: (one.at, one.sequence)):
            newest[fact.customer_id, fact.channel] = fact
        rows = [asdict(newest[key]) for key in sorted(newest)]
        await self.work.connection.execute(_TAKE_CONSENTS, {"rows": to_json(rows)})

    async def customers_of(self, complaints: Iterable[UUID]) -> set[UUID]:
        """Whose complaints these are, as far as that is known."""
        rows = await self.work.connection.execute(_CUSTOMERS, {"complaints": sorted(set(complaints))})
        return set(rows.scalars())

    async def with_open_complaint(self, customers: Iterable[UUID], interactions: Iterable[UUID]) -> set[UUID]:
        """Those of the customers and interactions that have an open complaint."""
        values = {"customers": sorted(set(customers)), "interactions": sorted(set(interactions))}
        return set((await self.work.connection.execute(_OPEN, values)).scalars())

    async def consents(self, customers: Iterable[UUID]) -> Consents:
        """What these customers, and whom they absorbed, last said about being asked."""
        rows = await self.work.connection.execute(_CONSENTS, {"customers": sorted(set(customers))})
        return Consents({(row.customer_id, row.channel): (row.at, row.granted) for row in rows})


_TAKE_COMPLAINTS = text(
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
_TAKE_EMERGENCIES = text(
    """
    WITH told AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb))
            AS t(incident_id uuid, sequence bigint, touchpoints text[], holds boolean, began_at timestamptz)
    ), changed AS (
        UPDATE emergencies e SET touchpoints = t.touchpoints, holds = coalesce(t.holds, e.holds),
            began_at = coalesce(t.began_at, e.began_at), sequence = t.sequence
        FROM told t WHERE t.incident_id = e.incident_id AND t.sequence > e.sequence
    )
    INSERT INTO emergencies (incident_id, touchpoints, holds, began_at, sequence)
    SELECT incident_id, touchpoints, coalesce(holds, false), coalesce(began_at, now()), sequence FROM told
    ON CONFLICT (incident_id) DO NOTHING
    """
)
_EMERGENCIES = text("SELECT touchpoints, began_at FROM emergencies WHERE holds")
_TAKE_CONSENTS = text(
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
