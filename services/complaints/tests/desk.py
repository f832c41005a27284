"""Somebody who works with complaints over HTTP, and what he sends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
from rapport_chassis.service import Service
from rapport_chassis.timer_runner import TimerRunner
from rapport_chassis.work import Work
from rapport_contracts.complaints import TOPIC
from rapport_contracts.event import Event, registry
from rapport_testing.databases import owner_beside

GUARDED = ("history", "findings", "history_heads", "compensation_ledger")
"""Tables that the database only lets grow."""
SCOPES = tuple(
    f"complaints:{verb}"
    for verb in (
        *("file", "read", "handle", "assign", "decide", "close", "configure", "stats", "import"),
        *("report", "emergencies", "repairs", "changes", "recover", "approve", "win-backs", "read-erasures"),
    )
)


class Desk:
    """Somebody who works with complaints over HTTP; every helper checks the status."""

    def __init__(self, client: httpx.AsyncClient, served: Service[Work], db: asyncpg.Connection) -> None:
        self.http, self.served, self.db = client, served, db

    async def file(self, **changes: Any) -> dict[str, Any]:
        answer = await self.http.post("/complaints/v1/complaints", json=complaint(**changes))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def act(self, filed: dict[str, Any] | str, action: str, status: int = 200, **body: Any) -> dict[str, Any]:
        name = filed if isinstance(filed, str) else filed["id"]
        answer = await self.http.post(f"/complaints/v1/complaints/{name}:{action}", json=body)
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    async def get(self, path: str, params: dict[str, Any] | None = None, *, status: int = 200) -> Any:
        answer = await self.http.get(f"/complaints/v1{path}", params=params)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, status: int = 201, **headers: str) -> Any:
        answer = await self.http.post(f"/complaints/v1{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def put(self, path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
        answer = await self.http.put(f"/complaints/v1{path}", json=body)
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    async def clocks(self, filed: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The clocks of the newest episode, by kind."""
        items = (await self.get(f"/complaints/{filed['id']}/clocks"))["items"]
        return {clock["kind"]: clock for clock in items}

    async def fire(self) -> int:
        """Fire the timers that are due; how many."""
        runner = TimerRunner(self.served.works, self.served.timers)
        total = 0
        while fired := await runner.run_once():
            total += fired
        return total

    async def facts(self, topic: str = TOPIC) -> list[Event]:
        """What waits in the outbox for the topic, in order. Taken out."""
        rows = await self.db.fetch(
            "DELETE FROM outbox WHERE aggregatetype = $1 RETURNING position, type, sequence, payload", topic
        )
        types = registry()
        return [types[row["type"]].read(row["payload"]) for row in sorted(rows, key=lambda row: int(row["position"]))]

    async def names(self) -> list[str]:
        """Their types, short."""
        return [fact.event_type.removesuffix(".v1") for fact in await self.facts()]

    async def until(self, state: str, **changes: Any) -> dict[str, Any]:
        """A complaint brought to that state along the straight road."""
        filed = await self.file(**changes)
        for action, body, reached in ROAD:
            if filed["state"] == state:
                break
            filed = await self.act(filed, action, **body)
            assert filed["state"] == reached
        assert filed["state"] == state
        return filed


ROAD: list[tuple[str, dict[str, Any], str]] = [
    ("acknowledge", {"method": "phone"}, "acknowledged"),
    ("assess", {"severity": "medium"}, "assessed"),
    ("assign", {"assignee": "agent-7"}, "assigned"),
    ("start-investigation", {}, "investigating"),
    ("set-root-cause", {"cause": "process", "latent_risk": False, "note": "Never scanned."}, "root_cause_identified"),
    ("propose", {"remedy": "refund", "note": "We refund the price."}, "resolution_proposed"),
    ("record-decision", {"accepted": True}, "accepted"),
    ("resolve", {}, "resolved"),
    ("give-feedback", {"method": "phone"}, "feedback_given"),
    ("close", {}, "closed"),
]  # fmt: skip


def complaint(**changes: Any) -> dict[str, Any]:
    """A body for filing."""
    return {
        "received_at": "2026-11-20T02:00:00Z",
        "problem": "The parcel did not arrive, and nobody called back.",
        "contact": {"name": "张小明", "phone": "13812345678", "email": "zhang@example.cn"},
        "channel": "phone",
        "category": "delivery",
        **changes,
    }


@asynccontextmanager
async def unguarded(db: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """Histories are append-only: here the owner of the tables does to them what nobody should."""
    async with owner_beside(db) as owner:
        for table in GUARDED:
            await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            yield owner
        finally:
            for table in GUARDED:
                await owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def ago(minutes: float) -> str:
    """A time that many minutes ago, as the API takes it."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def moment(text: str) -> datetime:
    """A time as the API shows it."""
    return datetime.fromisoformat(text)


def at(text: str) -> str:
    """A time in Shanghai as the API takes it."""
    return f"{text}:00+08:00"


def utc(text: str) -> str:
    """The same as the API shows it."""
    shown = datetime.fromisoformat(f"{text}:00+08:00") - timedelta(hours=8)
    return f"{shown:%Y-%m-%dT%H:%M:%S}.000000Z"
