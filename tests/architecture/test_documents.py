"""The OpenAPI document of every service can be read by people and by generators of clients; the guard is fed bad cases."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from rapport_cli.services import SERVICES, described
from rapport_testing.guards_documents import unclean

DOCUMENTS: dict[str, dict[str, Any]] = {service.name: service.asgi.openapi for service in described()}
LIST = "/profiles/v1/customers"


@pytest.mark.parametrize("service", SERVICES)
def test_a_document_is_clean(service: str) -> None:
    assert unclean(DOCUMENTS[service]) == []


def rename(document: dict[str, Any], old: str, new: str) -> None:
    document["components"]["schemas"][new] = document["components"]["schemas"].pop(old)


def schema(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"]["CustomerCard"]
    return found


SPOILED: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [
    (
        "a module path in a name",
        lambda d: d["components"]["schemas"].update(rapport_profiles__web__views__CustomerCard={"type": "object"}),
        "schema rapport_profiles__web__views__CustomerCard: no name",
    ),
    (
        "brackets in a name",
        lambda d: d["components"]["schemas"].update(Page_CustomerCard_={"type": "object"}),
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
        lambda d: rename(d, "CustomerCard", "CustomerLine"),
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
        "no refusal",
        lambda d: d["paths"][LIST]["get"].update(responses={"200": {"description": "All"}}),
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
def test_what_is_not_clean_is_found(spoil: Callable[[dict[str, Any]], object], says: str) -> None:
    document = copy.deepcopy(DOCUMENTS["profiles"])
    spoil(document)
    assert unclean(document) == [says]
