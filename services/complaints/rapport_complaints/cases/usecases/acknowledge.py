"""Tell the customer that his complaint has arrived."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import CommunicationKind
from rapport_contracts.vocabulary import Channel

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.record_communication import told


class Acknowledgement(Command):
    """How the customer was told."""

    model_config = example({"method": "phone", "note": "Told him that we look into it today."})

    method: Channel


async def acknowledge(work: Work, complaint_id: UUID, command: Acknowledgement) -> Complaint:
    """The customer was told (S48). Meets the acknowledgement clock.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.acknowledge(act, command.method)
    await told(work, complaint, act, command.method, CommunicationKind.ACKNOWLEDGEMENT)
    return complaint
