"""Consent (PIPL 13: for each purpose; here also for each channel): the newest statement counts; without one, no consent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rapport_contracts.profiles.consents import ConsentGranted, ConsentWithdrawn
from rapport_contracts.profiles.vocabulary import ConsentState
from rapport_kernel.history import Act

from rapport_profiles.customers.domain import Customer


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a customer, made at `said_at` (UTC); `channel` None means all channels."""

    purpose: str
    channel: str | None
    state: str
    said_at: datetime


def standing(history: Iterable[Statement], purpose: str, channel: str | None = None) -> ConsentState:
    """The consent for a purpose on a channel. A statement about all channels covers each; the newest that covers counts.

    `history` is in the order of `said_at`. With `channel` None only statements about all channels cover it.
    """
    state = ConsentState.UNKNOWN
    for statement in history:
        if statement.purpose == purpose and (statement.channel is None or statement.channel == channel):
            state = ConsentState(statement.state)
    return state


def record_statement(customer: Customer, act: Act, statement: Statement, history: Iterable[Statement]) -> None:
    """Record a statement of the customer, a withdrawal even without a grant before it. `act`: who entered it and when;
    `history`: all statements in the order of `said_at`, this one included."""
    one, purpose, channel, at = customer.id, statement.purpose, statement.channel, statement.said_at
    granted = statement.state == ConsentState.GRANTED
    move = "grant-consent" if granted else "withdraw-consent"
    customer.log_act(move, act, purpose=purpose, channel=channel, said_at=at)
    holds = standing(history, purpose, channel)
    customer.record(
        ConsentGranted(customer_id=one, purpose=purpose, channel=channel, granted_at=at, standing=holds)
        if granted
        else ConsentWithdrawn(customer_id=one, purpose=purpose, channel=channel, withdrawn_at=at, standing=holds)
    )
