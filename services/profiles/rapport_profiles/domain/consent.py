"""Consent (PIPL 13: for each purpose; here also for each channel): what was said last counts; nothing said is no consent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rapport_contracts.profiles.vocabulary import ConsentPurpose
from rapport_contracts.vocabulary import Channel


class ConsentState(StrEnum):
    """unknown → granted ↔ withdrawn."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Said:
    """One statement of the customer; `channel` None means all channels."""

    purpose: str
    channel: str | None
    state: ConsentState
    at: datetime


def standing(history: Iterable[Said], purpose: ConsentPurpose, channel: Channel | None = None) -> ConsentState:
    """What holds for a purpose on a channel. A statement about all channels covers each; the newest that covers counts.

    `history` is in the order in which it was said. With `channel` None only statements about all channels cover it.
    """
    state = ConsentState.UNKNOWN
    for said in history:
        if said.purpose == purpose and (said.channel is None or said.channel == channel):
            state = said.state
    return state
