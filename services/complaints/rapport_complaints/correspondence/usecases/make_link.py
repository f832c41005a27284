"""Make a link for a customer without an account, or void it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from pydantic import Field
from rapport_chassis.bodies import Body
from rapport_chassis.commands import example
from rapport_chassis.work import Work
from rapport_contracts.fields import Code, CustomerId, InteractionId
from rapport_kernel.ids import new_id

from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.correspondence.domain.links import CustomerLink, Purpose
from rapport_complaints.correspondence.store.links import CustomerLinks

TOKEN_BYTES = 32
"""256 bits: not to be guessed, so that the hash needs no salt and no slowness."""
UNSORTED = "unsorted"
"""The category of what a customer files himself, until somebody assesses it."""
STATUS_FOR = timedelta(days=365)
"""How long a customer who filed by himself can look where his complaint stands."""


class NewIntakeLink(Body):
    """A link with which one complaint can be filed, and what that complaint begins with."""

    model_config = example({"valid_for_hours": 72, "category": "delivery", "touchpoint": "hotline"})

    valid_for_hours: int = Field(default=168, ge=1, le=24 * 90)
    category: Code = Field(default=UNSORTED, description="Of the complaint; assessing it can change that.")
    touchpoint: Code | None = None
    customer_id: CustomerId | None = Field(default=None, description="For whom it is, if he is known.")
    interaction_id: InteractionId | None = Field(default=None, description="The contact in which he asked for it.")


class NewStatusLink(Body):
    """A link with which the customer sees number, standing and promised day of one complaint."""

    model_config = example({"valid_for_hours": 720})

    valid_for_hours: int = Field(default=24 * 30, ge=1, le=24 * 365)


async def make_intake_link(work: Work, command: NewIntakeLink) -> tuple[CustomerLink, str]:
    """The link and its token, which is known to nobody after this (S48: many ways in, none of them hard)."""
    link, token = _link(work, Purpose.FILE, timedelta(hours=command.valid_for_hours))
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
    link, token = _link(work, Purpose.STATUS, lasts)
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


def _link(work: Work, purpose: Purpose, lasts: timedelta) -> tuple[CustomerLink, str]:
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
