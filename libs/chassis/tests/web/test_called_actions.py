"""Actions as a caller meets them: what a refusal offers, a body that may be left out, and an action that there is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

NOTES = "/notes/v1/notes"


async def _write(client: httpx.AsyncClient, agent: dict[str, str]) -> Any:
    return await client.post(NOTES, json={"words": "Call back."}, headers=agent)


async def test_a_refusal_names_the_operations_of_this_caller(
    client: httpx.AsyncClient, agent: dict[str, str], bearer: Callable[..., dict[str, str]]
) -> None:
    note = (await _write(client, agent)).json()["id"]
    early = await client.post(f"{NOTES}/{note}:reopen", headers=agent)
    assert (early.json()["code"], early.json()["allowed"]) == ("not-allowed", ["close"])
    assert early.json()["detail"] == "'reopen' is not possible in state 'open'; possible: close."
    low = await client.post(f"{NOTES}/{note}:reopen", headers=bearer("notes:write", level=1))
    assert (low.json()["code"], low.json()["allowed"]) == ("not-allowed", [])  # closing takes level 2


async def test_no_body_is_an_empty_one_where_nothing_is_required(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    note = (await _write(client, agent)).json()["id"]
    url = f"{NOTES}/{note}:reopen"
    for kind in ({}, {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}):
        assert (await client.post(f"{NOTES}/{note}:close", headers=agent)).status_code == 200
        assert (await client.post(url, headers={**agent, **kind})).status_code == 200, kind
    bad = await client.post(url, content=b"words=x", headers={**agent, "Content-Type": "text/plain"})
    assert (bad.status_code, bad.json()["code"]) == (415, "unsupported-media-type")
    needed = await client.post(NOTES, headers=agent)
    assert (needed.status_code, needed.json()["code"]) == (415, "unsupported-media-type")


async def test_an_action_that_there_is_not_names_those_that_there_are(
    client: httpx.AsyncClient, agent: dict[str, str]
) -> None:
    note = (await _write(client, agent)).json()["id"]
    for path in (f"{NOTES}/{note}:accept", f"{NOTES}/what:ever:accept"):
        answer = await client.post(path, headers=agent)
        assert (answer.status_code, answer.json()["code"]) == (404, "no-such-action"), answer.text
        assert answer.json()["actions"] == ["close", "close-exactly", "raise", "reopen"]
    assert (await client.post(f"{NOTES}:forget", headers=agent)).json()["actions"] == ["form", "push"]
    assert (await client.post(f"{NOTES}/{note}", headers=agent)).status_code == 405
    assert (await client.get(f"{NOTES}/{note}:accept", headers=agent)).status_code == 422  # read as an id
    wrong = await client.get(f"{NOTES}/{note}:close", headers=agent)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "OPTIONS, POST")
