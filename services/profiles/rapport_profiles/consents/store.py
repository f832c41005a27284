"""Statements of customers about consent: a history that only grows; evidence is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from rapport_chassis.lists import into
from rapport_chassis.vault import Box
from rapport_chassis.work import Work
from rapport_kernel.ids import new_id
from sqlalchemy import Column, DateTime, Index, LargeBinary, Table, Text, Uuid, insert, select

from rapport_profiles.consents.domain import Statement
from rapport_profiles.schema import customer_column, metadata

PLACE = "consents.evidence"

consents = Table(
    "consents",
    metadata,
    Column("id", Uuid, primary_key=True),
    customer_column(),
    Column("purpose", Text, nullable=False),
    Column("channel", Text),
    Column("state", Text, nullable=False),
    Column("said_at", DateTime(timezone=True), nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("evidence_kind", Text, nullable=False),
    Column("evidence", LargeBinary),
    Column("keyed_by", Uuid, nullable=False),
    Index("consents_customer", "customer_id", "said_at", "id"),
)


@dataclass(frozen=True, slots=True)
class StoredStatement(Statement):
    """One row of the history."""

    id: UUID
    recorded_by: str
    evidence_kind: str
    evidence: bytes | None
    keyed_by: UUID

    def evidence_text(self, box: Box) -> str | None:
        """The evidence in clear; None when there is none, or the customer who gave it was erased."""
        return box.read(self.keyed_by, PLACE, self.evidence)


async def add_statement(
    work: Work, customer_id: UUID, statement: Statement, *, evidence_kind: str, evidence: str | None
) -> None:
    """Append one statement of the customer; `evidence` proves it (a text, a reference)."""
    sealed = None
    if evidence is not None:
        box = await work.vault.open_for([customer_id])
        sealed = box.seal(customer_id, PLACE, evidence)
    values = {
        "id": new_id(),
        "customer_id": customer_id,
        "purpose": statement.purpose,
        "channel": statement.channel,
        "state": statement.state,
        "said_at": statement.said_at,
        "recorded_by": str(work.actor),
        "evidence_kind": evidence_kind,
        "evidence": sealed,
        "keyed_by": customer_id,
    }
    await work.connection.execute(insert(consents).values(values))


async def statements_of(work: Work, customer_id: UUID) -> list[StoredStatement]:
    """The whole history of one customer in the order of `said_at`."""
    query = select(consents).where(consents.c.customer_id == customer_id).order_by(consents.c.said_at, consents.c.id)
    return [into(StoredStatement)(row) for row in await work.connection.execute(query)]
