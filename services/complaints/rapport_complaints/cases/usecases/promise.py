"""Promise an answer by a time and in a way."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.complaints.vocabulary import CommunicationKind
from rapport_contracts.fields import UtcTime
from rapport_contracts.vocabulary import Channel

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.usecases.command import Command, example, take_up
from rapport_complaints.cases.usecases.record_communication import told
from rapport_complaints.work import ComplaintsWork


class Commitment(Command):
    """What the customer was promised (S50, 处理承诺)."""

    model_config = example({"due_at": "2026-12-01T10:00:00Z", "method": "phone"})

    due_at: UtcTime
    method: Channel


async def promise(work: ComplaintsWork, complaint_id: UUID, said: Commitment) -> Complaint:
    """Write down the promise.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    complaint.promise(act, said.due_at, said.method)
    await told(work, complaint, act, said.method, CommunicationKind.PROMISE)
    return complaint
