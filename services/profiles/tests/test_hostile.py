"""Bytes that nobody should send: no 5xx, nothing stored, nothing echoed; and a random walk over the stages."""

from __future__ import annotations

import random
from typing import Any

import orjson
import pytest
import pytest_asyncio
from rapport_kernel.ids import new_id
from rapport_profiles.customers.domain import CUSTOMER_LIFE as LIFE
from rapport_profiles.identity.usecases.identify_callers import identify_callers

from .conftest import CLERK

pytestmark = pytest.mark.usefixtures("clean")

SECRET = "qzx-input-qzx"
VALUES: list[Any] = [
    SECRET, "", " ", "\x00", "a\u0000b", "'; DROP TABLE customers; --", "x" * 30_000, "٣", "-1", 0, -1, 2**63, 1e308, True,
    None, [], {}, [[[]]], {"$ne": 1}, ["a"] * 1000, "2026-02-30", "0001-01-01", "9999-12-31", "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59", "2026-11-20T02:00:00", f"{SECRET}@example", "phone", "email", "survey", "granted",
    "13800138000", "+", "tel:", "1" * 300, "a@" + "b." * 150 + "c", {"name": SECRET}, {"birth_date": "0001-01-01"},
    {"kind": "x", "text": SECRET}, [{"kind": "phone", "value": SECRET}], [{"kind": "email", "value": "\u202e@x.com"}],
]  # fmt: skip
RAW = [b"", b"{", b"\xff\xfe", b'{"a":NaN}', b'{"a":1e999}', b'{"a":"\\ud800"}', b"[" * 100_000, b"null", b"[]", b'"x"',
       b'{"kind":"phone","kind":"email"}', b"\xef\xbb\xbf{}", b'{"kind":"phone","value":"\\u0000"}']  # fmt: skip
FIELDS = ["kind", "stage", "source", "personal", "identifiers", "value", "verified", "name", "birth_date", "gender",
          "occupation", "preferences", "move", "reason", "purpose", "channel", "decision", "said_at", "evidence",
          "customer_id"]  # fmt: skip


@pytest_asyncio.fixture
async def routes(served, works, presented, http) -> list[tuple[str, str]]:
    """Method and path of every route, with a real customer, identifier and conflict in it."""
    contact = [("phone", "13800138000"), ("email", "a@b.com")]
    async with works(CLERK) as work:
        await identify_callers(work, [*(presented(one) for one in contact), presented(*contact)])
    customer = (await http.get("/profiles/v1/customers")).json()["items"][0]["id"]
    identifier = (await http.get(f"/profiles/v1/customers/{customer}")).json()["identifiers"][0]["id"]
    conflict = (await http.get("/profiles/v1/conflicts")).json()["items"][0]["id"]
    known = {"{customer_id}": customer, "{identifier_id}": identifier, "{conflict_id}": conflict}
    found = []
    for router in served.routers:
        for route in router.routes:
            path = route.path
            for name, value in known.items():
                path = path.replace(name, value)
            found.append((route.method, f"/profiles/v1{path}"))
    return found


async def stored(works) -> list[int]:
    connection = await works.database.dedicated()
    try:
        tables = ("customers", "identifiers", "consents", "conflicts", "outbox", "data_keys")
        return [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]  # noqa: S608
    finally:
        await connection.close()


@pytest.mark.parametrize("raw", RAW, ids=[str(place) for place in range(len(RAW))])
async def test_bytes_that_are_no_body_are_refused_at_every_route(http, works, routes, raw):
    before = await stored(works)
    for method, path in routes:
        if method in {"GET", "DELETE"} or path.endswith(":verify"):
            continue
        answer = await http.request(method, path, content=raw, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500, (path, answer.status_code)
    assert await stored(works) == before


async def test_random_bodies_and_parameters_are_never_an_error_of_ours(http, routes):
    chance = random.Random(11)
    for method, path in routes * 12:
        if method == "DELETE":
            continue
        body = {name: chance.choice(VALUES) for name in chance.sample(FIELDS, chance.randint(1, 4))}
        names = chance.sample(["after", "limit", "sort", "state", "stage", "kind"], 2)
        params = {name: str(chance.choice(VALUES))[:500].replace("\x00", "%00") for name in names}
        if method == "GET":
            answer = await http.get(path, params=params)
        else:
            headers = {"Content-Type": "application/json", "If-Match": chance.choice(['"1"', "x", "*", '"999"'])}
            answer = await http.request(method, path, content=orjson.dumps(body), headers=headers)
        assert answer.status_code < 500, (method, path, body, answer.text)
        if answer.status_code >= 400:
            assert SECRET not in answer.text, (path, answer.text)


@pytest.mark.parametrize("place", ["x", "0", "%00", "..", "a" * 3000, "00000000-0000-0000-0000-000000000000"])
async def test_ids_that_are_none_are_refused(http, place):
    for path in (f"/customers/{place}", f"/customers/{place}/timeline", f"/conflicts/{place}"):
        answer = await http.get(f"/profiles/v1{path}")
        assert answer.status_code in {404, 405, 414, 422, 400}, (path, answer.status_code)


async def test_a_random_walk_over_the_stages_never_leaves_the_table(http):
    chance = random.Random(3)
    made = await http.post("/profiles/v1/customers", json={"personal": {"name": "W"}})
    stage, path = "prospect", f"/profiles/v1/customers/{made.json()['id']}:change-stage"
    moves = sorted({move.name for move in LIFE.moves})
    for _ in range(40):
        move = chance.choice(moves)
        answer = await http.post(path, json={"move": move})
        if move in LIFE.allowed(stage):
            stage = LIFE.target(stage, move)
            assert answer.json()["stage"] == stage
        else:
            assert answer.status_code == 409
            assert answer.json()["allowed"] == ["change-stage"]


async def test_a_customer_who_does_not_exist_cannot_be_changed(http, works):
    before = await stored(works)
    nobody = f"/profiles/v1/customers/{new_id()}"
    calls = [
        ("PATCH", "", {"name": "x"}),
        ("POST", ":change-stage", {"move": "activate"}),
        ("POST", "/identifiers", {"kind": "phone", "value": "13800138000"}),
        ("POST", f"/identifiers/{new_id()}:verify", None),
        ("POST", "/consents", {"purpose": "survey", "decision": "granted", "evidence": {"kind": "call"}}),
        ("GET", "/consents", None),
        ("GET", "/completeness", None),
    ]
    for method, rest, body in calls:
        answer = await http.request(method, nobody + rest, json=body, headers={"If-Match": '"1"'})
        assert answer.status_code == 404, (rest, answer.text)
    assert await stored(works) == before


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-11-20T02:00:00"])
async def test_a_time_that_utc_does_not_have_is_refused(http, routes, moment):
    path = next(path for _, path in routes if path.endswith("/consents"))
    body = {"purpose": "survey", "decision": "granted", "evidence": {"kind": "call"}, "said_at": moment}
    answer = await http.post(path, json=body)
    assert answer.status_code == 422
    assert moment not in answer.text
