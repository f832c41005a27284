"""A document that breaks a client of the one before is refused; one that does not, passes. Each change is planted."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rapport_contracts import openapi
from rapport_contracts.openapi import for_front_ends, inlined, joined, problems, shared, written
from rapport_contracts.openapi_compatibility import breaking_changes

Document = dict[str, Any]
TODAY = date(2027, 9, 1)
SCHEMAS = "#/components/schemas/"
CASE = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "state": {"type": "string", "x-extensible-enum": ["open", "closed"]},
        "size": {"type": "string", "enum": ["small", "large"]},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "steps": {"type": "array", "items": {"$ref": f"{SCHEMAS}Case"}},
        "names": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["id", "state", "size", "note", "steps", "names"],
}
TEXT = {"type": "string"}
TEAM = {"name": "team", "in": "query", "schema": TEXT}
NEW_CASE = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string", "maxLength": 100},
        "size": {"type": "string", "enum": ["small", "large"]},
        "count": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
        "names": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["title"],
}


def answer(schema: str, media_type: str = "application/json", **more: Any) -> dict[str, Any]:
    held = {"schema": {"$ref": f"{SCHEMAS}{schema}"}, **more}
    headers = {"ETag": {"description": "x", "required": True, "schema": {"type": "string"}}}
    return {"description": "x", "headers": headers, "content": {media_type: held}}


def refused(*codes: str) -> dict[str, Any]:
    told = {code: {"value": {"code": code}} for code in codes}
    return answer("Problem", "application/problem+json", examples=told)


def base() -> Document:
    security = [{"bearer": ["cases:read"]}]
    limit = {"name": "limit", "in": "query", "required": False, "schema": {"type": "integer", "minimum": 1, "maximum": 200}}
    sort = {"name": "sort", "in": "query", "required": False, "schema": {"type": "string", "enum": ["at", "-at"]}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Rapport Cases", "version": "1.2.0"},
        "paths": {
            "/cases": {
                "get": {
                    "operationId": "cases.find",
                    "security": security,
                    "x-level": 1,
                    "parameters": [limit, sort],
                    "responses": {"200": answer("Case"), "422": refused("bad-sort", "bad-cursor")},
                },
                "post": {
                    "operationId": "cases.make",
                    "security": security,
                    "x-level": 1,
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {"schema": {"$ref": f"{SCHEMAS}NewCase"}},
                            "text/csv": {"schema": {"type": "string"}},
                        },
                    },
                    "responses": {"201": answer("Case"), "409": refused("taken")},
                },
            },
            "/open": {"get": {"operationId": "cases.open", "security": [], "responses": {"200": answer("Case")}}},
        },
        "components": {
            "schemas": {
                "Case": copy.deepcopy(CASE),
                "NewCase": copy.deepcopy(NEW_CASE),
                "Problem": {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"]},
            },
            "securitySchemes": {
                "bearer": {
                    "type": "oauth2",
                    "flows": {
                        "clientCredentials": {"tokenUrl": "/t", "scopes": {"cases:read": "r", "cases:all": "a"}},
                    },
                }
            },
        },
    }


def find(d: Document) -> dict[str, Any]:
    held: dict[str, Any] = d["paths"]["/cases"]["get"]
    return held


def make(d: Document) -> dict[str, Any]:
    held: dict[str, Any] = d["paths"]["/cases"]["post"]
    return held


def shown(d: Document) -> dict[str, Any]:
    held: dict[str, Any] = d["components"]["schemas"]["Case"]
    return held


def sent(d: Document) -> dict[str, Any]:
    held: dict[str, Any] = d["components"]["schemas"]["NewCase"]
    return held


def without(schema: dict[str, Any], name: str) -> None:
    del schema["properties"][name]
    schema["required"] = [each for each in schema["required"] if each != name]


def needing(schema: dict[str, Any], name: str) -> None:
    schema["properties"].setdefault(name, {"type": "string"})
    schema["required"] = [*schema["required"], name]


Change = Callable[[Document], object]
BREAKING: dict[str, tuple[Change, str]] = {
    "an operation is gone": (lambda d: d["paths"]["/cases"].pop("post"), "POST /cases: is gone"),
    "a path is gone": (lambda d: d["paths"].pop("/cases"), "GET /cases: is gone"),
    "another operation id": (lambda d: find(d).update(operationId="cases.list"), "another operation id"),
    "a field of an answer is gone": (lambda d: without(shown(d), "note"), "note: is not always there any more"),
    "a field of an answer may be absent": (lambda d: shown(d)["required"].remove("note"), "note: is not always there"),
    "a field of an answer may be null": (
        lambda d: shown(d)["properties"].update(id={"anyOf": [CASE["properties"]["id"], {"type": "null"}]}),  # type: ignore[index]
        "id: may be null on one side only",
    ),
    "a field of an answer has another type": (
        lambda d: shown(d)["properties"].update(id={"type": "integer"}),
        "id: may be integer on one side only",
    ),
    "another format in an answer": (lambda d: shown(d)["properties"].update(id={"type": "string"}), "id: another format"),
    "a value more in a closed list of an answer": (
        lambda d: shown(d)["properties"]["size"]["enum"].append("huge"),
        "size: values outside of the list",
    ),
    "a closed list of an answer is opened": (lambda d: shown(d)["properties"]["size"].pop("enum"), "size: values outside"),
    "a field more is needed in a body": (lambda d: needing(sent(d), "reason"), "body.reason: is needed"),
    "a field that could be left out is needed": (lambda d: needing(sent(d), "size"), "body.size: is needed"),
    "a field of a closed body is gone": (lambda d: sent(d)["properties"].pop("count"), "body.count: is not known any more"),
    "a value less in a body": (lambda d: sent(d)["properties"]["size"]["enum"].remove("large"), "body.size: values outside"),
    "a body is tighter": (lambda d: sent(d)["properties"]["title"].update(maxLength=50), "body.title: maxLength is tighter"),
    "a bound more in a body": (lambda d: sent(d)["properties"]["title"].update(minLength=3), "title: minLength is tighter"),
    "a pattern more in a body": (lambda d: sent(d)["properties"]["title"].update(pattern="^a"), "title: another pattern"),
    "null is not taken any more": (
        lambda d: sent(d)["properties"].update(count={"type": "integer", "minimum": 1}),
        "body.count: may be null on one side only",
    ),
    "a media type is not read any more": (
        lambda d: make(d)["requestBody"]["content"].pop("text/csv"),
        "text/csv is not read",
    ),
    "a media type is not answered any more": (
        lambda d: find(d)["responses"]["200"].update(content={"text/csv": {"schema": {"type": "string"}}}),
        "200: application/json is gone",
    ),
    "a good status is gone": (lambda d: make(d)["responses"].update({"202": make(d)["responses"].pop("201")}), "status 201"),
    "a bad status is gone": (lambda d: make(d)["responses"].pop("409"), "status 409 is gone"),
    "a code is gone": (
        lambda d: find(d)["responses"]["422"]["content"]["application/problem+json"]["examples"].pop("bad-sort"),
        "422: the code bad-sort is gone",
    ),
    "a header is gone": (lambda d: find(d)["responses"]["200"]["headers"].pop("ETag"), "200: the header ETag is gone"),
    "a header may be absent": (
        lambda d: find(d)["responses"]["200"]["headers"]["ETag"].pop("required"),
        "200: the header ETag is not always there any more",
    ),
    "a header has another type": (
        lambda d: find(d)["responses"]["200"]["headers"]["ETag"].update(schema={"type": "integer"}),
        "200: the header ETag: may be integer on one side only",
    ),
    "items of an answer may be anything": (
        lambda d: shown(d)["properties"]["steps"].pop("items"),
        "steps.items: may be",
    ),
    "a map holds something else": (
        lambda d: shown(d)["properties"]["names"].update(additionalProperties={"type": "integer"}),
        "names.*: may be integer on one side only",
    ),
    "a map holds anything": (lambda d: shown(d)["properties"]["names"].pop("additionalProperties"), "names.*: may be"),
    "a map becomes a form": (
        lambda d: sent(d)["properties"].update(names={"type": "object", "additionalProperties": False}),
        "body.names: takes no other fields any more",
    ),
    "who was nobody needs a login": (
        lambda d: d["paths"]["/open"]["get"].update(security=[{"bearer": []}]),
        "asks for a login",
    ),
    "a parameter is gone": (lambda d: find(d)["parameters"].pop(0), "the parameter limit is gone"),
    "a parameter more is needed": (
        lambda d: find(d)["parameters"].append({**TEAM, "required": True}),
        "the parameter team is needed",
    ),
    "a parameter is needed now": (lambda d: find(d)["parameters"][0].update(required=True), "the parameter limit is needed"),
    "a parameter is tighter": (
        lambda d: find(d)["parameters"][0]["schema"].update(maximum=50),
        "limit: maximum is tighter",
    ),
    "a value less in a parameter": (
        lambda d: find(d)["parameters"][1]["schema"]["enum"].remove("-at"),
        "sort: values outside",
    ),
    "another scope": (lambda d: find(d).update(security=[{"bearer": ["cases:all"]}]), "asks for the scope cases:all"),
    "only programs": (lambda d: find(d).update({"x-callers": ["machine"]}), "asks for another kind of caller"),
    "a higher level": (lambda d: find(d).update({"x-level": 3}), "asks for a higher level"),
}
HARMLESS: dict[str, Change] = {
    "nothing": lambda d: d,
    "an operation more": lambda d: d["paths"].update({"/more": {"get": {**find(d), "operationId": "more.find"}}}),
    "a field more in an answer": lambda d: needing(shown(d), "team"),
    "a field more in a body": lambda d: sent(d)["properties"].update(team={"type": "string"}),
    "a field of a body may be left out": lambda d: sent(d).update(required=[]),
    "a value less in an answer": lambda d: shown(d)["properties"]["size"]["enum"].remove("large"),
    "a value more in an open list": lambda d: shown(d)["properties"]["state"]["x-extensible-enum"].append("late"),
    "a value more in a body": lambda d: sent(d)["properties"]["size"]["enum"].append("huge"),
    "a body is wider": lambda d: sent(d)["properties"]["title"].update(maxLength=500),
    "an answer is never null": lambda d: shown(d)["properties"].update(note={"type": "string"}),
    "null may be sent": lambda d: sent(d)["properties"].update(
        title={"anyOf": [NEW_CASE["properties"]["title"], {"type": "null"}]}
    ),  # type: ignore[index]
    "a parameter more": lambda d: find(d)["parameters"].append(
        {"name": "team", "in": "query", "schema": {"type": "string"}}
    ),
    "a parameter is wider": lambda d: find(d)["parameters"][0]["schema"].update(maximum=500),
    "a code more": lambda d: find(d)["responses"]["422"]["content"]["application/problem+json"]["examples"].update(more={}),
    "a bad status more": lambda d: find(d)["responses"].update({"409": refused("taken")}),
    "a header more": lambda d: find(d)["responses"]["200"]["headers"].update({"X-More": {"schema": {"type": "string"}}}),
    "a media type more is read": lambda d: make(d)["requestBody"]["content"].update(
        {"text/plain": {"schema": {"type": "string"}}}
    ),
    "other words": lambda d: find(d).update(summary="Find", description="Cases."),
    "a schema has another name": lambda d: d.update(json.loads(json.dumps(d).replace('NewCase"', 'CaseToBe"'))),
    "no login any more": lambda d: find(d).update(security=[]),
    "a map holds less": lambda d: shown(d)["properties"]["names"].update(
        additionalProperties={"type": "string", "enum": ["a"]}
    ),
    "a map takes more": lambda d: sent(d)["properties"]["names"].update(additionalProperties={"type": ["string", "null"]}),
    "a header is always there": lambda d: find(d)["responses"]["200"]["headers"]["ETag"].update(required=True),
    "a lower level": lambda d: find(d).update({"x-level": 0}),
}


def changed(change: Change) -> Document:
    document = base()
    change(document)
    return document


@pytest.mark.parametrize("name", BREAKING)
def test_a_change_that_breaks_a_client_is_refused(name: str) -> None:
    change, says = BREAKING[name]
    found = breaking_changes(base(), changed(change))
    assert any(says in line for line in found), found


@pytest.mark.parametrize("name", HARMLESS)
def test_a_change_that_breaks_nobody_passes(name: str) -> None:
    assert breaking_changes(base(), changed(HARMLESS[name])) == []


def test_only_a_new_major_version_may_break_what_is_committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi, "OPENAPI", tmp_path)
    (tmp_path / "cases.json").write_text(written(base()))
    broken = changed(BREAKING["an operation is gone"][0])
    assert problems({"cases": base()}, TODAY) == []
    assert problems({"cases": broken}, TODAY) == ["cases: POST /cases: is gone"]
    assert problems({}, TODAY) == ["cases: the service is gone"]
    broken = changed(BREAKING["a field of an answer is gone"][0])
    broken["info"]["version"] = "2.0.0"
    assert problems({"cases": broken}, TODAY) == []


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        ({}, ["cases: POST /cases: is gone and was not deprecated"]),
        ({"deprecated": True, "x-sunset": "2027-09-02"}, ["cases: POST /cases: is gone before its day, 2027-09-02"]),
        ({"deprecated": True, "x-sunset": "2027-09-01"}, []),
    ],
)
def test_a_new_major_version_ends_only_what_was_deprecated_for_long_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marks: Document, found: list[str]
) -> None:
    monkeypatch.setattr(openapi, "OPENAPI", tmp_path)
    before, after = base(), changed(BREAKING["an operation is gone"][0])
    make(before).update(marks)
    (tmp_path / "cases.json").write_text(written(shared(before)))
    after["info"]["version"] = "2.0.0"
    assert problems({"cases": after}, TODAY) == found


def test_what_several_operations_answer_alike_stands_once_and_can_be_put_back() -> None:
    document = base()
    make(document)["responses"]["422"] = refused("bad-sort", "bad-cursor")
    made = shared(document)
    (name,) = made["components"]["responses"]
    assert find(made)["responses"]["422"] == make(made)["responses"]["422"] == {"$ref": f"#/components/responses/{name}"}
    assert make(made)["responses"]["409"] == refused("taken"), "only one operation answers this"
    assert made["paths"]["/open"]["get"]["responses"]["200"] == answer("Case"), "names in clients come from good answers"
    assert name.startswith("Problem422_") and made["components"]["responses"][name] == refused("bad-sort", "bad-cursor")
    assert inlined(made) == document
    del document["paths"]["/open"]
    assert shared(document)["components"]["responses"].keys() == {name}, "a name stays when others go"


def whole() -> Document:
    def service(name: str, case: dict[str, Any]) -> Document:
        document = base()
        document["info"]["description"] = f"{name}."
        document["servers"] = [{"url": "/"}]
        document["tags"] = [{"name": "cases", "description": "Cases."}]
        document["components"]["schemas"]["Case"] = case
        document["paths"] = {f"/{name}/cases": document["paths"]["/cases"]}
        for operation in document["paths"][f"/{name}/cases"].values():
            operation["tags"] = ["cases"]
        return document

    other = {**copy.deepcopy(CASE), "title": "Case"}
    other["properties"]["colour"] = {"type": "string"}  # type: ignore[index]
    return joined({"red": service("red", copy.deepcopy(CASE)), "blue": service("blue", other)})


def test_what_services_share_stands_once_and_what_differs_bears_their_name() -> None:
    document = whole()
    assert set(document["components"]["schemas"]) == {"Problem", "NewCase", "RedCase", "BlueCase"}
    assert document["components"]["schemas"]["BlueCase"]["title"] == "BlueCase"
    inner = document["components"]["schemas"]["RedCase"]["properties"]["steps"]["items"]
    assert inner == {"$ref": f"{SCHEMAS}RedCase"}
    ids = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert sorted(ids) == ["blue.cases.find", "blue.cases.make", "red.cases.find", "red.cases.make"]
    assert [tag["name"] for tag in document["tags"]] == ["blue: cases", "red: cases"]


def test_front_ends_get_neither_what_is_for_operators_nor_what_only_that_uses() -> None:
    document = whole()
    for operation in document["paths"]["/blue/cases"].values():
        operation["x-audience"] = "operators"
    part = for_front_ends(document)
    assert set(part["paths"]) == {"/red/cases"}
    assert set(part["components"]["schemas"]) == {"Problem", "NewCase", "RedCase"}
    assert [tag["name"] for tag in part["tags"]] == ["red: cases"]
