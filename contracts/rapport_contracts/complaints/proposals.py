"""What Complaints publishes about proposals that wait for somebody with more authority (S59). Key: the complaint.

Codes, amounts, times and ids; staff are opaque ids, never names."""

from __future__ import annotations

from rapport_contracts.complaints import TOPIC
from rapport_contracts.complaints.vocabulary import RemedyKind
from rapport_contracts.event import Event
from rapport_contracts.fields import Code, ComplaintId, CustomerId, Open, UtcTime
from rapport_contracts.money import Amount, Currency


class ProposalApprovalRequested(
    Event,
    type="proposal-approval.requested.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Staff enter a proposal beyond their authority with `POST …/complaints/{id}:propose` and `ask_approval`.",
    often="again",
    undone_by=("proposal.refused.v1", "resolution.proposed.v1", "complaint.rejected.v1", "complaint.withdrawn.v1"),
):
    """A remedy costs more than who proposes it may promise: it waits, and the customer has not heard of it. It takes the
    place of one that waited; any `resolution.proposed` ends the waiting. `level_needed` is the lowest access level that
    may approve it."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    remedy: Open[RemedyKind]
    amount: Amount
    currency: Currency
    requested_by: Code
    level_needed: int
    requested_at: UtcTime


class ProposalApproved(
    Event,
    type="proposal.approved.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Somebody with the authority and no part in it enters it with `POST …/complaints/{id}:approve-proposal`.",
    often="again",
):
    """Somebody else with the authority approved it; `resolution.proposed` follows."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    amount: Amount
    currency: Currency
    requested_by: Code
    approved_by: Code
    approved_at: UtcTime


class ProposalRefused(
    Event,
    type="proposal.refused.v1",
    topic=TOPIC,
    key="complaint_id",
    when="Somebody with the authority and no part in it enters it with `POST …/complaints/{id}:refuse-proposal`.",
    often="again",
):
    """Somebody else did not approve it: another remedy has to be proposed."""

    complaint_id: ComplaintId
    customer_id: CustomerId | None
    amount: Amount
    currency: Currency
    requested_by: Code
    refused_by: Code
    reason: Code
    refused_at: UtcTime
