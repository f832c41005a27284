"""What of recovery belongs to customers."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from rapport_chassis.customers import Owned, Part
from rapport_chassis.histories import history
from rapport_chassis.subject import Holdings
from rapport_chassis.work import Work
from sqlalchemy import text

from rapport_complaints.cases.store.tables import complaints
from rapport_complaints.recovery.store.tables import recovery_cases, scores
from rapport_complaints.recovery.store.tables_win_backs import win_backs


async def open_recoveries(work: Work, customers: list[UUID]) -> Mapping[str, int]:
    """Recovery cases of these customers that have not ended."""
    return {"open-recovery": (await work.connection.execute(_OPEN, {"customers": customers})).scalar_one()}


_OPEN = text("SELECT count(*) FROM recovery_cases WHERE customer_id = ANY (CAST(:customers AS uuid[])) AND ended_at IS NULL")

HOLDINGS = Holdings(
    tables=[
        Owned(
            recovery_cases,
            known_by=("id", "complaint_id"),
            keyed_by="keyed_by",
            goes_with=("complaint_id", complaints, "id"),
            parts=[Part(history, "subject_id", sealed=("note", "salt"))],
        ),
        Owned(
            scores,
            key="invitation_id",
            known_by=("invitation_id", "interaction_id", "complaint_id"),
            goes_with=("complaint_id", complaints, "id"),
        ),
        Owned(
            win_backs,
            known_by=("id", "complaint_id"),
            keyed_by="keyed_by",
            goes_with=("complaint_id", complaints, "id"),
            parts=[Part(history, "subject_id", sealed=("note", "salt"))],
        ),
    ],
    holds=open_recoveries,
)
