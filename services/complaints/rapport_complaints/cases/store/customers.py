"""What of Complaints belongs to customers: it follows merge and split; texts go with an erasure, once no case is open."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from rapport_chassis.customers import DIGEST_OF_ID, Customers, Owned, Part, Receipts
from rapport_chassis.work import Work
from rapport_contracts.complaints.intake import TOPIC as INBOUND
from rapport_contracts.complaints.receipts import (
    ComplaintsErasureConfirmed,
    ComplaintsErasureHeld,
    ComplaintsMergeApplied,
    ComplaintsSplitApplied,
)
from sqlalchemy import text

from rapport_complaints.cases.store.tables import NOT_ENDED, complaints, interactions, moves
from rapport_complaints.correspondence.store.correspondence import SEALED
from rapport_complaints.correspondence.store.tables import attachments, communications, customer_links, letters
from rapport_complaints.emergencies.store.tables import chronicle
from rapport_complaints.finding.store.tables import findings
from rapport_complaints.recovery.store.tables import recovery_cases, scores
from rapport_complaints.recovery.store.tables_win_backs import win_backs
from rapport_complaints.repairs.store.tables import repairs


async def open_cases(work: Work, customers: list[UUID]) -> Mapping[str, int]:
    """Complaints, repairs and recovery cases of these customers that have not ended: three statements."""
    counted = {}
    for name, count in _OPEN.items():
        counted[name] = (await work.connection.execute(count, {"customers": customers})).scalar_one()
    return counted


_HIS = "customer_id = ANY (CAST(:customers AS uuid[]))"
_OPEN = {
    "open-complaint": text(f"SELECT count(*) FROM complaints WHERE {_HIS} AND {NOT_ENDED}"),  # noqa: S608
    "open-repair": text(f"SELECT count(*) FROM repairs WHERE {_HIS} AND ended_at IS NULL"),  # noqa: S608
    "open-recovery": text(f"SELECT count(*) FROM recovery_cases WHERE {_HIS} AND ended_at IS NULL"),  # noqa: S608
}

CUSTOMERS = Customers(
    receipts=Receipts(ComplaintsMergeApplied, ComplaintsSplitApplied, ComplaintsErasureConfirmed, ComplaintsErasureHeld),
    tables=[
        Owned(interactions, key="interaction_id"),
        Owned(
            complaints,
            known_by=("id", "interaction_id"),
            keyed_by="keyed_by",
            sealed=("problem", "remedy_sought", "contact", "vulnerability", "handling"),
            goes_with=("interaction_id", interactions, "interaction_id"),
            parts=[
                Part(moves, "complaint_id", sealed=SEALED[moves]),
                Part(findings, "complaint_id", sealed=SEALED[findings]),
                Part(communications, "complaint_id", sealed=SEALED[communications]),
                Part(letters, "complaint_id", sealed=SEALED[letters]),
                Part(attachments, "complaint_id", sealed=SEALED[attachments], blanked={"sha256": DIGEST_OF_ID}),
            ],
        ),
        Owned(
            repairs,
            known_by=("id", "complaint_id"),
            keyed_by="keyed_by",
            goes_with=("complaint_id", complaints, "id"),
            parts=[Part(chronicle, "subject_id", sealed=("note",))],
        ),
        Owned(
            recovery_cases,
            known_by=("id", "complaint_id"),
            keyed_by="keyed_by",
            goes_with=("complaint_id", complaints, "id"),
            parts=[Part(chronicle, "subject_id", sealed=("note",))],
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
            parts=[Part(chronicle, "subject_id", sealed=("note",))],
        ),
        Owned(customer_links, known_by=("id", "complaint_id"), goes_with=("complaint_id", complaints, "id")),
    ],
    stays={
        "moves.digest": "salted; the salt is sealed and goes with the key, so that nobody can try out words",
        "moves.hash": "over codes, times, opaque ids and the salted digest: the chain holds after an erasure",
        "findings.digest": "as that of moves",
        "chain_heads.subject": "a complaint",
        "chain_heads.hash": "the last link of a chain",
        "customer_links.token_hash": "of a random token",
    },
    holds=open_cases,
    parked=(INBOUND,),
)
