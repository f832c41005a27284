"""Links for customers without an account: one to file a complaint, used once; one to see where a complaint stands.

A link is its token; of that only the hash is kept, so that nobody can read a working link out of the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from rapport_kernel.aggregate import Aggregate
from rapport_kernel.errors import Conflict, NotFound, Refused
from rapport_kernel.states import Move, StateTable

LINK_LIFE = StateTable(
    "customer-link",
    "issued",
    [
        Move("use", "issued", "used", by="system"),  # by a customer, on their page
        Move("revoke", "issued", "revoked"),
    ],
)


class LinkPurpose(StrEnum):
    """What a link opens."""

    FILE = "file"
    STATUS = "status"


class LinkUsed(Conflict):
    """A complaint was filed with this link already."""

    code = "link-used"


class LinkExpired(Refused):
    """The time of this link is over."""

    status = 410
    code = "link-expired"


@dataclass(kw_only=True)
class CustomerLink(Aggregate, life=LINK_LIFE):
    """One link. `complaint_id` is the complaint that it shows, or that was filed with it; the other ids are what a complaint
    filed with it begins with. Times in UTC."""

    purpose: str
    token_hash: bytes
    created_at: datetime
    expires_at: datetime
    by: str
    complaint_id: UUID | None = None
    customer_id: UUID | None = None
    interaction_id: UUID | None = None
    touchpoint: str | None = None
    category: str | None = None
    used_at: datetime | None = None

    def open(self, purpose: LinkPurpose, now: datetime) -> None:
        """Raises NotFound for another purpose and for a revoked link (nobody is told that there was one), LinkUsed,
        LinkExpired: whoever holds the link was given it, and is told."""
        if self.purpose != purpose or self.state == "revoked":
            raise NotFound("link-unknown")
        if self.state == "used":
            raise LinkUsed
        if now >= self.expires_at:
            raise LinkExpired

    def use(self, complaint_id: UUID, now: datetime) -> None:
        """A complaint was filed with it. Raises as `open`."""
        self.open(LinkPurpose.FILE, now)
        self.move("use")
        self.complaint_id, self.used_at = complaint_id, now

    def revoke(self) -> None:
        """It opens nothing any more. Raises NotAllowed for one that was used."""
        self.move("revoke")


class Standing(StrEnum):
    """Where a complaint stands, as a customer is told: fewer and plainer words than its states."""

    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    WAITING_FOR_YOU = "waiting_for_you"
    OFFERED = "offered"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


_STANDINGS: Mapping[str, Standing] = MappingProxyType(
    {
        "received": Standing.RECEIVED,
        "acknowledged": Standing.RECEIVED,
        "awaiting_customer": Standing.WAITING_FOR_YOU,
        "resolution_proposed": Standing.OFFERED,
        "feedback_given": Standing.ANSWERED,
        "follow_up_due": Standing.ANSWERED,
        "closed": Standing.CLOSED,
        "withdrawn": Standing.WITHDRAWN,
    }
)


def standing_of(state: str) -> Standing:
    """What a customer is told about a state. They hear of a decision by `give-feedback`, never first from a page: until
    then, and in every state that means nothing to them, we are working on it."""
    return _STANDINGS.get(state, Standing.IN_PROGRESS)
