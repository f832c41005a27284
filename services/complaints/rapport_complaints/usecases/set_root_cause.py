"""Say why it happened."""

from __future__ import annotations

from uuid import UUID

from rapport_contracts.vocabulary import CauseCode

from rapport_complaints.domain.complaint import Complaint
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.command import Command, example, take_up


class RootCause(Command):
    """The cause (S52, S56) and whether the risk remains; the explanation is the note."""

    model_config = example({"cause": "process", "latent_risk": True, "note": "Parcels without a scan are not looked for."})

    cause: CauseCode
    latent_risk: bool


async def set_root_cause(work: ComplaintsWork, complaint_id: UUID, said: RootCause) -> Complaint:
    """Write down the root cause.

    Raises NotFound, NotAllowed, VersionConflict, Invalid.
    """
    complaint, act = await take_up(work, complaint_id, said)
    complaint.set_root_cause(act, said.cause, latent_risk=said.latent_risk)
    return complaint
