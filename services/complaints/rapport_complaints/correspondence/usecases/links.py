"""Links for customers without an account: made by staff, used to file a complaint and to see where it stands."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from rapport_chassis.bodies import Body
from rapport_chassis.commands import example
from rapport_chassis.vault import Erased
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode
from rapport_contracts.complaints.intake import Contact
from rapport_contracts.fields import CustomerId, InteractionId, WrongValue
from rapport_contracts.vocabulary import Channel
from rapport_kernel.errors import NotFound
from rapport_kernel.ids import new_id

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.filing import NewComplaint, demand_usable, file_complaint
from rapport_complaints.correspondence.domain.links import CustomerLink, LinkPurpose, Standing, standing_of
from rapport_complaints.correspondence.store import CustomerLinks

TOKEN_BYTES = 32
"""256 bits: not to be guessed, so that the hash needs no salt and no slowness."""
UNSORTED = "unsorted"
"""The category of what customers file themselves, until somebody assesses it."""
STATUS_FOR = timedelta(days=365)
"""How long customers who filed themselves can see where their complaint stands."""


class NewIntakeLink(Body):
    """A link with which one complaint can be filed, and what that complaint begins with."""

    model_config = example({"valid_for_hours": 72, "category": "delivery", "touchpoint": "hotline"})

    valid_for_hours: int = Field(default=168, ge=1, le=24 * 90)
    category: NewCode = Field(default=UNSORTED, description="Of the complaint; assessing it can change that.")
    touchpoint: NewCode | None = None
    customer_id: CustomerId | None = Field(default=None, description="Whom it is for, if known.")
    interaction_id: InteractionId | None = Field(default=None, description="The contact in which they asked for it.")


class NewStatusLink(Body):
    """A link with which the customer sees number, standing and promised day of one complaint."""

    model_config = example({"valid_for_hours": 720})

    valid_for_hours: int = Field(default=24 * 30, ge=1, le=24 * 365)


async def make_intake_link(work: Work, command: NewIntakeLink) -> tuple[CustomerLink, str]:
    """The link and its token, which is known to nobody after this (S48: many ways in, none of them hard)."""
    link, token = _link(work, LinkPurpose.FILE, timedelta(hours=command.valid_for_hours))
    link.category, link.touchpoint = command.category, command.touchpoint
    link.customer_id, link.interaction_id = command.customer_id, command.interaction_id
    await work.audit("intake-link.make", f"customer-link:{link.id}")
    return link, token


async def make_status_link(work: Work, complaint_id: UUID, command: NewStatusLink) -> tuple[CustomerLink, str]:
    """The link and its token (ISO 10002: status on request). Raises NotFound."""
    complaint = await work.store(Complaints).get(complaint_id)
    link, token = status_link(work, complaint.id, timedelta(hours=command.valid_for_hours))
    await work.audit("status-link.make", f"complaint:{complaint_id}", detail={"link_id": str(link.id)})
    return link, token


def status_link(work: Work, complaint_id: UUID, lasts: timedelta) -> tuple[CustomerLink, str]:
    """A link to where this complaint stands, and its token."""
    link, token = _link(work, LinkPurpose.STATUS, lasts)
    link.complaint_id = complaint_id
    return link, token


async def revoke_link(work: Work, link_id: UUID) -> CustomerLink:
    """It opens nothing any more. Raises NotFound, NotAllowed, VersionConflict."""
    link = await work.store(CustomerLinks).get(link_id, for_update=True)
    link.revoke()
    await work.audit("customer-link.revoke", f"customer-link:{link_id}")
    return link


def hash_of(token: str) -> bytes:
    """What is stored of a token: its SHA-256."""
    return hashlib.sha256(token.encode()).digest()


def _link(work: Work, purpose: LinkPurpose, lasts: timedelta) -> tuple[CustomerLink, str]:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    made = CustomerLink(
        id=new_id(),
        purpose=purpose,
        token_hash=hash_of(token),
        created_at=work.now,
        expires_at=work.now + lasts,
        by=str(work.actor),
    )
    return work.store(CustomerLinks).add(made), token


LONGEST = {"problem": 20_000, "remedy_sought": 5_000, "name": 200, "phone": 40, "email": 320, "address": 500}
"""Characters of each field."""
REACHING = ("phone", "email", "address")
"""The fields of which one is needed to reach the customer."""


class OwnWords(Body):
    """What a customer writes (S49: the problem and a way to reach them; the time is now). A form sends the same fields."""

    model_config = example(
        {"problem": "The parcel did not arrive, and nobody called back.", "name": "张小明", "phone": "13812345678"}
    )

    problem: str = Field(min_length=1, max_length=LONGEST["problem"])
    remedy_sought: str | None = Field(default=None, min_length=1, max_length=LONGEST["remedy_sought"])
    name: str | None = Field(default=None, min_length=1, max_length=LONGEST["name"])
    phone: str | None = Field(default=None, min_length=3, max_length=LONGEST["phone"])
    email: str | None = Field(default=None, min_length=3, max_length=LONGEST["email"])
    address: str | None = Field(default=None, min_length=1, max_length=LONGEST["address"])

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if all(getattr(self, name) is None for name in REACHING):
            raise WrongValue("contact-missing")
        return self


async def open_intake_link(work: Work, token: str) -> CustomerLink:
    """The link, if a complaint can be filed with it. Raises NotFound, LinkUsed, LinkExpired."""
    link = await work.store(CustomerLinks).by_hash(hash_of(token))
    link.open(LinkPurpose.FILE, work.now)
    return link


async def file_by_link(work: Work, token: str, command: OwnWords) -> tuple[Complaint, str]:
    """The complaint, and the token that shows where it stands. Of two that come at the same time with one link one
    is filed: the link is locked. Raises NotFound, LinkUsed, LinkExpired, Invalid for a contact that reaches nobody."""
    link = await work.store(CustomerLinks).by_hash(hash_of(token), for_update=True)
    link.open(LinkPurpose.FILE, work.now)
    contact = Contact(name=command.name, phone=command.phone, email=command.email, address=command.address)
    demand_usable(contact)
    new = NewComplaint(
        received_at=work.now,
        problem=command.problem,
        contact=contact,
        channel=Channel.WEB,
        category=link.category or UNSORTED,
        remedy_sought=command.remedy_sought,
        interaction_id=link.interaction_id,
        customer_id=link.customer_id,
        touchpoint=link.touchpoint,
    )
    try:
        complaint = await file_complaint(work, new)
    except Erased:  # the customer whom the link was made for: nobody is told that there was one
        raise NotFound("link-unknown") from None
    await work.store(Complaints).flush()  # the links refer to it
    link.use(complaint.id, work.now)
    _, status_token = status_link(work, complaint.id, STATUS_FOR)
    await work.audit("complaint.file-by-link", f"complaint:{complaint.id}", detail={"link_id": str(link.id)})
    return complaint, status_token


@dataclass(frozen=True, slots=True)
class Shown:
    """What the customer sees. `promised_until` is None when nothing was promised, and once they have their answer. Times in
    UTC."""

    number: str
    standing: Standing
    received_at: datetime
    promised_until: datetime | None


async def show_standing(work: Work, token: str) -> Shown:
    """What the holder of this link may know (ISO 10002: status on request). Raises NotFound, LinkExpired."""
    link = await work.store(CustomerLinks).by_hash(hash_of(token))
    link.open(LinkPurpose.STATUS, work.now)
    assert link.complaint_id is not None  # noqa: S101 - a link to a standing is made for a complaint
    complaint = await work.store(Complaints).get(link.complaint_id)
    standing = standing_of(complaint.state)
    over = standing in {Standing.ANSWERED, Standing.CLOSED, Standing.WITHDRAWN}
    return Shown(complaint.number, standing, complaint.received_at, None if over else complaint.promised_until)
