"""Lists: a page never repeats or skips a row, and a cursor belongs to its list."""

from __future__ import annotations

import base64
import random
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio
from sqlalchemy import text

NOTES = "/notes/v1/notes"


@pytest_asyncio.fixture
async def write(db: Any) -> AsyncIterator[Any]:
    """`await write(rank, ...)`: notes with these ranks, in an empty table."""
    insert = text(
        """
        INSERT INTO notes (id, version, state, words, rank, score, extra, phone)
        SELECT gen_random_uuid(), 1, 'open', 'note', rank, 0, '{}', '' FROM unnest(CAST(:ranks AS int[])) AS rank
        """
    )

    async def written(*ranks: int) -> None:
        async with db.engine.begin() as connection:
            await connection.execute(insert, {"ranks": list(ranks)})

    async with db.engine.begin() as connection:
        await connection.execute(text("DELETE FROM notes"))
    yield written


async def _walk(client: httpx.AsyncClient, agent: dict[str, str], between: Any = None, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        params = {**query, **({"after": after} if after else {})}
        answer = await client.get(NOTES, params=params, headers=agent)
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["items"]) <= query["limit"]
        found += answer.json()["items"]
        after = answer.json()["next"]
        if after is None:
            return found
        if between is not None:
            await between()


@pytest.mark.parametrize("sort", ["rank", "-rank", "id", "-id"])
async def test_inserts_in_between_repeat_and_skip_nothing(
    client: httpx.AsyncClient, agent: dict[str, str], write: Any, sort: str
) -> None:
    chance = random.Random(1)
    await write(*[chance.randrange(10) for _ in range(95)])
    before = {item["id"] for item in await _walk(client, agent, limit=200, sort=sort)}
    assert len(before) == 95

    async def more() -> None:
        await write(*[chance.randrange(10) for _ in range(5)])

    walked = await _walk(client, agent, more, limit=7, sort=sort)
    ids = [item["id"] for item in walked]
    assert len(ids) == len(set(ids)), "a row came twice"
    assert before <= set(ids), "a row was skipped"
    name = sort.removeprefix("-")
    order = [(item[name], item["id"]) for item in walked]
    assert order == sorted(order, reverse=sort.startswith("-"))


async def test_the_last_page_says_so(client: httpx.AsyncClient, agent: dict[str, str], write: Any) -> None:
    await write(*range(10))
    full = (await client.get(NOTES, params={"limit": 10}, headers=agent)).json()
    assert (len(full["items"]), full["next"]) == (10, None)
    part = (await client.get(NOTES, params={"limit": 9}, headers=agent)).json()
    rest = (await client.get(NOTES, params={"limit": 9, "after": part["next"]}, headers=agent)).json()
    assert (len(rest["items"]), rest["next"]) == (1, None)


async def test_a_list_is_one_statement(
    client: httpx.AsyncClient, agent: dict[str, str], write: Any, statements: Any
) -> None:
    await write(*range(50))
    with statements() as sent:
        await client.get(NOTES, params={"limit": 20}, headers=agent)
    assert [line.split()[0] for line in sent] == ["BEGIN", "SELECT", "SELECT", "COMMIT"], sent
    assert "count(" not in sent[2].lower()


def _cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(list(parts))).decode().rstrip("=")


async def test_a_cursor_belongs_to_its_order_and_filter(
    client: httpx.AsyncClient, agent: dict[str, str], write: Any
) -> None:
    await write(*range(10))
    after = (await client.get(NOTES, params={"limit": 3, "state": "open"}, headers=agent)).json()["next"]
    good = {"limit": "3", "state": "open", "after": after}
    assert (await client.get(NOTES, params=good, headers=agent)).status_code == 200
    for other in ({"state": "closed"}, {"sort": "-rank"}, {"sort": "id"}, {"from": "1"}):
        answer = await client.get(NOTES, params={**good, **other}, headers=agent)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad-cursor"), other


async def test_a_made_up_cursor_is_refused(client: httpx.AsyncClient, agent: dict[str, str], write: Any) -> None:
    await write(*range(10))
    after = (await client.get(NOTES, params={"limit": 3}, headers=agent)).json()["next"]
    sort, digest, key = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    made_up = [
        "",
        "x",
        "!!!!",
        after[:-4],
        _cursor(sort, digest),
        _cursor(sort, digest, [1]),
        _cursor(sort, digest, ["x", key[1]]),
        _cursor(sort, digest, [key[0], "not a uuid"]),
        _cursor(sort, digest, [key[0], key[1], 1]),
        _cursor(sort, digest, {"a": 1}),
        _cursor(sort, "000000000000", key),
        _cursor("words", digest, key),
        _cursor(sort, digest, [10**18, key[1]]),
        _cursor(sort, digest, [None, key[1]]),
        base64.urlsafe_b64encode(b"[" * 900).decode(),
    ]
    for cursor in made_up:
        answer = await client.get(NOTES, params={"limit": "3", "after": cursor}, headers=agent)
        assert answer.status_code == 422, (cursor, answer.text)
