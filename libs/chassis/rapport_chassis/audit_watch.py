"""Looking at the audit trail from time to time: a metric, an entry in the trail and a log line say that it is broken."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiokafka.errors import KafkaError
from sqlalchemy import text

from rapport_chassis import anchors
from rapport_chassis.actor import Actor
from rapport_chassis.auditing import Anchor, Broken, Walk
from rapport_chassis.bus import Bus
from rapport_chassis.database import Database
from rapport_chassis.lifecycle import rest
from rapport_chassis.metrics import Metrics
from rapport_chassis.observability import describe, get_logger
from rapport_chassis.replay import IncompleteLog
from rapport_chassis.work import WorkFactory

log = get_logger(__name__)

EVERY, AGAIN = timedelta(minutes=30), timedelta(minutes=5)
"""Between two looks: when all could be asked, and when the anchors could not be read, or nothing at all."""
PAUSE = 0.02
"""Seconds between two portions: others are to have the database and the processor."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look has found. `broken` None: the `rows` are intact. `anchors`: how many were read; None: `unread` says why
    they could not be, and only what the database itself says is known. `held`: the last one that was met. `apart`: the role
    that looked does not own the trail."""

    rows: int
    broken: Broken | None
    anchors: int | None
    unread: str | None
    held: Anchor | None
    apart: bool

    @property
    def verified(self) -> bool:
        """Intact, and the anchors were asked."""
        return self.broken is None and self.anchors is not None


async def look(
    database: Database, bus: Bus, service: str, *, tell: Callable[[int, int], None] = lambda *_: None, pause: float = 0.0
) -> Verdict:
    """Walk the whole trail of a service's database; `tell` is given the rows so far and of how many.

    Raises what the database raises; a broker that does not answer is said in the verdict."""
    found: list[Anchor] | None = None
    unread = None
    try:
        found = await anchors.read(bus, service)
    except IncompleteLog as error:
        unread = error.message
    except (KafkaError, OSError, TimeoutError) as error:
        unread = f"the broker does not answer ({describe(error)})"
    walk = Walk(found or ())
    apart = False
    while not walk.done:
        connection = await database.connection()
        try:
            apart = apart or await is_apart(connection)
            await walk.go_on(connection)
        finally:
            await connection.close()
        tell(walk.rows, walk.of)
        await asyncio.sleep(pause)
    return Verdict(walk.rows, walk.broken, None if found is None else len(found), unread, walk.held, apart)


async def is_apart(connection: Any) -> bool:
    """Whether the role of this connection does not own the audit trail (docs/decisions/0045)."""
    return bool((await connection.execute(_APART)).scalar_one_or_none())


class AuditWatch:
    """The part of a worker that looks. Each process looks for itself: nothing that one found is believed by another."""

    def __init__(self, works: WorkFactory[Any], bus: Bus, metrics: Metrics, *, every: timedelta = EVERY) -> None:
        """`works` are the service's."""
        self._works, self._bus, self._every = works, bus, every
        self._service = works.source
        self._broken = metrics.audit_broken.labels(self._service)
        self._verified = metrics.audit_verified.labels(self._service)
        self._last: Broken | None = None
        self._failing: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop`."""
        while not stop.is_set():
            looking, stopping = asyncio.ensure_future(self._try()), asyncio.ensure_future(stop.wait())
            await asyncio.wait({looking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not looking.done():
                looking.cancel()
                await asyncio.wait({looking})
                return
            await rest(stop, looking.result().total_seconds())

    def trouble(self) -> str | None:
        """Why it cannot look, or None."""
        return self._failing

    async def once(self) -> Verdict:
        """One look, and what is to be said about it."""
        verdict = await look(self._works.database, self._bus, self._service, pause=PAUSE)
        self._broken.set(verdict.broken is not None)
        if verdict.verified:
            self._verified.set(time.time())
            log.info("audit.verified", service=self._service, rows=verdict.rows, anchors=verdict.anchors)
        if verdict.unread:
            log.warning("audit.anchors-unread", service=self._service, why=verdict.unread)
        if verdict.broken is not None:
            await self._say(verdict.broken)
        return verdict

    async def _try(self) -> timedelta:
        """How long to rest."""
        try:
            verdict = await self.once()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is said, and looked again
            self._failing = f"failed ({describe(error)})"
            log.warning("audit.not-verified", service=self._service, error=describe(error))
            return AGAIN
        self._failing = None
        return self._every if verdict.anchors is not None else AGAIN

    async def _say(self, broken: Broken) -> None:
        """Each time to the log; to the trail itself, which goes on, when it was not said before."""
        anchor = broken.anchor
        detail = {
            "table": broken.table,
            "row": broken.seq,
            "intact_until": anchor.seq if anchor else None,
            "anchored_at": anchor.at.isoformat() if anchor else None,
        }
        log.error("audit.broken", service=self._service, why=broken.why, **detail)
        if broken != self._last:
            async with self._works(Actor.system("audit")) as work:
                await work.audit("audit.broken", f"audit:{self._service}", reason=broken.why, detail=detail)
            self._last = broken


_APART = text(
    "SELECT NOT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('public.audit')"
)
