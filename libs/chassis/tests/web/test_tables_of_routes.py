"""Tables of routes: a line of `Actions` is a route as if it were written out; what is no use case is refused at import."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel
from rapport_chassis.bodies import Body
from rapport_chassis.versions import Since
from rapport_chassis.web import Actions, Router, Scope, VersionedData
from rapport_chassis.web.operations import On
from rapport_chassis.work import Work
from rapport_kernel.errors import Conflict, Invalid, NotFound
from rapport_kernel.states import Move, StateTable

HANDLE = Scope("notes:handle", level=2)


class Said(Body):
    words: str


class Shown(BaseModel):
    words: str


class Policy(BaseModel):
    name: str


class NewPolicy(Since, Policy):
    """A policy from a time on."""


async def answer(work: Work, note_id: UUID, said: Said) -> str:
    return said.words


def view(note: str, call: Any) -> Shown:
    return Shown(words=note)


class Note:
    """What is acted on."""

    life = StateTable("note", "open", [Move("call-back", "open", "open"), Move("close", "open", "closed")])


class Called:
    """A call that runs a use case without a database."""

    async def run(self, usecase: Any, *given: Any) -> Any:
        return await usecase(None, *given)


async def test_a_line_of_actions_is_a_route():
    router = Router(tags=["notes"])
    on = Actions(router, "/notes/{note_id}", Note, view, (NotFound,))
    on("call-back", answer, HANDLE, "Call back", "With these words.", Conflict)
    on("close", answer, HANDLE, "Close it", "For good.", errors=(Invalid,), name="post_close_note")
    first, second = router.routes
    assert (first.name, first.operation, first.allow) == ("POST /notes/{note_id}:call-back", "notes.post_call_back", HANDLE)
    assert (first.summary, first.endpoint.handler.__doc__) == ("Call back", "With these words.")
    assert (first.errors, second.errors) == ((NotFound, Conflict), (Invalid,))
    assert second.operation == "notes.post_close_note"
    assert first.endpoint.returns is Shown and first.endpoint.body is not None
    note_id = UUID(int=1)
    shown = await first.endpoint.handler(note_id=note_id, body=Said(words="hello"), call=Called())
    assert shown == Shown(words="hello")


def test_an_action_says_when_it_is_possible():
    on = Actions(Router(), "/notes/{note_id}", Note, view, ())
    on("shut", answer, HANDLE, "Shut it", "For good.", moves=("close",))
    with pytest.raises(TypeError, match="'slam' is no move of Note: say which it makes, or when it is possible"):
        on("slam", answer, HANDLE, "Slam it", "For good.")
    with pytest.raises(TypeError, match="people make no move burn of Note"):
        on("burn", answer, HANDLE, "Burn it", "For good.", moves=("burn",))
    with pytest.raises(TypeError, match="only an operation"):
        Router().add("POST", "/notes", answer, allow=HANDLE, on=On(Note))


def test_what_takes_no_body_is_no_action():
    async def look(work: Work, note_id: UUID) -> str:
        return ""

    on = Actions(Router(), "/notes/{note_id}", Note, view, ())
    with pytest.raises(TypeError, match="what was said"):
        on("look", look, HANDLE, "Look", "At it.")  # type: ignore[arg-type]


def test_a_line_of_versioned_data_is_three_routes():
    router = Router(tags=["data"])
    keep = VersionedData[Any](router, read=Scope("notes:read"), change=Scope("notes:configure", level=3))
    words = {name: (f"{name}_policy", f"{name} of them", "About it.") for name in ("every", "one", "put")}
    keep("/policies/{code}", lambda work: work.policies, Policy, NewPolicy, **words)
    keep("/others/{code}", lambda work: work.others, Policy, NewPolicy, **{**words, "every": None}, errors=(Invalid,))
    assert [route.name for route in router.routes] == [
        "GET /policies",
        "GET /policies/{code}",
        "PUT /policies/{code}",
        "GET /others/{code}",
        "PUT /others/{code}",
    ]
    assert [route.allow.level for route in router.routes if isinstance(route.allow, Scope)][:3] == [1, 1, 3]
    assert [route.status for route in router.routes] == [200, 200, 201, 200, 201]
    assert router.routes[-1].errors == (Invalid,) and NotFound in router.routes[2].errors
