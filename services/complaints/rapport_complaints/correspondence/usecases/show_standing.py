"""Where a complaint stands, for the customer who holds its link: number, standing, promised time, nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rapport_complaints.correspondence.domain.links import Purpose, Standing, standing_of
from rapport_complaints.correspondence.usecases.make_link import hash_of
from rapport_complaints.work import ComplaintsWork


@dataclass(frozen=True, slots=True)
class Shown:
    """What he sees. `promised_until` is None when nothing was promised, and once he has his answer."""

    number: str
    standing: Standing
    promised_until: datetime | None


async def show_standing(work: ComplaintsWork, token: str) -> Shown:
    """What the holder of this link may know (ISO 10002: status on request). Raises NotFound, LinkExpired."""
    link = await work.customer_links.by_hash(hash_of(token))
    link.open(Purpose.STATUS, work.now)
    assert link.complaint_id is not None  # noqa: S101 - a link to a standing is made for a complaint
    complaint = await work.complaints.get(link.complaint_id)
    standing = standing_of(complaint.state)
    over = standing in {Standing.ANSWERED, Standing.CLOSED, Standing.WITHDRAWN}
    return Shown(complaint.number, standing, None if over else complaint.promised_until)
