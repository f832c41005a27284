"""Read one contact, and its note where the reader may see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rapport_chassis.work import Work

from rapport_interactions.contacts.store.lists import find_interaction
from rapport_interactions.contacts.store.notes import Notes


@dataclass(frozen=True, slots=True)
class Detail:
    """The row of a contact with its segments; `note` is None when there is none, or the reader may not see it."""

    row: Mapping[str, Any]
    has_note: bool
    note: str | None


async def read_interaction(work: Work, interaction_id: UUID, *, clear: bool) -> Detail:
    """One contact. `clear` opens the note, which is audited (S115). Raises NotFound."""
    row = await find_interaction(work, interaction_id)
    notes = work.store(Notes)
    if not clear:
        return Detail(row, await notes.exists(interaction_id), None)
    note = await notes.read(interaction_id)
    if note is not None:
        await work.audit("interaction.read-note", f"interaction:{interaction_id}")
    return Detail(row, note is not None, note)
