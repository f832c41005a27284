"""The quarantine, declared."""

from __future__ import annotations

from datetime import timedelta

from rapport_chassis.alarms import Alarm
from rapport_chassis.loops import Loop
from rapport_chassis.subject import Holdings, Subject

from rapport_interactions.quarantine.domain import LIFE
from rapport_interactions.quarantine.store import count_open
from rapport_interactions.quarantine.usecases import drop_for_erasure, expiring
from rapport_interactions.quarantine.web import router
from rapport_interactions.settings import Settings

WAITING = Alarm(
    "quarantined",
    "rapport_interactions_quarantine_open",
    "Pushed call events that cannot be used and wait for a person",
    count_open,
    every=timedelta(seconds=15),
)
HOLDINGS = Holdings(
    before_erasing=drop_for_erasure,
    retained={
        "quarantine.digest": "keyed, over a whole item: nobody is found by it",
        "quarantine.content": "dropped when it names a contact of the customer, is settled by a person, or expires",
    },
)


def quarantine(settings: Settings) -> Subject:
    """The subject; the settings say how long an item waits."""
    expire = Loop("expire-quarantine", expiring(settings.quarantine_keep), every=timedelta(minutes=10))
    return Subject("quarantine", routers=[router], lives=[LIFE], loops=[expire], alarms=[WAITING], holdings=HOLDINGS)
