"""What is done once for each edition of something: loading what is shipped, telling what was never told."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from rapport_chassis.actor import Actor
from rapport_chassis.tables import shipped as editions
from rapport_chassis.work import Work, WorkFactory

W = TypeVar("W", bound=Work)


def edition_of(content: Any) -> str:
    """What tells this content (plain JSON data) from any other: its SHA-256."""
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


async def once(works: WorkFactory[W], by: str, edition: str, do: Callable[[W], Awaitable[None]]) -> bool:
    """Do this in one work of that part of the system, by whichever process comes first; False when it was done for this
    edition, which costs one statement."""
    async with works(Actor.system(by)) as work:
        if await _done(work, edition):
            return False
        await work.connection.execute(_TURN)
        if await _done(work, edition):
            return False
        await do(work)
        await work.connection.execute(insert(editions).values(edition=edition))
    return True


async def _done(work: Work, edition: str) -> bool:
    found = await work.connection.execute(_DONE, {"edition": edition})
    return found.scalar_one_or_none() is not None


_DONE = text("SELECT 1 FROM shipped WHERE edition = :edition")
_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('shipped', 0))")
