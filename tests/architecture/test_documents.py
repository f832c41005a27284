"""The OpenAPI document of every service can be read by people and by generators of clients; the guard is fed bad cases."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from rapport_chassis.web.documents import LICENSE
from rapport_cli.services import SERVICES, described
from rapport_contracts.openapi import FRONT_END, OPENAPI, WHOLE, files, inlined, served
from rapport_testing.guards import ROOT
from rapport_testing.guards_documents import unclean, without_values

Documents = dict[str, dict[str, Any]]
LIST = "/profiles/v1/customers"


@pytest.fixture(scope="module")
def documents() -> Documents:
    """Of all services, written anew: seconds of work, so not while tests are collected."""
    return {service.name: service.asgi.openapi for service in described()}


@pytest.mark.parametrize("service", SERVICES)
def test_a_document_is_clean(documents: Documents, service: str) -> None:
    assert unclean(documents[service]) == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_code_says_which_values_it_has(documents: Documents, service: str) -> None:
    assert without_values(documents[service]) == []


def test_a_code_without_its_values_is_found(documents: Documents) -> None:
    document = copy.deepcopy(documents["profiles"])
    document["components"]["schemas"]["CustomerCard"]["properties"]["stage"] = {"type": "string"}
    assert without_values(document) == ["CustomerCard.stage: no known values"]


def test_a_summary_of_the_timeline_is_described_for_each_type(documents: Documents) -> None:
    entry = documents["profiles"]["components"]["schemas"]["TimelineEntry"]["properties"]
    by_type = entry["summary"]["x-by-type"]
    assert "phone" in by_type["interaction.completed.v1"]["properties"]["channel"]["x-extensible-enum"]
    assert "severity" in by_type["complaint.received.v1"]["properties"]
    assert not any(name.endswith("_id") for each in by_type.values() for name in each["properties"])


def test_documents_are_committed_as_they_are_today(documents: Documents) -> None:
    told = {path.name: text for path, text in files(documents).items()}
    kept = {path.name: path.read_text() for path in OPENAPI.glob("*.json")}
    assert sorted(kept) == sorted(told)
    assert [name for name in told if kept[name] != told[name]] == [], "run `make contracts`"


@pytest.mark.parametrize("name", [WHOLE, FRONT_END])
def test_joined_documents_are_clean_too(name: str) -> None:
    document = inlined(json.loads((OPENAPI / f"{name}.json").read_text()))
    assert [line for line in unclean(document) if not line.startswith("operation ")] == []


def test_the_license_of_the_documents_is_that_of_the_repository() -> None:
    has_one = bool([*ROOT.glob("LICEN[CS]E*"), *ROOT.glob("COPYING*")])
    assert has_one == (LICENSE["identifier"] != "LicenseRef-None"), "say in `documents.LICENSE` which license it is"


async def test_a_service_sends_what_is_committed() -> None:
    for service in described():
        document, page = await service.asgi.documents()
        assert document == served(service.name)
        assert b'id="schemas"' in page


def rename(document: dict[str, Any], old: str, new: str) -> None:
    """With all references to it."""
    schemas = "#/components/schemas/"
    renamed = json.loads(json.dumps(document).replace(f'"{schemas}{old}"', f'"{schemas}{new}"'))
    renamed["components"]["schemas"][new] = renamed["components"]["schemas"].pop(old)
    document.update(renamed)


def schema(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"]["CustomerCard"]
    return found


def operation(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][LIST]["get"]
    return found


SPOILED: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [
    (
        "a module path in a name",
        lambda d: rename(d, "CustomerCard", "rapport_profiles__web__views__CustomerCard"),
        "schema rapport_profiles__web__views__CustomerCard: no name",
    ),
    (
        "brackets in a name",
        lambda d: rename(d, "CustomerCard", "Page_CustomerCard_"),
        "schema Page_CustomerCard_: no name",
    ),
    (
        "a blank in an operation id",
        lambda d: d["paths"][LIST]["get"].update(operationId="all customers.list_all"),
        "operation all customers.list_all: no name",
    ),
    (
        "two operations of one id",
        lambda d: d["paths"][LIST]["get"].update(operationId=d["paths"][LIST]["post"]["operationId"]),
        "operation customers.register: there are 2",
    ),
    (
        "a reference to nothing",
        lambda d: d["components"]["schemas"].pop("CustomerCard"),
        "#/components/schemas/CustomerCard: leads nowhere",
    ),
    (
        "a bound that is none",
        lambda d: schema(d)["properties"]["registered_at"].update(ge="2000-01-01T00:00:00Z"),
        "CustomerCard: ge is no keyword",
    ),
    (
        "a bound that is none, of a parameter",
        lambda d: d["paths"][LIST]["get"]["parameters"][0]["schema"].update(le=7),
        f"GET {LIST}: le is no keyword",
    ),
    ("no summary", lambda d: d["paths"][LIST]["get"].pop("summary"), f"GET {LIST}: no summary"),
    ("no description", lambda d: d["paths"][LIST]["get"].pop("description"), f"GET {LIST}: no description"),
    (
        "another title",
        lambda d: d["info"].update(title="Profiles"),
        "info: the title is not of the pattern `Rapport Complaints`",
    ),
    ("no license", lambda d: d["info"].pop("license"), "info: no license"),
    ("no server", lambda d: d.update(servers=[]), "no servers"),
    ("a tag without words", lambda d: d["tags"][0].pop("description"), "tag customers: no description"),
    (
        "a header that is ignored",
        lambda d: operation(d)["parameters"].append({"name": "Accept", "in": "header", "schema": {"type": "string"}}),
        f"GET {LIST}: OpenAPI ignores a header parameter Accept",
    ),
    (
        "a parameter that is null",
        lambda d: operation(d)["parameters"].append(
            {"name": "team", "in": "query", "schema": {"anyOf": [{"type": "string"}, {"type": "null"}]}}
        ),
        f"GET {LIST}: the parameter team may be null",
    ),
    (
        "an example that does not fit",
        lambda d: schema(d)["properties"]["registered_at"].update(examples=["yesterday"]),
        "CustomerCard.registered_at: an example does not fit",
    ),
    (
        "a schema that nobody uses",
        lambda d: d["components"]["schemas"].update(Outcome={"type": "string"}),
        "#/components/schemas/Outcome: nothing uses it",
    ),
    (
        "an answer without headers",
        lambda d: operation(d)["responses"]["200"].pop("headers"),
        f"GET {LIST}: an answer without its headers",
    ),
    (
        "no refusal",
        lambda d: d["paths"][LIST]["get"].update(responses={"200": d["paths"][LIST]["get"]["responses"]["200"]}),
        f"GET {LIST}: no answer for what is refused",
    ),
    (
        "a problem that is written out",
        lambda d: d["paths"][LIST]["get"]["responses"]["403"]["content"]["application/problem+json"].update(
            examples={"forbidden": {"value": {"code": "forbidden"}}}
        ),
        f"GET {LIST}: a problem is written out",
    ),
]


@pytest.mark.parametrize(("spoil", "says"), [case[1:] for case in SPOILED], ids=[case[0] for case in SPOILED])
def test_what_is_not_clean_is_found(documents: Documents, spoil: Callable[[dict[str, Any]], object], says: str) -> None:
    document = copy.deepcopy(documents["profiles"])
    spoil(document)
    assert unclean(document) == [says]
