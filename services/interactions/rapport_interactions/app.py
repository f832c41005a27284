"""Interactions as a service: the list of its subjects."""

from __future__ import annotations

from rapport_chassis.customers import Receipts
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_contracts.interactions.receipts import (
    InteractionsErasureConfirmed,
    InteractionsMergeApplied,
    InteractionsSplitApplied,
)

from rapport_interactions.contacts.subject import contacts
from rapport_interactions.figures.subject import FIGURES
from rapport_interactions.pushing.subject import pushing
from rapport_interactions.quarantine.subject import quarantine
from rapport_interactions.settings import Settings


def service(settings: Settings) -> Service[Work]:
    """The service with these settings; nothing is connected yet."""
    return Service(
        name="interactions",
        title="Interactions",
        about="What happened at the touchpoints: events of call-centre systems, folded into one for each contact.",
        settings=settings,
        work=Work,
        subjects=[contacts(settings), quarantine(settings), pushing(settings), FIGURES],
        receipts=Receipts(InteractionsMergeApplied, InteractionsSplitApplied, InteractionsErasureConfirmed),
        migrations="rapport_interactions.migrations",
    )
