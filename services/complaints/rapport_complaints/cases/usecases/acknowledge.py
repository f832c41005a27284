"""Tell the customer that his complaint has arrived."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.complaints.vocabulary import CommunicationKind
from rapport_contracts.vocabulary import Channel

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.usecases.command import Command, example, take_up
from rapport_complaints.cases.usecases.record_communication import told
from rapport_complaints.work import ComplaintsWork


class Acknowledgement(Command):
    """How the customer was told."""

    model_config = example({"method": "phone", "note": "Told him that we look into it today."})

    method: Channel


async def acknowledge(work: ComplaintsWork, complaint_id: UUID, said: Acknowledgement) -> Complaint:
    """The customer was told (S48). Meets the acknowledgement clock.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    complaint.acknowledge(act, said.method)
    await told(work, complaint, act, said.method, CommunicationKind.ACKNOWLEDGEMENT)
    return complaint
