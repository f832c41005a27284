"""What is said to and by the customer: recorded by hand or with other commands, and read by level (S54, S66, S113); their
waiting begins or ends with it (S66).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_chassis.commands import example, happened
from rapport_chassis.security.kinds import Kind, seen
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import CommunicationKind
from rapport_contracts.fields import UtcTime
from rapport_contracts.vocabulary import Channel, Direction
from rapport_kernel.history import Act

from rapport_complaints.cases.domain.communication import Communication
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.communications import Communications, SealedCommunication
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.timing import pinned_basis
from rapport_complaints.clocks.usecases import calendars_of


async def customer_contacted_us(work: Work, complaint: Complaint, at: datetime) -> None:
    """They wait from then on, unless they were answered since. Only policies with a limit for updates care."""
    if complaint.policy is None or complaint.acknowledged_at is None:
        return
    basis = await pinned_basis(work, complaint)
    if basis is None or all(each.rule.update is None for each in basis.all):
        return
    answered_at, _ = await work.store(Complaints).last_contact_times(complaint.id)
    complaint.begin_waiting(at, basis, answered_at)


async def we_contacted_customer(work: Work, complaint: Complaint, at: datetime) -> None:
    """They wait no longer, unless they contacted us again since. Costs nothing when no update clock runs."""
    waited = complaint.waited_for(at)
    if not waited:
        return
    _, heard_at = await work.store(Complaints).last_contact_times(complaint.id)
    if heard_at is None or heard_at <= at:
        complaint.end_waiting(at)
    else:
        complaint.end_waiting(at, heard_at, await calendars_of(work, {clock.calendar for clock in waited}))


WORDS = "communications.words"
"""The place that words are sealed for."""


class NewCommunication(Body):
    """What was said, by whom and how."""

    model_config = example(
        {
            "direction": "outbound",
            "channel": "phone",
            "kind": "update",
            "words": "Told them that the depot is still searching, and that we call again on Friday.",
        }
    )

    direction: Direction
    channel: Channel
    kind: CommunicationKind
    words: str | None = Field(default=None, min_length=1, max_length=20_000, description="Stored encrypted.")
    at: UtcTime | None = Field(default=None, description="When it was said, if it is entered later; now by default.")


async def record_communication(work: Work, complaint_id: UUID, command: NewCommunication) -> Communication:
    """One communication, in whatever state the complaint is (S54, S66).

    Raises NotFound, VersionConflict (If-Match is the complaint's), Invalid for a time in the future or before receipt.
    """
    complaint = await work.store(Complaints).get(complaint_id, for_update=True)
    at = happened(command.at, work.now, not_before=complaint.received_at)
    words = None
    if command.words is not None:
        box = await work.vault.open_for([complaint.keyed_by])
        words = box.seal(complaint.keyed_by, WORDS, command.words)
    await (we_contacted_customer if command.direction == Direction.OUTBOUND else customer_contacted_us)(work, complaint, at)
    made = Communication.about(
        complaint,
        at=at,
        recorded_at=work.now,
        by=str(work.actor),
        direction=command.direction,
        channel=command.channel,
        kind=command.kind,
        words=words,
    )
    work.store(Communications).add(made)
    await work.audit("communication.record", f"complaint:{complaint_id}", detail={"communication_id": str(made.id)})
    return made


async def record_outbound(work: Work, complaint: Complaint, act: Act, channel: str, kind: CommunicationKind) -> None:
    """The customer was told something by another command; what was said stands in its note."""
    await we_contacted_customer(work, complaint, act.at)
    made = Communication.about(
        complaint,
        at=act.at,
        recorded_at=act.recorded_at,
        by=act.by,
        direction=Direction.OUTBOUND,
        channel=channel,
        kind=kind,
    )
    work.store(Communications).add(made)


async def read_communications(
    work: Work, complaint_id: UUID, communications: list[SealedCommunication]
) -> dict[UUID, str | None]:
    """The words of these communications in clear, for those who see something of them. Raises NotFound."""
    complaint = await work.store(Complaints).get(complaint_id)
    if not seen(Kind.WORDS, work.actor.level) or not any(each.words for each in communications):
        return {}
    box = await work.vault.open_for([complaint.keyed_by], create=False)
    await work.audit("communication.read", f"complaint:{complaint_id}", detail={"level": work.actor.level})
    return {each.id: box.read(complaint.keyed_by, WORDS, each.words) for each in communications}
