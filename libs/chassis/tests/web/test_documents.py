"""The OpenAPI document and the page made from it."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field
from rapport_chassis.web.openapi import name_schemas, require_what_is_sent, tell_bounds
from rapport_contracts.fields import UtcTime

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
