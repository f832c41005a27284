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
class ConsentFact:
    """The word of a customer about being asked, for a channel or for any (`*`)."""

    customer_id: UUID
    channel: str
    granted: bool
    at: datetime


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

    async def take_consents(self, told: Sequence[ConsentFact]) -> None:
        """Write down the last word of each customer for each channel; a later one takes its place."""
        newest: dict[tuple[UUID, str], ConsentFact] = {}
        for fact in sorted(told, key=lambda one: one.at):
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
        """What these customers said about being asked."""
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
_TAKE_CONSENTS = text(
    """
    INSERT INTO consents AS c (customer_id, channel, granted, at)
    SELECT customer_id, channel, granted, at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS t(customer_id uuid, channel text, granted boolean, at timestamptz)
    ON CONFLICT (customer_id, channel) DO UPDATE SET granted = excluded.granted, at = excluded.at WHERE c.at <= excluded.at
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
    "SELECT customer_id, channel, granted, at FROM consents WHERE customer_id = ANY(CAST(:customers AS uuid[]))"
)
