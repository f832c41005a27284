"""What all commands on aggregates with a history have in common: a reason, a note, the time when it happened.

class WinBackStart(Command):
    owner: NewStaffId

async def start_win_back(work: Work, win_back_id: UUID, command: WinBackStart) -> WinBack:
    win_back, act = await load_for_command(work, WinBacks, win_back_id, command)
    win_back.start(act, command.owner)
    return win_back
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from pydantic import ConfigDict, Field
from rapport_contracts.codes import NewCode
from rapport_contracts.fields import UtcTime
from rapport_kernel.chain import SALT_BYTES, digest
from rapport_kernel.errors import Invalid
from rapport_kernel.history import Act, AggregateWithHistory, Sealed

from rapport_chassis.bodies import Body
from rapport_chassis.store import AggregateStore
from rapport_chassis.vault import Box
from rapport_chassis.work import Work

A = TypeVar("A", bound=AggregateWithHistory)
NOTE, SALT = "history.note", "history.salt"
"""The places that notes and the salts of their digests are sealed for."""


class Command(Body):
    """Base of the bodies of all actions."""

    reason: NewCode | None = Field(
        default=None, description="A code; goes to history and audit.", examples=["customer-called"]
    )
    note: str | None = Field(default=None, min_length=1, max_length=10_000, description="Free text; stored encrypted.")
    at: UtcTime | None = Field(default=None, description="When it happened, if it is entered later; now by default.")


def example(body: dict[str, Any]) -> ConfigDict:
    """For `model_config`: what the OpenAPI document shows as an example of a body."""
    return ConfigDict(json_schema_extra={"examples": [body]})


async def load_for_command(
    work: Work, store: type[AggregateStore[A]], aggregate_id: UUID, command: Command
) -> tuple[A, Act]:
    """The aggregate, locked, and the circumstances of the command. Raises NotFound, VersionConflict, Invalid."""
    aggregate = await work.store(store).get(aggregate_id, for_update=True)
    return aggregate, await act_of(work, aggregate, command)


async def act_of(work: Work, aggregate: AggregateWithHistory, command: Command) -> Act:
    """Who, when, why; the note is sealed. Raises Invalid for a time in the future or before what is in the history."""
    at = happened(command.at, work.now, not_before=aggregate.last_at)
    act = Act(at=at, recorded_at=work.now, by=str(work.actor), reason=command.reason)
    if command.note is None:
        return act
    box = await work.vault.open_for([aggregate.note_key])
    note = seal_text(box, aggregate.note_key, (NOTE, SALT), command.note)
    return replace(act, note=note.text, salt=note.salt, digest=note.digest)


def system_act(work: Work, aggregate: AggregateWithHistory, reason: str) -> Act:
    """The circumstances of what the system does by itself, because of an event or a timer."""
    return Act(at=max(work.now, aggregate.last_at), recorded_at=work.now, by=str(work.actor), reason=reason)


def happened(at: datetime | None, now: datetime, *, not_before: datetime) -> datetime:
    """When it happened: as given, else now. Raises Invalid `in-the-future`, `before-history`."""
    if at is None:
        return max(now, not_before)
    if at > now:
        raise Invalid.at("at", "in-the-future")
    if at < not_before:
        raise Invalid.at("at", "before-history")
    return at


@dataclass(frozen=True, slots=True)
class SealedText:
    """A text and the salt of its digest, both sealed; the digest stands in the chain of a history and says nothing once the
    key is gone."""

    text: Sealed
    salt: Sealed
    digest: bytes


def seal_text(box: Box, key: UUID, places: tuple[str, str], text: str) -> SealedText:
    """Seal a text for a chain under the key of `key`; `places` are those of the text and of its salt (`table.column`)."""
    salt = os.urandom(SALT_BYTES)
    return SealedText(box.seal(key, places[0], text), box.seal(key, places[1], salt.hex()), digest(salt, text))
