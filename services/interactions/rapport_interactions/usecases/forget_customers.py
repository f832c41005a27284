"""Customers are forgotten: what lies in quarantine about their contacts is dropped, since it may say who they are."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.work import Work

from rapport_interactions.store.work import InteractionsWork
from rapport_interactions.usecases.quarantine import drop_item

ERASED = "customer-erased"


async def drop_quarantined(work: Work, customers: list[UUID]) -> None:
    """Drop the items that name one of their contacts; each is published and audited like one that a person drops."""
    assert isinstance(work, InteractionsWork)  # noqa: S101 - the loop of this service has no other
    for item_id in await work.quarantine.waiting_about(customers):
        await drop_item(work, item_id, ERASED)
