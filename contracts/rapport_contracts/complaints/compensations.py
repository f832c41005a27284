"""What Complaints publishes about compensation (补偿): the money of a recovery case. Key: the recovery case.

The states are those of the compensation, not of its case.
"""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.complaints import TOPIC
from rapport_contracts.complaints.recovery import Recovery
from rapport_contracts.complaints.vocabulary import RemedyKind
from rapport_contracts.event import Event
from rapport_contracts.fields import Code, Open, UtcTime
from rapport_contracts.money import Amount, Currency


class Compensation(Recovery):
    """What every fact about a compensation says."""

    compensation_id: UUID
    kind: Open[RemedyKind]
    currency: Currency
    amount: Amount


class CompensationAwarded(
    Event,
    Compensation,
    type="compensation.awarded.v1",
    topic=TOPIC,
    key="recovery_id",
    when="The plan is approved, once for each of its amounts; it follows `recovery.approved`.",
    often="again",
    state="approved",
    undone_by=("compensation.released.v1",),
):
    """Money was promised to a customer by somebody with the authority for it. Before that it is only `reserved`, which
    `recovery.proposed` says."""

    awarded_at: UtcTime


class CompensationPaid(
    Event,
    Compensation,
    type="compensation.paid.v1",
    topic=TOPIC,
    key="recovery_id",
    when="The plan is carried out, once for each of its amounts; `recovery.executed` follows.",
    often="again",
    state="paid",
    undone_by=("compensation.reversed.v1",),
):
    """It was paid to the customer, or handed over."""

    paid_at: UtcTime


class CompensationReleased(
    Event,
    Compensation,
    type="compensation.released.v1",
    topic=TOPIC,
    key="recovery_id",
    when="The plan comes to nothing, once for each of its amounts; it follows the event of the case.",
    often="again",
    state="released",
):
    """It will not be paid: `reason` is `rejected`, `declined`, `expired` or `withdrawn`. Its money is free again."""

    reason: Code
    released_at: UtcTime


class CompensationReversed(
    Event,
    Compensation,
    type="compensation.reversed.v1",
    topic=TOPIC,
    key="recovery_id",
    when="Staff enter it with `POST …/compensations/{id}:reverse`.",
    often="again",
    state="{state}",
):
    """Of what was paid, `amount` came back, in one part or several, never more than was paid. It stays `paid` until
    nothing is left."""

    reason: Code
    reversed_at: UtcTime
    state: Code | None = None
