"""Identifiers that wait in the events of contacts whose customer is not known come under the newest transport key."""

from __future__ import annotations

import base64
from typing import Any

import orjson
from rapport_chassis.rekeying import Keyed
from rapport_chassis.vault import Transport
from rapport_chassis.work import Work
from rapport_contracts.interactions import PRIVATE
from rapport_kernel.errors import Invalid
from sqlalchemy import text

PAGES = 10
"""Events looked at for each that may be sealed again: most hold no identifiers, and nothing says which do."""


class Resealing:
    """A walk through all events, in order of their key, for each newer version of the transport key. Where it is stands in
    this process only: one that begins again finds less to do."""

    def __init__(self) -> None:
        """At the beginning."""
        self._after = ("", "")
        self._did = 0
        self._done_for = 0

    async def again(self, work: Work, limit: int) -> int:
        """Seal what the next page holds under older versions again; how many events it had, 0 once all are under the
        newest."""
        ring = work.vault.keys.transport
        if ring is None or self._done_for == ring.newest:
            return 0
        newest, size = ring.newest, limit * PAGES
        connection = await work.raw()
        rows = await connection.fetch(_PAGE, *self._after, size)
        sealed = [
            (row["source"], row["event_id"], fresh) for row in rows if (fresh := _again(work, row, newest)) is not None
        ]
        await connection.executemany(_WRITE, sealed)
        work.after.append(lambda: self._went_on(rows, len(sealed), newest, full=len(rows) == size))
        return len(rows)

    def _went_on(self, rows: list[Any], sealed: int, newest: int, *, full: bool) -> None:
        self._did += sealed
        if full:
            self._after = (rows[-1]["source"], rows[-1]["event_id"])
            return
        if not self._did:  # a whole walk found nothing
            self._done_for = newest
        self._after, self._did = ("", ""), 0


def _again(work: Work, row: Any, newest: int) -> str | None:
    """The identifiers, those under older versions sealed again; None when there are none."""
    kept = orjson.loads(row["identifiers"]) if row["identifiers"] is not None else []
    older = [one for one in kept if _version(one["sealed"]) != newest]
    if not older:
        return None
    transport, context = Transport(work.vault.keys), f"{PRIVATE}:{row['interaction_id']}"
    for one in older:
        try:
            one["sealed"] = transport.seal(transport.open(one["sealed"], context), context)
        except Invalid:
            return None
    return orjson.dumps(kept).decode()


def _version(sealed: str) -> int:
    return base64.urlsafe_b64decode(sealed[:4])[0]


async def count(work: Work, version: int) -> int:
    """Events with identifiers under this version."""
    return int((await work.connection.execute(_COUNT, {"version": version})).scalar_one())


def resealing() -> Keyed:
    """Declared for one process."""
    return Keyed("transport", "call_events", Resealing().again, count)


_PAGE = """
    SELECT source, event_id, interaction_id, identifiers::text AS identifiers FROM call_events
    WHERE (source, event_id) > ($1, $2) ORDER BY source, event_id LIMIT $3
"""
# An erasure, or that the customer became known, may have dropped them meanwhile.
_WRITE = "UPDATE call_events SET identifiers = $3::jsonb WHERE source = $1 AND event_id = $2 AND identifiers IS NOT NULL"
_COUNT = text(
    """
    SELECT count(*) FROM call_events WHERE identifiers IS NOT NULL AND EXISTS (
        SELECT FROM jsonb_array_elements(identifiers) AS one
        WHERE get_byte(decode(translate(left(one ->> 'sealed', 4), '-_', '+/'), 'base64'), 0) = :version
    )
    """
)
