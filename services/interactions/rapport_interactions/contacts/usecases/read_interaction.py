"""Showing contacts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from rapport_chassis.lists import Page, Paging

from rapport_interactions.store import reading
from rapport_interactions.store.work import InteractionsWork

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Detail:
    """A contact's row with its segments, and its note as far as the reader may see it."""

    row: Mapping[str, Any]
    has_note: bool
    note: str | None


async def list_interactions(
    work: InteractionsWork, wanted: reading.Wanted, paging: Paging, view: Callable[[Mapping[str, Any]], V]
) -> Page[V]:
    """A page of contacts: one statement."""
    return await reading.list_interactions(work, wanted, paging, view)


async def show_interaction(work: InteractionsWork, interaction_id: UUID, *, clear: bool) -> Detail:
    """One contact. `clear` opens the note, which is audited (S115). Raises NotFound."""
    row = await reading.show_interaction(work, interaction_id)
    if not clear:
        return Detail(row, await work.notes.exists(interaction_id), None)
    note = await work.notes.read(interaction_id)
    if note is not None:
        await work.audit("interaction.read-note", f"interaction:{interaction_id}")
    return Detail(row, note is not None, note)
