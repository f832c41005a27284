"""What holds for the whole service: who gets in, what is refused, and where personal data is."""

from __future__ import annotations

import json

import pytest
from rapport_chassis.migrations import differences
from rapport_kernel.ids import new_id
from rapport_profiles import schema
from rapport_testing.web import client_of

from .acting import fetch, given, identify, registered
from .asking import CANARIES, PHONE, audited, register, resolve
from .conftest import published

pytestmark = pytest.mark.usefixtures("clean")


async def test_the_tables_are_those_of_the_migrations(database):
    found = await differences(database.url, "rapport_profiles.migrations", schema.metadata)
    ours = [line for line in found if any(f"<{name}>" in line or f"'{name}'" in line for name in schema.metadata.tables)]
    assert ours == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/customers"), ("GET", "/customers"), ("POST", "/customers:resolve"), ("GET", "/customers/{id}"),
     ("PATCH", "/customers/{id}"), ("POST", "/customers/{id}:change-stage"), ("GET", "/customers/{id}/timeline"),
     ("GET", "/customers/{id}/consents"), ("POST", "/customers/{id}/identifiers"), ("GET", "/conflicts"),
     ("POST", "/conflicts/{id}:resolve")],
)  # fmt: skip
async def test_nobody_gets_in_without_a_token_or_the_scope(served, tokens, method, path):
    url = "/profiles/v1" + path.replace("{id}", str(new_id()))
    async with client_of(served.asgi) as stranger:
        assert (await stranger.request(method, url, json={})).status_code == 401
    async with client_of(served.asgi, headers=tokens.bearer("complaints:read")) as other:
        assert (await other.request(method, url, json={})).status_code == 403


@pytest.mark.parametrize(
    "raw",
    [b'{"identifiers":[{"kind":"phone","value":"\\u0000"}]}', b'{"identifiers":[{"kind":"phone","value":"\\ud800"}]}',
     b'{"personal":{"name":NaN}}', b"\xff\xfe", b"[" * 50_000, b'{"kind":"individual","kind":"x"}', b"{}", b"null",
     b'{"personal":{"birth_date":1e999}}', b'{"identifiers":[{"kind":"phone","value":"canary-13800138000-x"}]}'],
)  # fmt: skip
async def test_hostile_input_is_refused_stored_nowhere_and_not_echoed(http, works, raw):
    for path in ("/customers", "/customers:resolve"):
        answer = await http.post(f"/profiles/v1{path}", content=raw, headers={"Content-Type": "application/json"})
        assert answer.status_code < 500
        assert "canary" not in answer.text
        assert answer.status_code in {400, 413, 422} or path.endswith(":resolve")
    assert await published(works) == []


async def test_personal_data_is_nowhere_but_where_it_belongs(http, served, works, caplog, capfd):
    made = await register(http)
    path = f"/profiles/v1/customers/{made['id']}"
    await http.get(path)
    await resolve(http, ("phone", PHONE))
    said = {"purpose": "survey", "decision": "granted", "evidence": {"kind": "letter", "text": "recording 4711"}}
    await http.post(f"{path}/consents", json=said)
    async with client_of(served.management) as operator:
        metrics = (await operator.get("/profiles/metrics")).text
    texts = {
        "events": "".join(payload for _, payload in await published(works)),
        "metrics": metrics,
        "audit": json.dumps(await audited(http, made["id"])),
        "logs": caplog.text + "".join(capfd.readouterr()),
        "list": (await http.get("/profiles/v1/customers")).text,
    }
    for where, text in texts.items():
        assert not any(canary in text for canary in CANARIES), where


async def test_every_operation_is_documented_with_its_errors(http):
    document = (await http.get("/profiles/openapi.json")).json()
    for path, operations in document["paths"].items():
        if "/v1/cust" not in path and "/v1/conf" not in path:
            continue
        for method, operation in operations.items():
            assert operation.get("summary") and operation.get("description"), (method, path)
            assert {"401", "403"} <= set(operation["responses"]), (method, path)
            if "{customer_id}" in path:
                assert "404" in operation["responses"], (method, path)


async def test_nothing_personal_is_stored_in_clear(works, presented, database):
    await registered(works, given("email", "canary.mail@example.com"), name="Canary Name")
    await identify(works, presented(("phone", "13712345678"), ("member_number", "CANARY99")))
    await identify(works, presented(("phone", "13712345678"), ("email", "canary.mail@example.com")))
    tables_ = await fetch(works, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for row in tables_:
        lines = await fetch(works, f"SELECT t::text AS line FROM {row['tablename']} t")  # noqa: S608
        text = "\n".join(line["line"] for line in lines).lower()
        for canary in ("canary", "13712345678", b"canary".hex(), b"13712345678".hex()):
            assert canary not in text, row["tablename"]
