"""The routes of a history: read it page by page, and verify it."""

from __future__ import annotations

import functools
import operator
import types
import typing
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter, create_model
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import NotFound
from rapport_kernel.history import AggregateWithHistory
from rapport_kernel.states import StateTable
from rapport_kernel.vocabularies import Vocabulary

from rapport_chassis.commands import NOTE
from rapport_chassis.histories import IN_ORDER, HistoryFilters, HistoryStore, StoredEntry, find_history
from rapport_chassis.lists import Page, Paging
from rapport_chassis.security.kinds import Kind, personal, seen
from rapport_chassis.security.scopes import Allow
from rapport_chassis.verifying import Verdict, verify_history
from rapport_chassis.web.actions import declare
from rapport_chassis.web.call import Call
from rapport_chassis.web.for_reader import Masked, Names, People, Person
from rapport_chassis.web.operations import actions_of
from rapport_chassis.web.router import Router
from rapport_chassis.web.values import known
from rapport_chassis.web.views import View
from rapport_chassis.work import Work

Words = tuple[str, str, str]
"""Of a route: its operation id, its summary, its description."""
HISTORY = (
    "Who did what when and why, in the order in which it was entered; notes from level 2 on, numbers in them masked below"
    " level 4."
)
VERIFY = "Every link of the chain is computed anew, words are held against their digests, rows against the audit trail."


class MoveView(BaseModel):
    """One move of the history. `at` is when it happened, `recorded_at` when it was entered; notes from level 2 on."""

    id: UUID
    move: str
    from_state: str | None = Field(description="Null: with this it began.")
    to_state: str
    at: UtcTime
    recorded_at: UtcTime
    actor: Person
    reason: str | None
    detail: People = Field(description="Codes, numbers, times and ids of what was done.")
    note: Annotated[str | None, personal(Kind.NOTE)]
    names: Names
    masked: Masked


class BrokenView(View):
    """The first row that is wrong. `reason`: `row-changed`, `row-missing`, `rows-missing-at-the-end`,
    `rows-beyond-the-end`, `words-changed` (a note or evidence is not what its digest says), `differs-from-audit`."""

    seq: int
    reason: str = Field(examples=["row-changed"])


class HeadView(BaseModel):
    """The end of the chain: number and SHA-256 of its last row."""

    seq: int
    hash: str


class VerdictView(BaseModel):
    """Whether the history is what was written. `words`: notes and evidence checked against their digests; `unchecked`: they
    were erased; `audited`: rows whose hash stands in the audit trail as well."""

    intact: bool
    broken: BrokenView | None
    rows: int
    words: int
    unchecked: int
    audited: int
    head: HeadView | None
    as_of: UtcTime


def history_route(router: Router, path: str, store: type[HistoryStore[Any]], read: Allow, words: Words) -> None:
    """`GET <path>/history`; `path` ends with the id."""
    key, view = path.rsplit("{", 1)[1].rstrip("}"), move_view_of(store.kind)

    async def show(filters: HistoryFilters, paging: Paging, call: Call[Work], **named: UUID) -> Page[MoveView]:
        work = await call.work()
        subject = await work.store(store).get(named[key])
        page = await call.read(find_history, subject.id, filters, paging)
        notes = await call.run(read_notes, store, subject, page.items)
        return page.map(lambda entry: _shown(view, entry, notes.get(entry.id)))

    takes = {key: UUID, "filters": HistoryFilters, "paging": Annotated[Paging, IN_ORDER], "call": Call}
    declare(show, words[0], words[2], takes, Page.__class_getitem__(view))
    router.add("GET", f"{path}/history", show, allow=read, errors=[NotFound], summary=words[1])


