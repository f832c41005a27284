"""Bytes that nobody should send: no 5xx, nothing stored, nothing echoed."""

from __future__ import annotations

import random
from typing import Any

import orjson
import pytest
from rapport_chassis.service import Service
from rapport_chassis.work import Work

from .desk import Desk, complaint

SECRET = "qzx-input-qzx"
VALUES: list[Any] = [
    SECRET, "", " ", "\x00", "a\u0000b", "'; DROP TABLE complaints; --", "x" * 30_000, "٣", "-1", 0, -1, 2**63, 1e308, True,
    None, [], {}, [[[]]], {"$ne": 1}, ["a"] * 1000, "2026-02-30T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "2026-11-20T02:00:00+23:59", "2026-11-20T02:00:00", f"{SECRET}@example", "00000000-0000-0000-0000-000000000000",
]  # fmt: skip
RAW = [b"", b"{", b"\xff\xfe", b'{"a":NaN}', b'{"a":1e999}', b'{"a":"\\ud800"}', b"[" * 100_000, b"null", b"[]", b'"x"',
       b'{"channel":"phone","channel":"email"}', b"\xef\xbb\xbf{}"]  # fmt: skip


async def stored(desk: Desk) -> list[int]:
    """How many rows there are."""
    tables = (
        "complaints",
        "clocks",
        "history",
        "outbox",
        "sla_policies",
        "calendars",
        "data_keys",
        "findings",
        "taxonomies",
        "trend_policies",
        "escalations",
        "escalation_policies",
        "major_cases",
        "major_policies",
        "changes",
        "handling_guides",
        "compensation_budgets",
        "compensation_ledger",
        "win_backs",
        "win_back_policies",
    )
    return [await desk.db.fetchval(f"SELECT count(*) FROM {table}") for table in tables]  # noqa: S608 - our own tables


def paths(served: Service[Work], filed: dict[str, Any], case: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Method and path of every route, with a real complaint in it."""
    known = {
        "complaint_id": filed["id"],
        "clock_id": filed["id"],
        "letter_id": filed["id"],
        "link_id": filed["id"],
        "case_id": filed["id"],
        "change_id": filed["id"],
        "win_back_id": filed["id"],
        "back_test_id": filed["id"],
        "staff_id": "agent-7",
        "recovery_id": case["id"],
        "compensation_id": filed["id"],
        "token": "nobody-made-this",
        "code": "standard",
        "kind": "categories",
    }
    found: list[tuple[str, str, bool]] = []
    for router in served.routers:
        for route in router.routes:
            path = route.path
            for name, value in known.items():
                path = path.replace("{" + name + "}", value)
            found.append((route.method, f"/complaints/v1{path}", route.body_may_be_empty))
    return found


@pytest.mark.parametrize("raw", RAW, ids=[str(place) for place in range(len(RAW))])
async def test_bytes_that_are_no_body_are_refused_at_every_route(desk: Desk, served: Service[Work], raw: bytes) -> None:
    filed = await desk.file()
    case = await desk.post("/recovery-cases", {"complaint_id": filed["id"], "failure": "late"})
    before = await stored(desk)
    for method, path, may_be_empty in paths(served, filed, case):
        if method == "GET" or (not raw and may_be_empty):
            continue
        answer = await desk.http.request(method, path, content=raw, headers={"content-type": "application/json"})
        assert 400 <= answer.status_code < 500, (path, answer.status_code)
    assert await stored(desk) == before


async def test_random_bodies_and_parameters_are_never_an_error_of_ours(desk: Desk, served: Service[Work]) -> None:
    chance = random.Random(7)
    filed = await desk.file()
    case = await desk.post("/recovery-cases", {"complaint_id": filed["id"], "failure": "late"})
    before = await stored(desk)
    fields = [*complaint(), "reason", "note", "at", "method", "severity", "source", "complaints", "rules", "week"]
    fields += ["words", "direction", "kind", "template", "language", "texts", "reference", "sha256", "content_type"]
    fields += ["remedies", "failure", "amount", "currency", "content", "period", "limits", "unit"]
    fields += ["accepted", "customer_id", "subject_staff", "grounds", "duplicate_of", "to", "upheld", "assignee", "result"]
    fields += [
        "cause",
        "latent_risk",
        "whys",
        "branches",
        "risk",
        "evidence",
        "entries",
        "sources",
        "name",
        "alpha",
        "product",
    ]
    for method, path, _ in paths(served, filed, case) * 6:
        body = {name: chance.choice(VALUES) for name in chance.sample(fields, 6)}
        params = {
            name: str(chance.choice(VALUES))[:500] for name in chance.sample(["from", "after", "limit", "sort", "state"], 2)
        }
        params = {name: value.replace("\x00", "%00") for name, value in params.items()}
        if method == "GET":
            answer = await desk.http.get(path, params=params)
        else:
            answer = await desk.http.request(
                method, path, content=orjson.dumps(body), headers={"content-type": "application/json"}
            )
        assert answer.status_code < 500, (method, path, body, answer.text)
        if answer.status_code >= 400:
            assert SECRET not in answer.text
    after = await stored(desk)
    assert after[0] == before[0]
    assert after[4:6] == before[4:6]


@pytest.mark.parametrize("name", ["x" * 5000, "%00", "..", "%f0%9f", "1 OR 1=1"])
async def test_ids_that_are_none_are_refused(desk: Desk, name: str) -> None:
    for path in (f"/complaints/v1/complaints/{name}", f"/complaints/v1/calendars/{name}"):
        answer = await desk.http.get(path)
        assert 400 <= answer.status_code < 500
