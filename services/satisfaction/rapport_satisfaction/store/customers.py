"""What of Satisfaction belongs to customers: it follows merge and split; comments go with an erasure, scores count on."""

from __future__ import annotations

from rapport_chassis.customers import Owned, Receipts
from rapport_chassis.subject import Holdings
from rapport_contracts.satisfaction.receipts import (
    SatisfactionErasureConfirmed,
    SatisfactionMergeApplied,
    SatisfactionSplitApplied,
)

from rapport_satisfaction.store.tables import complaints, consents, follow_ups, invitations, responses

ABOUT = ("id", "interaction_id", "complaint_id")
RECEIPTS = Receipts(SatisfactionMergeApplied, SatisfactionSplitApplied, SatisfactionErasureConfirmed)
HOLDINGS = Holdings(
    tables=[
        Owned(invitations, known_by=ABOUT),
        Owned(
            responses,
            known_by=(*ABOUT, "invitation_id"),
            keyed_by="keyed_by",
            sealed=("comments",),
            blanked={"comments": "NULL"},
            goes_with=("invitation_id", invitations, "id"),
        ),
        Owned(follow_ups, known_by=("id", "invitation_id", "response_id"), goes_with=("invitation_id", invitations, "id")),
        Owned(complaints, key="complaint_id", known_by=("complaint_id", "interaction_id")),
        Owned(consents, key="said_by"),
    ],
    stays={"invitations.token_hash": "of a random token; removed when the customer is not asked any more"},
)
