"""What of complaints belongs to customers: it follows merge and split; texts go with an erasure, once no case is open."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from rapport_chassis.customers import Owned, Part
from rapport_chassis.histories import history
from rapport_chassis.subject import Holdings
from rapport_chassis.work import Work
from rapport_contracts.complaints.intake import TOPIC as INBOUND
from sqlalchemy import text

from rapport_complaints.cases.store.communications import communications
from rapport_complaints.cases.store.contact_points import contact_points
from rapport_complaints.cases.store.interactions import interactions
from rapport_complaints.cases.store.tables import NOT_ENDED, complaints, findings


async def open_complaints(work: Work, customers: list[UUID]) -> Mapping[str, int]:
    """Complaints of these customers that have not ended."""
    return {"open-complaint": (await work.connection.execute(_OPEN, {"customers": customers})).scalar_one()}


_OPEN = text(
    f"SELECT count(*) FROM complaints WHERE customer_id = ANY (CAST(:customers AS uuid[])) AND {NOT_ENDED}"  # noqa: S608
)

HOLDINGS = Holdings(
    tables=[
        Owned(interactions, key="interaction_id"),
        Owned(
            complaints,
            known_by=("id", "interaction_id"),
            keyed_by="keyed_by",
            sealed=("problem", "remedy_sought", "contact", "vulnerability", "handling"),
            moves_with=("interaction_id", interactions, "interaction_id"),
            parts=[
                Part(history, "subject_id", sealed=("note", "salt")),
                Part(findings, "complaint_id", sealed=("words", "salt")),
                Part(communications, "complaint_id", sealed=("words",)),
                Part(contact_points, "complaint_id", deleted=True),
            ],
        ),
    ],
    retained={
        "findings.digest": "salted; the salt is sealed and goes with the key, so that nobody can try out words",
    },
    holds=open_complaints,
    parked=(INBOUND,),
)
