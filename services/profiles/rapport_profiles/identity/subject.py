"""Identity, declared."""

from __future__ import annotations

from rapport_chassis.customers import DIGEST_OF_ID, Owned, Part
from rapport_chassis.histories import history
from rapport_chassis.listens import Batch, Listens
from rapport_chassis.subject import Holdings, Subject
from rapport_contracts.interactions import PRIVATE
from rapport_contracts.interactions.contacts import CallerPresented

from rapport_profiles.identity.domain import CONFLICT_LIFE
from rapport_profiles.identity.store import KEYED, conflict_identifiers, conflicts
from rapport_profiles.identity.usecases.identify_callers import identify_callers, registered_by
from rapport_profiles.identity.web import lookups, router

IDENTITY = Subject(
    "identity",
    keyed=[KEYED],
    routers=[lookups, router],
    lives=[CONFLICT_LIFE],
    listens=Listens(batches=[Batch("callers", [CallerPresented], identify_callers, makes=registered_by)]),
    holdings=Holdings(
        tables=[
            Owned(
                conflicts,
                keyed_by="id",
                also="candidates && CAST(:subjects AS uuid[])",
                blanked={"fingerprint": DIGEST_OF_ID},
                parts=[
                    Part(conflict_identifiers, "conflict_id", sealed=("sealed",), deleted=True),
                    Part(history, "subject_id", sealed=("note", "salt")),
                ],
            )
        ],
        retained={
            "conflicts.candidates": "the customers that the identifiers pointed at when they came: opaque ids, as published"
        },
        parked=(PRIVATE,),
    ),
)
