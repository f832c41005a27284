"""Timers: what is to be done at a certain time. Set in a work; fired by any worker, once, with the exact due time.

`timer_runner` fires them. `due` is what was asked for, however late it fires.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from rapport_kernel.clock import as_utc
from sqlalchemy import TextClause, text

from rapport_chassis.database import to_json

if TYPE_CHECKING:
    from rapport_chassis.work import Work


@dataclass(frozen=True, slots=True)
class Timer:
    """`kind` names the handler, `key` what it is about (an id); together they are unique. `due` is in UTC."""

    kind: str
    key: str
    due: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 0


class Timers:
    """The timers of one work. The last word for a kind and key counts; all are written at commit, two statements at most."""

    def __init__(self, work: Work) -> None:
        """Use `work.timers`."""
        self._work = work
        self._staged: dict[tuple[str, str], Timer | None] = {}

    async def set(self, kind: str, key: object, due: datetime, payload: Mapping[str, Any] | None = None) -> None:
        """Set, or move, the timer of that kind and key. `due` needs an offset; one in the past fires at once."""
        self._staged[kind, str(key)] = Timer(kind, str(key), as_utc(due), payload or {})

    async def set_many(self, timers: Iterable[Timer]) -> None:
        """The same for a set."""
        for timer in timers:
            self._staged[timer.kind, timer.key] = timer

    async def cancel(self, kind: str, key: object) -> None:
        """Remove the timer if it is there."""
        self._staged[kind, str(key)] = None

    @property
    def pending(self) -> bool:
        """Whether some were set or cancelled and are not written yet."""
        return bool(self._staged)

    async def flush(self) -> None:
        """Write them. Called by the work."""
        staged, self._staged = self._staged, {}
        gone = sorted(name for name, timer in staged.items() if timer is None)
        # In order of the key, so that two works that set the same timers cannot deadlock.
        kept = [timer for _, timer in sorted(staged.items()) if timer is not None]
        if gone:
            values = {"kinds": [kind for kind, _ in gone], "keys": [key for _, key in gone]}
            await self._work.connection.execute(_CANCEL, values)
        if kept:
            rows = [{"kind": t.kind, "key": t.key, "due": t.due, "payload": t.payload} for t in kept]
            await self._work.connection.execute(_SET, {"rows": to_json(rows)})
            self._work.wake("timers")


W = TypeVar("W", bound="Work")
Handler = Callable[[W, Timer], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Batched(Generic[W]):
    """A handler that takes all due timers of its kind at once: `TIMERS = {"invitation.expire": Sets(expire)}`."""

    handler: Callable[[W, list[Timer]], Awaitable[Any]]


TimerTable = Mapping[str, "Handler[W] | Batched[W]"]


async def release_failed(work: Work, kind: str, key: str | None = None) -> int:
    """Fire timers of a kind whose handler failed for good once more (all, or one); audited. Returns how many."""
    return await _settle(work, _RELEASE, "timer.released", kind, key)


async def drop_failed(work: Work, kind: str, key: str | None = None, *, reason: str) -> int:
    """Give up such timers: what they were set for does not happen; audited. Returns how many."""
    return await _settle(work, _DROP, "timer.dropped", kind, key, reason)


async def _settle(
    work: Work, statement: TextClause, action: str, kind: str, key: str | None, reason: str | None = None
) -> int:
    keys = (await work.connection.execute(statement, {"kind": kind, "key": key})).scalars().all()
    for each in keys:
        await work.audit(action, f"timer:{kind}:{each}", reason=reason)
    work.wake("timers")
    return len(keys)


_CANCEL = text(
    """
    DELETE FROM timers t USING unnest(CAST(:kinds AS text[]), CAST(:keys AS text[])) AS gone(kind, key)
    WHERE t.kind = gone.kind AND t.key = gone.key
    """
)
_SET = text(
    """
    INSERT INTO timers (kind, key, due, payload, next_try)
    SELECT kind, key, due, payload, due
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS t(kind text, key text, due timestamptz, payload jsonb)
    ON CONFLICT (kind, key) DO UPDATE SET due = excluded.due, payload = excluded.payload, next_try = excluded.due,
        attempts = 0, failure = NULL, parked_at = NULL, set_at = now()
    """
)
_RELEASE = text(
    """
    UPDATE timers SET parked_at = NULL, attempts = 0, next_try = now()
    WHERE kind = :kind AND parked_at IS NOT NULL AND (CAST(:key AS text) IS NULL OR key = :key) RETURNING key
    """
)
_DROP = text(
    """
    DELETE FROM timers
    WHERE kind = :kind AND parked_at IS NOT NULL AND (CAST(:key AS text) IS NULL OR key = :key) RETURNING key
    """
)
