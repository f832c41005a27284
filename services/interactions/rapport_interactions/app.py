"""Interactions, put together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from rapport_chassis.loops import Loop
from rapport_chassis.service import Service
from rapport_chassis.subject import Subject

from rapport_interactions.domain.life import LIFE
from rapport_interactions.events import LISTENS
from rapport_interactions.settings import Settings
from rapport_interactions.store.call_events import FOLD
from rapport_interactions.store.customers import HOLDINGS, RECEIPTS
from rapport_interactions.store.work import InteractionsWork
from rapport_interactions.usecases import quarantine as quarantined
from rapport_interactions.usecases.fold_calls import fold_calls
from rapport_interactions.usecases.forget_customers import drop_quarantined
from rapport_interactions.usecases.time_out_calls import reaper
from rapport_interactions.web import figures, interactions, pushing, quarantine


def service(settings: Settings) -> Service[InteractionsWork]:
    """The service with these settings; nothing is connected yet."""
    return Service(
        name="interactions",
        title="Rapport: Interactions",
        settings=settings,
        work=InteractionsWork,
        subjects=[
            Subject(
                "contacts",
                routers=[pushing.router, interactions.router, figures.router, quarantine.router],
                listens=LISTENS,
                # One folder at a time: the facts of an interaction are published in order.
                loops=[
                    Loop(FOLD, fold_calls, every=timedelta(milliseconds=200)),
                    Loop("time-out-calls", reaper(settings.stale_after, settings.stale_settle), every=settings.reap_every),
                ],
                lives={"interaction": LIFE, "quarantined-event": quarantined.LIFE},
                holdings=replace(HOLDINGS, before_erasing=drop_quarantined),
            )
        ],
        receipts=RECEIPTS,
        migrations="rapport_interactions.migrations",
    )
