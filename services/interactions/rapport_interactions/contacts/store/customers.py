"""What of Interactions belongs to customers: contacts follow merge and split, notes and identifiers go with an erasure."""

from __future__ import annotations

from rapport_chassis.customers import Owned, Part, Receipts
from rapport_chassis.subject import Holdings
from rapport_contracts.interactions import PRIVATE
from rapport_contracts.interactions.receipts import (
    InteractionsErasureConfirmed,
    InteractionsMergeApplied,
    InteractionsSplitApplied,
)

from rapport_interactions.store.tables import call_events, interactions, notes

RECEIPTS = Receipts(InteractionsMergeApplied, InteractionsSplitApplied, InteractionsErasureConfirmed)
HOLDINGS = Holdings(
    tables=[
        Owned(
            interactions,
            parts=[
                Part(notes, "interaction_id", keyed_by="subject", sealed=("content",), deleted=True),
                Part(call_events, "interaction_id", blanked={"identifiers": "NULL"}),
            ],
        )
    ],
    stays={
        "interactions.presented": "keyed for one contact: keeps a late event from presenting somebody forgotten anew",
        "call_events.digest": "keyed, over a whole event with its random id: nobody is found by it",
        "quarantine.digest": "keyed, over a whole item: nobody is found by it",
        "quarantine.content": "dropped when it names one of his contacts, else when a person settles it",
    },
    parked=(PRIVATE,),
)
