"""The quarantine, declared."""

from __future__ import annotations

from rapport_chassis.subject import Holdings, Subject

from rapport_interactions.quarantine.domain import LIFE
from rapport_interactions.quarantine.usecases import drop_for_erasure
from rapport_interactions.quarantine.web import router

QUARANTINE = Subject(
    "quarantine",
    routers=[router],
    lives=[LIFE],
    holdings=Holdings(
        before_erasing=drop_for_erasure,
        retained={
            "quarantine.digest": "keyed, over a whole item: nobody is found by it",
            "quarantine.content": "dropped when it names a contact of the customer, otherwise when a person settles it",
        },
    ),
)
