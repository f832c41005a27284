"""Find complaints by the phone number or e-mail address that was given in them; and fill in those that were filed before
they could be found."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints
from rapport_chassis.bodies import Body
from rapport_chassis.commands import example
from rapport_chassis.lists import Page, Paging
from rapport_chassis.rekeying import blind_index
from rapport_chassis.timers import Timer
from rapport_chassis.vault import Box, Damaged
from rapport_chassis.work import Work
from rapport_contracts.complaints.intake import Contact
from rapport_kernel.errors import FieldError, Invalid

from rapport_complaints.cases.store.contact_points import (
    ContactPoints,
    contact_point_of,
    contact_points,
    hold_beside_erasures,
    under_older_keys,
    without_contact_points,
)
from rapport_complaints.cases.store.tables import ComplaintFilters

FILL = "contact-points.fill"
"""The kind of timer that fills in what is missing, a portion at a time; its payload says `after` which complaint."""
PORTION = 500
ONCE_MORE = timedelta(days=1)
"""After which those are filled in that the version before filed while it was being replaced."""


class LookUp(Body):
    """Phone numbers and e-mail addresses, as they were written or said; complaints with any of them are found."""

    model_config = example({"contacts": ["138 1234 5678"]})

    contacts: Annotated[
        list[Annotated[str, StringConstraints(min_length=3, max_length=320)]], Field(min_length=1, max_length=20)
    ]


async def look_up_complaints(work: Work, command: LookUp, filters: ComplaintFilters, paging: Paging) -> Page[Any]:
    """One page of those that have one of the contacts and match all filters; audited, without what was asked for. Raises
    Invalid `invalid-body` with `bad-contact`, and for a bad cursor or order."""
    found = [contact_point_of(text, work.region) for text in command.contacts]
    wrong = [FieldError(f"contacts.{place}", "bad-contact") for place, point in enumerate(found) if point is None]
    if wrong:
        raise Invalid("invalid-body", fields=wrong)
    points = [point for point in found if point is not None]
    page = await work.store(ContactPoints).find(points, filters, paging)
    await work.audit_many("complaint.look-up", "complaint", [row.id for row in page.items])
    return page


async def fill_contact_points(work: Work, timer: Timer) -> None:
    """One portion of the complaints that cannot be found by their contact; the next portion is a timer that is due at once.
    What was erased, and what does not open, stays without. A day after the last one it begins once more."""
    after = UUID(timer.payload.get("after", str(UUID(int=0))))
    await hold_beside_erasures(work)
    rows = await without_contact_points(work, after, PORTION)
    box = await work.vault.open_for([row["keyed_by"] for row in rows], create=False)
    for row in rows:
        if (contact := _opened(box, row)) is not None:
            work.store(ContactPoints).add(row["id"], contact)
    last = {"last": True} if timer.payload.get("last") else {}
    if len(rows) == PORTION:
        await work.timers.set(FILL, timer.key, work.now, {"after": str(rows[-1]["id"]), **last})
    elif not last:
        await work.timers.set(FILL, timer.key, work.now + ONCE_MORE, {"last": True})


async def index_again(work: Work, limit: int) -> int:
    """Up to so many hashes of contacts are made again under the newest index key; of how many complaints. What was erased,
    and what does not open, is found by nothing any more."""
    await hold_beside_erasures(work)
    rows = await under_older_keys(work, limit)
    box = await work.vault.open_for([row["keyed_by"] for row in rows], create=False)
    for row in rows:
        if (contact := _opened(box, row)) is not None:
            work.store(ContactPoints).add(row["id"], contact)
    return len(rows)


KEYED = blind_index(contact_points, "blind_index", index_again)


def _opened(box: Box, row: dict[str, Any]) -> Contact | None:
    try:
        clear = box.read(row["keyed_by"], "complaints.contact", row["contact"])
    except Damaged:
        return None
    return None if clear is None else Contact.model_validate_json(clear)
