"""The OpenAPI document and the page made from it."""

from __future__ import annotations

import asyncio
import copy
import re
import threading
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field
from rapport_chassis.web.docs_fields import body
from rapport_chassis.web.documents import _split_bodies, _tell_defaults
from rapport_chassis.web.openapi import name_schemas, require_what_is_sent, tell_bounds
from rapport_chassis.web.values import known
from rapport_contracts.fields import UtcTime
from rapport_contracts.vocabulary import Channel
from rapport_kernel.states import Move, StateTable

SCHEMAS = "#/components/schemas/"


async def test_the_document_is_made_once_and_beside_the_event_loop(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a large service it takes seconds, and anybody may ask for it."""
    made: list[threading.Thread] = []
    make = FastAPI.openapi

    def watched(self: FastAPI) -> dict[str, Any]:
        made.append(threading.current_thread())
        return make(self)

    monkeypatch.setattr(FastAPI, "openapi", watched)
    paths = ("/notes/openapi.json", "/notes/docs", "/notes/openapi.json")
    answers = await asyncio.gather(*(client.get(path) for path in paths))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(made) == 1
    assert made[0] is not threading.main_thread()


async def test_documents_are_not_sent_again_to_whoever_has_them(client: httpx.AsyncClient) -> None:
    for path in ("/notes/openapi.json", "/notes/docs"):
        answer = await client.get(path)
        etag = answer.headers["etag"]
        assert answer.headers["cache-control"] == "no-cache"
        again = await client.get(path, headers={"If-None-Match": f'"another", {etag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert (await client.get(path, headers={"If-None-Match": '"another"'})).status_code == 200


async def test_the_page_has_contents_anchors_fields_and_codes(client: httpx.AsyncClient) -> None:
    document = (await client.get("/notes/openapi.json")).json()
    page = (await client.get("/notes/docs")).text
    for methods in document["paths"].values():
        for operation in methods.values():
            assert page.count(f'id="{operation["operationId"]}"') == 1
            assert f'<a href="#{operation["operationId"]}">' in page
    for name in document["components"]["schemas"]:
        assert page.count(f'id="schema-{name}"') == 1
    anchors = set(re.findall('href="#([^"]+)"', page))
    assert anchors == set(re.findall('id="([^"]+)"', page))
    assert "`" not in page
    assert "Successful Response" not in page
    assert "<code>words</code> <em>string, <b>required</b></em>" in page


def test_a_field_is_shown_with_what_is_in_it_its_bounds_and_values() -> None:
    known = {
        "Step": {"type": "object", "properties": {"next": {"$ref": SCHEMAS + "Step"}, "kind": {"$ref": SCHEMAS + "Kind"}}},
        "Kind": {"type": "string", "enum": ["first", "<last>"]},
    }
    steps = {"type": "array", "maxItems": 5, "items": {"$ref": SCHEMAS + "Step"}}
    state = {"type": "string", "x-extensible-enum": ["open"], "description": "Of `it`."}
    schema = {"type": "object", "required": ["steps"], "properties": {"steps": steps, "state": state}}
    html = "".join(body(schema, known))
    assert '<dt><code>steps</code> <em>list of <a href="#schema-Step">Step</a>, <b>required</b></em></dt>' in html
    assert "At most 5 items." in html
    assert (
        "<code>state</code> <em>string, optional</em></dt><dd>Of <code>it</code>.<div>Known values: <code>open</code>."
        in html
    )
    assert "One of: <code>first</code>, <code>&lt;last&gt;</code>." in html
    assert html.count("<code>next</code>") < 10


async def test_headers_follow_from_what_a_route_is(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/notes/openapi.json")).json()["paths"]
    made, shown = paths["/notes/v1/notes"]["post"], paths["/notes/v1/notes/{note_id}"]["get"]
    assert set(made["responses"]["201"]["headers"]) == {"ETag", "Location", "traceparent"}
    assert set(shown["responses"]["200"]["headers"]) == {"ETag", "traceparent"}
    assert set(shown["responses"]["401"]["headers"]) == {"WWW-Authenticate", "traceparent"}
    assert set(shown["responses"]["429"]["headers"]) == {"Retry-After", "traceparent"}


def test_a_schema_of_bodies_and_answers_is_two_where_an_answer_has_more() -> None:
    rule = {
        "title": "Rule",
        "properties": {"days": {"type": "integer", "default": 3}, "name": {"type": "string"}},
        "required": ["name"],
    }
    content = {"content": {"application/json": {"schema": {"$ref": SCHEMAS + "Rule"}}}}
    document = {
        "paths": {"/rules": {"put": {"requestBody": copy.deepcopy(content), "responses": {"200": copy.deepcopy(content)}}}},
        "components": {"schemas": {"Rule": rule}},
    }
    _split_bodies(document)
    require_what_is_sent(document)
    _tell_defaults(document)
    schemas = document["components"]["schemas"]
    assert (schemas["Rule"]["required"], schemas["RuleBody"]["required"]) == (["days", "name"], ["name"])
    days = {"type": "integer", "x-default": 3, "description": "Without it: `3`."}
    assert schemas["RuleBody"]["properties"]["days"] == days
    put = document["paths"]["/rules"]["put"]
    assert put["requestBody"]["content"]["application/json"]["schema"] == {"$ref": SCHEMAS + "RuleBody"}
    assert put["responses"]["200"]["content"]["application/json"]["schema"] == {"$ref": SCHEMAS + "Rule"}


def test_known_values_and_the_names_of_their_vocabularies_come_from_enums_lives_and_literals() -> None:
    class Shown(BaseModel):
        state: Annotated[str | None, known(StateTable("note", "open", [Move("close", "open", "closed")]))]
        channels: Annotated[list[str], known(Channel)]
        mode: Annotated[str, known(Literal["in", "out"], "other", name="note-mode")]
        kind: Annotated[str, known("a", "b", name=None)]

    fields = Shown.model_json_schema()["properties"]
    assert fields["state"]["anyOf"] == [
        {"type": "string", "x-extensible-enum": ["open", "closed"], "x-vocabulary": "note-state"},
        {"type": "null"},
    ]
    channels, mode = fields["channels"]["items"], fields["mode"]
    assert (channels["x-extensible-enum"][:2], channels["x-vocabulary"]) == (["phone", "email"], "channel")
    assert (mode["x-extensible-enum"], mode["x-vocabulary"]) == (["in", "out", "other"], "note-mode")
    assert "x-vocabulary" not in fields["kind"]
    with pytest.raises(TypeError, match="no source of known values"):
        known()
    with pytest.raises(TypeError, match="has no name"):
        known("in", "out")


def test_schemas_bear_the_names_of_their_classes_and_references_follow() -> None:
    page, view = "rapport_chassis__lists__Page_VersionView_Guide__", "VersionView_Guide_"
    document = {
        "paths": {"/guides": {"get": {"responses": {"200": {"schema": {"$ref": SCHEMAS + page}}}}}},
        "components": {
            "schemas": {
                page: {"title": "Page[VersionView[Guide]]", "properties": {"items": {"$ref": SCHEMAS + view}}},
                view: {"title": "VersionView[Guide]", "properties": {"body": {"$ref": SCHEMAS + "a__web__Guide"}}},
                "a__web__Guide": {"title": "Guide"},
                "a__web__StepView": {"title": "StepView"},
                "b__web__StepView": {"title": "StepView"},
            }
        },
    }
    name_schemas(document)
    schemas = document["components"]["schemas"]
    assert list(schemas) == ["Guide", "GuideVersionView", "GuideVersionViewPage", "a__web__StepView", "b__web__StepView"]
    assert schemas["GuideVersionViewPage"]["title"] == "GuideVersionViewPage"
    assert schemas["GuideVersionViewPage"]["properties"]["items"] == {"$ref": SCHEMAS + "GuideVersionView"}
    assert schemas["GuideVersionView"]["properties"]["body"] == {"$ref": SCHEMAS + "Guide"}
    answer = document["paths"]["/guides"]["get"]["responses"]["200"]["schema"]
    assert answer == {"$ref": SCHEMAS + "GuideVersionViewPage"}


async def test_an_answer_requires_every_field_and_a_body_only_what_must_be_sent(client: httpx.AsyncClient) -> None:
    document = (await client.get("/notes/openapi.json")).json()
    assert document["components"]["schemas"]["NoteViewPage"]["required"] == ["items", "next", "count", "count_capped"]
    money = {"properties": {"amount": {}, "currency": {}}, "required": ["amount"]}
    told = {"properties": {"money": {"$ref": SCHEMAS + "Money"}, "note": {}}, "required": []}
    body = {"schema": {"$ref": SCHEMAS + "Money"}}
    operation = {"requestBody": body, "responses": {"200": {"schema": {"$ref": SCHEMAS + "Told"}}}}
    made = {"paths": {"/told": {"post": operation}}, "components": {"schemas": {"Money": money, "Told": told}}}
    require_what_is_sent(made)
    assert (told["required"], money["required"]) == (["money", "note"], ["amount"])


def test_bounds_of_times_are_told_in_words_and_those_of_numbers_stay() -> None:
    class Span(BaseModel):
        since: Annotated[UtcTime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))] | None
        days: int = Field(ge=1, le=90)

    document = {"schema": Span.model_json_schema()}
    tell_bounds(document)
    since, days = document["schema"]["properties"].values()
    told = {"type": "string", "format": "date-time", "description": "From 2000-01-01T00:00:00Z to 2200-01-01T00:00:00Z."}
    assert since["anyOf"][0] == told
    assert (days["minimum"], days["maximum"]) == (1, 90)
