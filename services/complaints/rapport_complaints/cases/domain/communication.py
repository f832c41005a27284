"""What is said to and by the customer; written once, and stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rapport_contracts.complaints import correspondence as facts
from rapport_kernel.aggregate import Aggregate
from rapport_kernel.history import Sealed
from rapport_kernel.ids import new_id

from rapport_complaints.cases.domain.complaint import Complaint


@dataclass(kw_only=True)
class Communication(Aggregate):
    """One thing that was said about a complaint (S54, S66; ISO 10002: status on request and at deadlines). `at` is when,
    `recorded_at` when it was entered (UTC); `words` are sealed under the key of the complaint's subject."""

    complaint_id: UUID
    direction: str
    channel: str
    kind: str
    at: datetime
    recorded_at: datetime
    by: str
    letter_id: UUID | None = None
    words: Sealed | None = None

    @classmethod
    def about(cls, complaint: Complaint, *, at: datetime, recorded_at: datetime, by: str, **fields: object) -> Communication:
        """Something was said about this complaint; it is published without its words."""
        made = cls(id=new_id(), complaint_id=complaint.id, at=at, recorded_at=recorded_at, by=by, **fields)  # type: ignore[arg-type]
        made.record(
            facts.CommunicationRecorded(
                communication_id=made.id,
                complaint_id=complaint.id,
                customer_id=complaint.customer_id,
                direction=made.direction,
                channel=made.channel,
                kind=made.kind,
                letter_id=made.letter_id,
                communicated_at=at,
                recorded_at=recorded_at,
            )
        )
        return made
