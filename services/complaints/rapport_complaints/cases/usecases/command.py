"""What all commands on a complaint have in common: a reason, a note, the time when it happened."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field
from rapport_chassis.bodies import Body
from rapport_chassis.vault import Box
from rapport_contracts.fields import Code, UtcTime
from rapport_kernel.chain import SALT_BYTES, digest
from rapport_kernel.errors import Invalid

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.history import Act, Sealed
from rapport_complaints.work import ComplaintsWork

NOTE = "moves.note"
"""The place that notes are sealed for."""
SALT = "moves.salt"
"""The place that the salts of their digests are sealed for."""
VULNERABILITY = "complaints.vulnerability"
"""The place that the code is sealed for which says why a customer needs care."""


def example(body: dict[str, Any]) -> ConfigDict:
    """What the OpenAPI document shows as an example of a body."""
    return ConfigDict(json_schema_extra={"examples": [body]})


class Command(Body):
    """Base of the bodies of all actions."""

    reason: Code | None = Field(default=None, description="A code; goes to history and audit.", examples=["customer-called"])
    note: str | None = Field(default=None, min_length=1, max_length=10_000, description="Free text; stored encrypted.")
    at: UtcTime | None = Field(default=None, description="When it happened, if it is entered later; now by default.")


async def take_up(work: ComplaintsWork, complaint_id: UUID, said: Command) -> tuple[Complaint, Act]:
    """Load the complaint for a change, with the circumstances of the command. Raises NotFound, VersionConflict, Invalid."""
    complaint = await work.complaints.get(complaint_id, for_update=True)
    return complaint, await act_on(work, complaint, said)


async def act_on(work: ComplaintsWork, complaint: Complaint, said: Command) -> Act:
    """Who, when, why. Raises Invalid for a time in the future or before what is already in the history."""
    at = happened(said.at, work.now, not_before=complaint.last_at)
    act = Act(at=at, recorded_at=work.now, by=str(work.actor), reason=said.reason)
    if said.note is None:
        return act
    key = complaint.keyed_by
    box = await work.vault.open_for([key])
    salt, kept = committed(box, key, SALT, said.note)
    return replace(act, note=box.seal(key, NOTE, said.note), salt=salt, digest=kept)


def committed(box: Box, key: UUID, place: str, words: str) -> tuple[Sealed, bytes]:
    """What stays of words in the chain of the history once they are erased: the salt, sealed for `place`, and the digest."""
    salt = os.urandom(SALT_BYTES)
    return box.seal(key, place, salt.hex()), digest(salt, words)


def happened(said: datetime | None, now: datetime, *, not_before: datetime) -> datetime:
    """When it happened: as said, else now. Raises Invalid `in-the-future`, `before-history`."""
    if said is None:
        return max(now, not_before)
    if said > now:
        raise Invalid.at("at", "in-the-future", "What is recorded has happened.")
    if said < not_before:
        raise Invalid.at("at", "before-history", "Something later is already in the history.")
    return said


def system_act(work: ComplaintsWork, complaint: Complaint, reason: str) -> Act:
    """The circumstances of what the system does by itself, because of an event or a timer."""
    return Act(at=max(work.now, complaint.last_at), recorded_at=work.now, by=str(work.actor), reason=reason)
