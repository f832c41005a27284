"""Whoever asks for more than they may leaves a trace, and no more than one a minute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from rapport_chassis.actor import Actor
from rapport_chassis.security.denials import EVERY, Denials
from sqlalchemy import text

NOTES = "/notes/v1/notes"


async def _denied(db: Any, who: str) -> list[tuple[str, str, dict[str, Any]]]:
    query = text("SELECT subject, reason, detail FROM audit WHERE action = 'access.denied' AND actor_id = :who ORDER BY seq")
    async with db.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(query, {"who": who})]


async def test_who_lacks_a_right_is_in_the_trail(
    client: httpx.AsyncClient, bearer: Callable[..., dict[str, str]], db: Any
) -> None:
    curious = bearer("notes:write", subject="curious", level=2)
    for _ in range(3):
        assert (await client.get(f"{NOTES}?limit=1", headers=curious)).status_code == 403
    assert (
        await client.get("/notes/v1/audit", headers=bearer("notes:read-audit", subject="curious", level=3))
    ).status_code == 403
    assert await _denied(db, "curious") == [
        ("operation:GET /notes/v1/notes", "scope-missing", {"level": 2, "times": 1}),
        ("operation:GET /notes/v1/audit", "level-too-low", {"level": 3, "times": 1}),
    ]


async def test_a_flood_of_refusals_is_one_line_a_minute(service: Any, db: Any) -> None:
    now = [0.0]
    denials = Denials(service.works, clock=lambda: now[0])
    flood = Actor("person", "flood", frozenset(), 1)
    for _ in range(100):
        await denials.note(flood, "GET /x", "scope-missing")
    assert [detail["times"] for _, _, detail in await _denied(db, "flood")] == [1]
    now[0] += EVERY
    await denials.note(flood, "GET /x", "scope-missing")
    assert [detail["times"] for _, _, detail in await _denied(db, "flood")] == [1, 100]


async def test_a_database_that_is_away_changes_no_refusal(
    client: httpx.AsyncClient, bearer: Callable[..., dict[str, str]], db: Any
) -> None:
    taken = [await db.connection() for _ in range(db.limits.pool_size)]
    try:
        answer = await client.get(NOTES, headers=bearer("notes:write", subject="unlucky"))
    finally:
        for connection in taken:
            await connection.close()
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")
