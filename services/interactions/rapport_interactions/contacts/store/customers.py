"""What contacts keep of customers: they follow merge and split; notes and identifiers go with an erasure."""

from __future__ import annotations

from rapport_chassis.customers import Owned, Part
from rapport_chassis.histories import history
from rapport_chassis.subject import Holdings
from rapport_contracts.interactions import PRIVATE

from rapport_interactions.contacts.store.tables import call_events, interactions, notes

HOLDINGS = Holdings(
    tables=[
        Owned(
            interactions,
            parts=[
                Part(notes, "interaction_id", keyed_by="subject", sealed=("content",), deleted=True),
                Part(call_events, "interaction_id", blanked={"identifiers": "NULL"}),
                # Under a key of the contact's own, which an erasure destroys with the customer's.
                Part(history, "subject_id", sealed=("note", "salt")),
            ],
        )
    ],
    retained={
        "interactions.presented": "keyed for one contact: keeps a late event from presenting an erased customer again",
        "call_events.digest": "keyed, over a whole event with its random id: nobody is found by it",
    },
    parked=(PRIVATE,),
)
