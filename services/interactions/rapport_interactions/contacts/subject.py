"""Contacts, declared."""

from __future__ import annotations

from rapport_chassis.listens import Batch, Listens
from rapport_chassis.loops import Loop
from rapport_chassis.subject import Subject
from rapport_contracts.profiles.identity import CustomerIdentified, IdentityConflictResolved

from rapport_interactions.contacts.domain.life import LIFE
from rapport_interactions.contacts.store.call_events import FOLD
from rapport_interactions.contacts.store.customers import HOLDINGS
from rapport_interactions.contacts.store.resealing import resealing
from rapport_interactions.contacts.usecases.fold_calls import fold_calls, reaper
from rapport_interactions.contacts.usecases.link_customers import link_identified
from rapport_interactions.contacts.web import router
from rapport_interactions.settings import Settings

LISTENS = Listens(batches=[Batch("links", [CustomerIdentified, IdentityConflictResolved], link_identified)])


def contacts(settings: Settings) -> Subject:
    """The subject; the settings say when an open contact is timed out."""
    return Subject(
        "contacts",
        routers=[router],
        lives=[LIFE],
        listens=LISTENS,
        # One folder at a time: the facts of an interaction are published in order.
        loops=[
            Loop(FOLD, fold_calls),
            Loop("time-out-calls", reaper(settings.stale_after, settings.stale_settle), every=settings.reap_every),
        ],
        holdings=HOLDINGS,
        keyed=[resealing()],
    )
