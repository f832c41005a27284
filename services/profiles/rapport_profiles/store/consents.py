"""What customers said about consent: a history that only grows; evidence is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rapport_chassis.vault import Box
from rapport_chassis.work import Work
from rapport_kernel.ids import new_id
from sqlalchemy import text

from rapport_profiles.domain.consent import ConsentState, Said

PLACE = "consents.evidence"


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One row of the history."""

    id: UUID
    purpose: str
    channel: str | None
    state: str
    said_at: datetime
    recorded_by: str
    evidence_kind: str
    evidence: bytes | None
    keyed_by: UUID

    @property
    def said(self) -> Said:
        """As the domain sees it."""
        return Said(self.purpose, self.channel, ConsentState(self.state), self.said_at)

    def evidence_text(self, box: Box) -> str | None:
        """The evidence in clear; None when there is none, or who gave it was erased."""
        return box.read(self.keyed_by, PLACE, self.evidence)


class Consents:
    """The consents of all customers. `work.consents`."""

    def __init__(self, work: Work) -> None:
        """See `ProfilesWork`."""
        self._work = work

    async def add(self, customer_id: UUID, said: Said, *, evidence_kind: str, evidence: str | None) -> None:
        """Append one statement of the customer; `evidence` is what proves it (a text, a reference)."""
        sealed = None
        if evidence is not None:
            box = await self._work.vault.open_for([customer_id])
            sealed = box.seal(customer_id, PLACE, evidence)
        values = {
            "id": new_id(),
            "customer_id": customer_id,
            "purpose": said.purpose,
            "channel": said.channel,
            "state": str(said.state),
            "said_at": said.at,
            "recorded_by": str(self._work.actor),
            "evidence_kind": evidence_kind,
            "evidence": sealed,
        }
        await self._work.connection.execute(_ADD, values)

    async def of(self, customer_id: UUID) -> list[ConsentRecord]:
        """The whole history of one customer in the order in which it was said."""
        rows = await self._work.connection.execute(_OF, {"customer_id": customer_id})
        return [ConsentRecord(**row) for row in rows.mappings()]


_ADD = text(
    """
    INSERT INTO consents (id, customer_id, purpose, channel, state, said_at, recorded_by, evidence_kind, evidence, keyed_by)
    VALUES (:id, :customer_id, :purpose, :channel, :state, :said_at, :recorded_by, :evidence_kind, :evidence, :customer_id)
    """
)
_OF = text(
    """
    SELECT id, purpose, channel, state, said_at, recorded_by, evidence_kind, evidence, keyed_by FROM consents
    WHERE customer_id = :customer_id ORDER BY said_at, id
    """
)
