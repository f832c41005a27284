"""What of Profiles belongs to customers: what they are known by follows merge and split; all of it goes with an erasure."""

from __future__ import annotations

from rapport_chassis.customers import DIGEST_OF_ID, Owned, Part, Receipts
from rapport_chassis.subject import Holdings
from rapport_contracts.interactions import PRIVATE
from rapport_contracts.profiles.receipts import ProfilesErasureConfirmed, ProfilesMergeApplied, ProfilesSplitApplied

from rapport_profiles.store.tables import (
    conflict_identifiers,
    conflicts,
    consents,
    customers,
    identifiers,
    timeline_entries,
    timeline_links,
)

RECEIPTS = Receipts(ProfilesMergeApplied, ProfilesSplitApplied, ProfilesErasureConfirmed)
HOLDINGS = Holdings(
    tables=[
        Owned(
            customers,
            customer="id",
            follows=False,
            sealed=("personal",),
            blanked={"personal": "NULL", "filled": "'{}'"},
        ),
        Owned(identifiers, keyed_by="keyed_by", sealed=("sealed",), deleted=True),
        Owned(consents, keyed_by="keyed_by", sealed=("evidence",), blanked={"evidence": "NULL"}),
        Owned(
            conflicts,
            keyed_by="id",
            also="candidates && CAST(:subjects AS uuid[])",
            blanked={"fingerprint": DIGEST_OF_ID},
            parts=[Part(conflict_identifiers, "conflict_id", sealed=("sealed",), deleted=True)],
        ),
        Owned(timeline_links, key="subject_id", deleted=True),
        Owned(timeline_entries, customer="anchor", key="event_id", follows=False, deleted=True),
    ],
    stays={"conflicts.candidates": "whom the identifiers pointed at when they came: opaque ids, as published"},
    people=customers,
    parked=(PRIVATE,),
)
