"""A customer without an account opens his link, and files his complaint with it."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator
from rapport_chassis.bodies import Body
from rapport_chassis.commands import example
from rapport_chassis.vault import Erased
from rapport_chassis.work import Work
from rapport_contracts.complaints.intake import Contact
from rapport_contracts.vocabulary import Channel
from rapport_kernel.errors import NotFound

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.file_complaint import NewComplaint, file_complaint
from rapport_complaints.correspondence.domain.links import CustomerLink, Purpose
from rapport_complaints.correspondence.store.links import CustomerLinks
from rapport_complaints.correspondence.usecases.make_link import STATUS_FOR, UNSORTED, hash_of, status_link

LONGEST = {"problem": 20_000, "remedy_sought": 5_000, "name": 200, "phone": 40, "email": 320, "address": 500}
"""Characters of each field."""


class OwnWords(Body):
    """What a customer writes (S49: the problem and a way to reach him; the time is now). A form sends the same fields."""

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
        if self.phone is None and self.email is None and self.address is None:
            raise ValueError("a phone number, an e-mail address or a postal address is needed")
        return self


async def open_intake_link(work: Work, token: str) -> CustomerLink:
    """The link, if a complaint can be filed with it. Raises NotFound, LinkUsed, LinkExpired."""
    link = await work.store(CustomerLinks).by_hash(hash_of(token))
    link.open(Purpose.FILE, work.now)
    return link


async def file_by_link(work: Work, token: str, command: OwnWords) -> tuple[Complaint, str]:
    """The complaint, and the token with which he sees where it stands. Of two that come at the same time with one link one
    is filed: the link is locked. Raises NotFound, LinkUsed, LinkExpired."""
    link = await work.store(CustomerLinks).by_hash(hash_of(token), for_update=True)
    link.open(Purpose.FILE, work.now)
    contact = Contact(name=command.name, phone=command.phone, email=command.email, address=command.address)
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
        raise NotFound("link-unknown", "This link is not known.") from None
    await work.store(Complaints).flush()  # the links refer to it
    link.use(complaint.id, work.now)
    _, status_token = status_link(work, complaint.id, STATUS_FOR)
    await work.audit("complaint.file-by-link", f"complaint:{complaint.id}", detail={"link_id": str(link.id)})
    return complaint, status_token
