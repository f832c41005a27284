"""The history of what has one in `chronicle`: one line for each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from rapport_chassis.lists import Page, Paging
from rapport_chassis.web import Call, Router
from rapport_chassis.web.actions import declare
from rapport_chassis.work import Work
from rapport_kernel.errors import Invalid, NotFound

from rapport_complaints.cases.store.chronicles import ChronicleStore, find_chronicle
from rapport_complaints.cases.usecases.chronicled import read_chronicle
from rapport_complaints.cases.web.access import READ
from rapport_complaints.cases.web.views import MoveView, move_view

ABOUT = "Who did what when and why, in the order in which it was entered; notes from level 2 on."


def add_history(router: Router, path: str, kept: Callable[[Work], ChronicleStore[Any]], name: str, summary: str) -> None:
    """`GET <path>/history` of what `kept` keeps; `path` ends with the id, `name` is the operation id."""
    key = path.rsplit("{", 1)[1].rstrip("}")

    async def show(paging: Paging, call: Call[Work], **named: UUID) -> Page[MoveView]:
        store = kept(await call.work())
        subject = await store.get(named[key])
        page = await call.read(find_chronicle, subject.id, paging)
        notes = await call.run(read_chronicle, store.subject, subject, page.items)
        return page.map(lambda past: move_view(past, notes.get(past.id)))

    declare(show, name, ABOUT, {key: UUID, "paging": Paging, "call": Call}, Page[MoveView])
    router.add("GET", f"{path}/history", show, allow=READ, errors=[NotFound, Invalid], summary=summary)
