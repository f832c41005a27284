"""Promise an answer by a time and in a way."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.commands import Command, example, load_for_command
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import CommunicationKind
from rapport_contracts.fields import UtcTime
from rapport_contracts.vocabulary import Channel

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.record_communication import told


class Commitment(Command):
    """What the customer was promised (S50, 处理承诺)."""

    model_config = example({"due_at": "2026-12-01T10:00:00Z", "method": "phone"})

    due_at: UtcTime
    method: Channel


async def promise(work: Work, complaint_id: UUID, command: Commitment) -> Complaint:
    """Write down the promise.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await load_for_command(work, Complaints, complaint_id, command)
    complaint.promise(act, command.due_at, command.method)
    await told(work, complaint, act, command.method, CommunicationKind.PROMISE)
    return complaint
