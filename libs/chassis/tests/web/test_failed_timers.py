"""Timers that failed for good over HTTP: listed, released, dropped with a reason, each of it audited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from rapport_chassis.actor import Actor
from rapport_chassis.timer_runner import Policy, TimerRunner
from rapport_chassis.timers import Timer
from rapport_chassis.work import Work
from rapport_kernel.errors import NotFound
from sqlalchemy import text

TIMERS = "/notes/v1/failed-timers"


@pytest.fixture
def operator(bearer: Callable[..., dict[str, str]]) -> dict[str, str]:
    return bearer("notes:read-parked", "notes:settle-parked", "notes:read-audit", level=4)


@pytest_asyncio.fixture
async def failed(db: Any, service: Any) -> None:
    """Three timers whose handler refused, and one that is not due."""

    async def refuse(work: Work, timer: Timer) -> None:
        raise NotFound

    async with db.engine.begin() as connection:
        await connection.execute(text("DELETE FROM timers"))
    works, actor = service.works, Actor("person", "tester", frozenset(), level=4)
    async with works(actor) as work:
        for kind, key in (("note.remind", "1"), ("note.remind", "2"), ("note.close", "1")):
            await work.timers.set(kind, key, work.now)
        await work.timers.set("note.close", "later", work.now + timedelta(days=1))
    runner = TimerRunner(works, {"note.remind": refuse, "note.close": refuse}, Policy(first_delay=timedelta(0)))
    while await runner.run_once():
        pass


async def names(client: httpx.AsyncClient, headers: dict[str, str], **query: Any) -> list[tuple[str, str]]:
    """Kind and key of all that are listed, over as many pages as it takes."""
    found: list[tuple[str, str]] = []
    while True:
        page = (await client.get(TIMERS, params=query, headers=headers)).json()
        found += [(one["kind"], one["key"]) for one in page["items"]]
        if page["next"] is None:
            return sorted(found)
        query["after"] = page["next"]


@pytest.mark.usefixtures("failed")
async def test_they_are_listed_page_by_page_with_their_failure(client: httpx.AsyncClient, operator: dict[str, str]) -> None:
    assert await names(client, operator, limit=2) == [("note.close", "1"), ("note.remind", "1"), ("note.remind", "2")]
    assert await names(client, operator, kind="note.close") == [("note.close", "1")]
    first = (await client.get(TIMERS, headers=operator)).json()["items"][0]
    assert (first["attempts"], first["failure"]) == (1, "NotFound: not-found")
    assert "payload" not in first


@pytest.mark.usefixtures("failed")
async def test_they_are_released_and_dropped_and_it_is_audited(client: httpx.AsyncClient, operator: dict[str, str]) -> None:
    again = await client.post(f"{TIMERS}:release", json={"kind": "note.remind", "key": "1"}, headers=operator)
    assert again.json() == {"released": 1}
    gone = await client.post(f"{TIMERS}:drop", json={"kind": "note.remind", "why": "the notes are gone"}, headers=operator)
    assert gone.json() == {"dropped": 1}
    assert await names(client, operator) == [("note.close", "1")]
    for key, action in (("1", "timer.released"), ("2", "timer.dropped")):
        subject = {"subject": f"timer:note.remind:{key}"}
        trail = (await client.get("/notes/v1/audit", params=subject, headers=operator)).json()["items"]
        assert [entry["action"] for entry in trail] == [action]


@pytest.mark.usefixtures("failed")
async def test_what_has_not_failed_is_left_alone(
    client: httpx.AsyncClient, operator: dict[str, str], bearer: Callable[..., dict[str, str]]
) -> None:
    for verb, more in ((":release", {}), (":drop", {"why": "not wanted"})):
        missed = await client.post(TIMERS + verb, json={"kind": "note.close", "key": "later", **more}, headers=operator)
        assert missed.status_code == 404
        everything = await client.post(TIMERS + verb, json=more, headers=operator)
        assert everything.status_code == 422
        reader = await client.post(TIMERS + verb, json={"kind": "note.close", **more}, headers=bearer("notes:read-parked"))
        assert reader.status_code == 403
    assert len(await names(client, operator)) == 3
