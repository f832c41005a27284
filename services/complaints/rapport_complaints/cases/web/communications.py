"""What is said to and by the customer: communications and letters."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field
from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Call, Kind, Masked, Names, Person, Router, View, personal
from rapport_chassis.web.values import known
from rapport_chassis.work import Work
from rapport_contracts.complaints.vocabulary import CommunicationKind
from rapport_contracts.fields import UtcTime
from rapport_contracts.vocabulary import Channel, Direction
from rapport_kernel.errors import NotFound, VersionConflict

from rapport_complaints.access import HANDLE, READ
from rapport_complaints.cases.store.communications import (
    SAID,
    CommunicationFilters,
    SealedCommunication,
    find_communications,
)
from rapport_complaints.cases.usecases.communications import (
    NewCommunication,
    read_communications,
    record_communication,
)

router = Router(tags=["correspondence"], about="What was said to the customer and by the customer, with its channel.")


class CommunicationView(View):
    """One thing that was said. `at` is when, `recorded_at` when it was entered; `letter_id` names the letter that it was."""

    id: UUID
    version: int
    updated_at: UtcTime = Field(description="When it was last written.")
    complaint_id: UUID
    direction: Annotated[str, known(Direction)]
    channel: Annotated[str, known(Channel)]
    kind: Annotated[str, known(CommunicationKind)]
    at: UtcTime
    recorded_at: UtcTime
    by: Person
    letter_id: UUID | None
    names: Names


class CommunicationDetail(CommunicationView):
    """The same with its words: from level 2 on; null once the customer is erased."""

    words: Annotated[str | None, personal(Kind.WORDS)] = Field(description="What was said.")
    masked: Masked


@router.post(
    "/complaints/{complaint_id}/communications",
    allow=HANDLE,
    errors=[NotFound, VersionConflict, "in-the-future", "before-history", "erased"],
    status=201,
    summary="Record a communication",
)
async def post_communication(complaint_id: UUID, body: NewCommunication, call: Call[Work]) -> CommunicationView:
    """What was said to or by the customer, in whatever state the complaint is (S54, S66). Acknowledging, promising, giving
    feedback and issuing a letter record one by themselves."""
    return CommunicationView.model_validate(await call.run(record_communication, complaint_id, body))


@router.get(
    "/complaints/{complaint_id}/communications",
    allow=READ,
    errors=[NotFound],
    summary="Communications about a complaint",
)
async def find(
    complaint_id: UUID, filters: CommunicationFilters, paging: Annotated[Paging, SAID], call: Call[Work]
) -> Page[CommunicationDetail]:
    """What was said, the newest first. Words from level 2 on; every look at them is audited."""
    page = await call.read(find_communications, complaint_id, filters, paging)
    words = await call.run(read_communications, complaint_id, page.items)
    return page.map(lambda one: communication_detail(one, words.get(one.id)))


def communication_detail(communication: SealedCommunication, words: str | None) -> CommunicationDetail:
    """One communication with its words, as far as they were read."""
    return CommunicationDetail.model_validate(
        {name: getattr(communication, name) for name in SealedCommunication.__slots__} | {"words": words}
    )