def verify_route(router: Router, path: str, store: type[HistoryStore[Any]], read: Allow, words: Words) -> None:
    """`GET <path>`, whatever it is called; it has one name, the id."""
    key = path.split("{", 1)[1].split("}", 1)[0]

    async def show(call: Call[Work], **named: UUID) -> VerdictView:
        return verdict_view(await call.run(verify_history, store, named[key]), await call.work())

    declare(show, words[0], words[2], {key: UUID, "call": Call}, VerdictView)
    router.add("GET", path, show, allow=read, errors=[NotFound], summary=words[1])


async def read_notes(
    work: Work, store: type[HistoryStore[Any]], subject: AggregateWithHistory, entries: list[StoredEntry]
) -> dict[UUID, str | None]:
    """The notes of these entries in clear, for those who may see something of them; audited."""
    if not seen(Kind.NOTE, work.actor.level) or not any(entry.note for entry in entries):
        return {}
    box = await work.vault.open_for([subject.note_key], create=False)
    name = store.name
    await work.audit(f"{name}.history-read", f"{name}:{subject.id}", detail={"level": work.actor.level})
    return {entry.id: box.read(subject.note_key, NOTE, entry.note) for entry in entries}


def move_view_of(kind: type[AggregateWithHistory]) -> type[MoveView]:
    """`MoveView` as it is of things of a kind: with their moves and states, and with the schema of `detail` for each move
    (`x-by-move`), both from what the kind says that it notes."""
    detail = MoveView.model_fields["detail"]
    about = f"{detail.description} `x-by-move` has the schema of it for each `move`."
    fields: dict[str, Any] = {
        "move": Annotated[str, known(kind.noted_by_move, name=actions_of(kind))],
        "detail": Annotated[People, Field(description=about, json_schema_extra={"x-by-move": details_of(kind)})],
    }
    if kind.life is not None:
        fields |= {"from_state": Annotated[str | None, known(kind.life)], "to_state": Annotated[str, known(kind.life)]}
    made: Any = {name: (hint, MoveView.model_fields[name] if name == "from_state" else ...) for name, hint in fields.items()}
    view: type[MoveView] = create_model(f"{kind.__name__}MoveView", __base__=MoveView, __doc__=MoveView.__doc__, **made)
    return view


def details_of(kind: type[AggregateWithHistory]) -> dict[str, Any]:
    """The schema of the detail of each entry that notes something."""
    found: dict[str, Any] = {}
    for move, noted in kind.noted_by_move.items():
        fields = {**noted.always, **noted.sometimes}
        schemas = {name: TypeAdapter(_opened(hint)).json_schema(mode="serialization") for name, hint in fields.items()}
        if schemas:
            found[move] = {"type": "object", "properties": schemas, "required": list(noted.always)}
    return found


def _opened(hint: Any) -> Any:
    """A type whose codes may become more: what is noted once stays, and there are older entries."""
    if isinstance(hint, StateTable | Vocabulary) or (isinstance(hint, type) and issubclass(hint, StrEnum)):
        return Annotated[str, known(hint)]
    if isinstance(hint, types.UnionType):
        return functools.reduce(operator.or_, [_opened(each) for each in typing.get_args(hint)])
    if typing.get_origin(hint) is list:
        return list[_opened(*typing.get_args(hint))]  # type: ignore[misc]
    return hint


def _shown(view: type[MoveView], entry: StoredEntry, note: str | None) -> MoveView:
    shown = {name: getattr(entry, name) for name in ("id", "move", "at", "recorded_at", "actor", "reason", "detail")}
    return view.model_validate({**shown, "from_state": entry.source or None, "to_state": entry.target, "note": note})


def verdict_view(verdict: Verdict, work: Work) -> VerdictView:
    """A verdict, as of now."""
    return VerdictView(
        intact=verdict.broken is None,
        broken=None if verdict.broken is None else BrokenView.model_validate(verdict.broken),
        rows=verdict.rows,
        words=verdict.words,
        unchecked=verdict.unchecked,
        audited=verdict.audited,
        head=None if verdict.head is None else HeadView(seq=verdict.head.seq, hash=verdict.head.hash.hex()),
        as_of=work.now,
    )
