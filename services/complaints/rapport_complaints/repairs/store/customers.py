"""What of repairs belongs to customers."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from rapport_chassis.customers import Owned, Part
from rapport_chassis.histories import history
from rapport_chassis.subject import Holdings
from rapport_chassis.work import Work
from sqlalchemy import text

from rapport_complaints.cases.store.tables import complaints
from rapport_complaints.repairs.store.tables import repairs


async def open_repairs(work: Work, customers: list[UUID]) -> Mapping[str, int]:
    """Repairs of these customers that have not ended."""
    return {"open-repair": (await work.connection.execute(_OPEN, {"customers": customers})).scalar_one()}


_OPEN = text("SELECT count(*) FROM repairs WHERE customer_id = ANY (CAST(:customers AS uuid[])) AND ended_at IS NULL")

HOLDINGS = Holdings(
    tables=[
        Owned(
            repairs,
            known_by=("id", "complaint_id"),
            keyed_by="keyed_by",
            goes_with=("complaint_id", complaints, "id"),
            parts=[Part(history, "subject_id", sealed=("note", "salt"))],
        ),
    ],
    holds=open_repairs,
)
