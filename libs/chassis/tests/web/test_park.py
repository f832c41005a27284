"""The park over HTTP: shown without bytes, with bytes only at level 4 and audited, settled by selection."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from rapport_chassis.actor import Actor
from rapport_chassis.parked import Reject, park
from sqlalchemy import text

PARKED = "/notes/v1/parked"
KEY = str(uuid4())


@pytest_asyncio.fixture
async def ids(db: Any, service: Any) -> list[int]:
    """Three parked messages in an empty park: two of one key, one of another with a personal value."""
    rejects = [
        Reject(
            "rapport.notes",
            0,
            1,
            KEY.encode(),
            [("ce_type", b"note.closed.v1")],
            b'{"a": 1}',
            "bad-json",
            type="note.closed.v1",
        ),
        Reject("rapport.notes", 0, 2, KEY.encode(), [("ce_type", b"\xff")], b"\xff", "follows"),
        Reject("rapport.notes", 0, 3, b"\xff\x00", [("x", None)], b"13812345678", "bad-json"),
    ]
    async with service.works(Actor.system("test")) as work:
        await work.connection.execute(text("DELETE FROM parked"))
        await park(work, "notes.timeline", rejects)
        return list((await work.connection.execute(text("SELECT id FROM parked ORDER BY id"))).scalars())


@pytest.fixture
def reader(bearer: Callable[..., dict[str, str]]) -> dict[str, str]:
    return bearer("notes:read-parked", level=2)


@pytest.fixture
def operator(bearer: Callable[..., dict[str, str]]) -> dict[str, str]:
    return bearer("notes:read-parked", "notes:settle-parked", "notes:read-audit", level=4)


async def test_messages_are_listed_without_their_bytes(
    client: httpx.AsyncClient, ids: list[int], reader: dict[str, str]
) -> None:
    first = (await client.get(PARKED, params={"limit": 2}, headers=reader)).json()
    rest = (await client.get(PARKED, params={"limit": 2, "after": first["next"]}, headers=reader)).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == ids
    assert [one["key"] for one in first["items"] + rest["items"]] == [KEY, KEY, "ff00"]
    assert "13812345678" not in str(first) + str(rest)
    for query, wanted in (({"reason": "bad-json"}, [ids[0], ids[2]]), ({"key": KEY}, ids[:2]), ({"state": "dropped"}, [])):
        found = (await client.get(PARKED, params=query, headers=reader)).json()["items"]
        assert [one["id"] for one in found] == wanted
    groups = (await client.get(f"{PARKED}/groups", params={"reason": "bad-json"}, headers=reader)).json()
    assert sorted((one["type"], one["messages"]) for one in groups if one["type"]) == [("note.closed.v1", 1)]


async def test_bytes_are_shown_at_level_four_and_audited(
    client: httpx.AsyncClient, ids: list[int], reader: dict[str, str], operator: dict[str, str]
) -> None:
    assert (await client.get(f"{PARKED}/{ids[2]}", headers=reader)).status_code == 403
    shown = (await client.get(f"{PARKED}/{ids[2]}", headers=operator)).json()
    assert base64.b64decode(shown["value"]) == b"13812345678"
    assert shown["headers"] == [["x", None]]
    trail = (await client.get("/notes/v1/audit", params={"subject": f"parked:{ids[2]}"}, headers=operator)).json()
    assert [entry["action"] for entry in trail["items"]] == ["parked.shown"]
    for unknown in (0, 2**62, 2**70):
        assert (await client.get(f"{PARKED}/{unknown}", headers=operator)).status_code in {404, 422}


async def test_messages_are_dropped_with_a_reason(
    client: httpx.AsyncClient, ids: list[int], operator: dict[str, str]
) -> None:
    one = await client.post(f"{PARKED}/{ids[2]}:drop", json={"why": "nobody needs it"}, headers=operator)
    assert one.json() == {"dropped": 1}
    assert (await client.post(f"{PARKED}/{ids[2]}:drop", json={"why": "again"}, headers=operator)).status_code == 404
    nothing = await client.post(f"{PARKED}:drop", json={"why": "all of them"}, headers=operator)
    assert (nothing.status_code, nothing.json()["errors"][0]["code"]) == (422, "empty-selection")
    many = await client.post(f"{PARKED}:drop", json={"key": KEY, "why": "test data"}, headers=operator)
    assert many.json() == {"dropped": 2}
    trail = (await client.get("/notes/v1/audit", params={"subject": f"parked:{ids[0]}"}, headers=operator)).json()
    assert [(entry["action"], entry["reason"]) for entry in trail["items"]] == [("parked.dropped", "test data")]


async def test_a_message_whose_consumer_is_gone_stays(
    client: httpx.AsyncClient, ids: list[int], operator: dict[str, str]
) -> None:
    released = await client.post(f"{PARKED}:release", json={"key": KEY}, headers=operator)
    assert released.json() == {"released": 0, "failed": [ids[0]]}
    not_first = await client.post(f"{PARKED}/{ids[1]}:release", headers=operator)
    assert (not_first.status_code, not_first.json()["code"]) == (409, "earlier-parked")
    assert (await client.post(f"{PARKED}/{ids[0]}:release", headers=operator)).json()["failed"] == [ids[0]]


async def test_ticked_messages_are_settled_each_with_its_result(
    client: httpx.AsyncClient, ids: list[int], reader: dict[str, str], operator: dict[str, str]
) -> None:
    first, follower, alone = ids
    assert (await client.post(f"{PARKED}:batch-drop", json={"ids": ids, "why": "x y z"}, headers=reader)).status_code == 403
    for body in ({"ids": []}, {"ids": [first, first]}, {"ids": [*range(1, 102)]}, {}):
        assert (await client.post(f"{PARKED}:batch-release", json=body, headers=operator)).status_code == 422
    told = (await client.post(f"{PARKED}:batch-release", json={"ids": [follower, first, 2**62]}, headers=operator)).json()
    assert (told["done"], told["refused"]) == (0, 3)
    assert [(each["id"], each["status"], each["problem"]["code"]) for each in told["results"]] == [
        (follower, 409, "earlier-parked"),
        (first, 409, "failed-again"),
        (2**62, 404, "not-found"),
    ]
    key = {**operator, "Idempotency-Key": "drop-these"}
    body = {"ids": [alone, 2**62, first], "why": "test data"}
    told = (await client.post(f"{PARKED}:batch-drop", json=body, headers=key)).json()
    assert [each["result"] for each in told["results"]] == ["done", "refused", "done"]
    assert told["results"][0] == {"id": alone, "result": "done", "status": 200, "problem": None}
    assert (await client.post(f"{PARKED}:batch-drop", json=body, headers=key)).json() == told
    trail = (await client.get("/notes/v1/audit", params={"subject": f"parked:{alone}"}, headers=operator)).json()
    assert [(entry["action"], entry["reason"]) for entry in trail["items"]] == [("parked.dropped", "test data")]
